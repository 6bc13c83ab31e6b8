"""Which part of a post does a reader see, and what is marked in it?

Pure: text and squeezed strings to look for go in, spans come out. The typed string
is looked for first and its parts only where it does not stand, so that a mark shows
what was asked for and not fragments. Marks are found in the squeezed form and set
where the characters really stand (width, script, blanks).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.model import Post, Segment, Snippet, SnippetKind, Span
from service.text import normalize

LENGTH = 160
"""Characters of a snippet, about."""

_LOOKED_AT = 200_000  # characters of a post that are searched for a window
_MAX_MARKS = 400
_SHORT = 64
_BREAKS = "。！？!?；;\n"
_SOFT_BREAKS = "，,、：: "
_REACH = 30  # characters that a border may move to meet a break
_ALPHABETIC = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Mark:
    """`[start, end)` of the original text; `which` is the number of the string."""

    start: int
    end: int
    which: int


def find_marks(text: str, wanted: Sequence[str]) -> list[Mark]:
    """Where the squeezed strings `wanted` stand in `text`, in order, not overlapping.

    Longer strings come first in `wanted` and win. Alphabetic strings are marked at
    the start of a word first; inside words only if they never stand at a start.
    """
    if len(text) <= _SHORT:  # a title; most have nothing to mark
        squeezed = normalize.squeeze(text)
        if not any(string in squeezed for string in wanted):
            return []
    form = normalize.squeeze_with_offsets(text)
    taken = bytearray(len(form.text))
    marks: list[Mark] = []
    for which, string in enumerate(wanted):
        for start in _places(form.text, string, text, form.offsets):
            end = start + len(string)
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * len(string)
                first, last = form.span(start, end, len(text))
                marks.append(Mark(first, last, which))
            if len(marks) >= _MAX_MARKS:
                break
    return sorted(marks, key=lambda mark: mark.start)


def mark_all(text: str, wanted: Sequence[str]) -> tuple[Span, ...]:
    """All of `text` as spans; for titles."""
    return _spans(text, 0, len(text), find_marks(text, wanted))


def snippet(post: Post, wanted: Sequence[str]) -> Snippet:
    """The best window of a post, or its beginning where nothing stands."""
    text = post.text[:_LOOKED_AT]
    marks = find_marks(text, wanted)
    if not marks:
        return _from_comments(post, wanted) or _opening(post)
    best = _best_window(marks, wanted)
    start, end = _borders(text, best)
    heading = _heading(post.segments, best.start)
    anchor = f"#{heading.anchor}" if heading and heading.anchor else ""
    return Snippet(
        spans=_trimmed(text, start, end, marks),
        kind=_kind(post.segments, best.start),
        heading=post.text[heading.start : heading.end].strip() if heading else "",
        url=post.url + anchor,
    )


def _places(
    squeezed: str, string: str, text: str, offsets: normalize.Offsets
) -> Iterable[int]:
    found: list[int] = []
    place = squeezed.find(string) if string else -1
    while place >= 0 and len(found) < _MAX_MARKS:
        found.append(place)
        place = squeezed.find(string, place + 1)
    if not found or not _ALPHABETIC.match(string[0]) or not string[0].isascii():
        return found
    at_start = [place for place in found if _starts_word(text, int(offsets[place]))]
    whole = [
        place
        for place in at_start
        if _ends_word(text, int(offsets[place + len(string) - 1]))
    ]
    return whole or at_start or found


def _starts_word(text: str, place: int) -> bool:
    before = text[place - 1] if place else " "
    return not (before.isascii() and before.isalnum())


def _ends_word(text: str, place: int) -> bool:
    after = text[place + 1] if place + 1 < len(text) else " "
    return not (after.isascii() and after.isalnum())


def _best_window(marks: list[Mark], wanted: Sequence[str]) -> Mark:
    """The first mark of the window with the most of what was asked for.

    Different strings count more than repetitions, longer ones more than short ones.
    """
    best, best_score = marks[0], -1.0
    for index, first in enumerate(marks):
        seen: set[int] = set()
        score = 0.0
        for mark in marks[index : index + 20]:
            if mark.end - first.start > LENGTH - 20:
                break
            score += 0.1 if mark.which in seen else len(wanted[mark.which])
            seen.add(mark.which)
        if score > best_score:
            best, best_score = first, score
    return best


def _borders(text: str, best: Mark) -> tuple[int, int]:
    """A window around `best` that begins and ends at a sentence or a word."""
    start = max(0, best.start - LENGTH // 4)
    if start:
        start = _after_break(text, start, best.start)
    end = min(len(text), start + LENGTH)
    if end < len(text):
        end = _before_break(text, max(best.end, end - _REACH), end)
    return start, end


def _after_break(text: str, low: int, high: int) -> int:
    for breaks in (_BREAKS, _SOFT_BREAKS):
        for place in range(low, high):
            if text[place - 1] in breaks:
                return place
    while low < high and _inside_word(text, low):
        low += 1
    return low


def _before_break(text: str, low: int, high: int) -> int:
    for breaks in (_BREAKS, _SOFT_BREAKS):
        for place in range(high, low, -1):
            if text[place - 1] in breaks:
                return place
    while high > low and _inside_word(text, high):
        high -= 1
    return high


def _inside_word(text: str, place: int) -> bool:
    around = text[place - 1 : place + 1]
    return len(around) == 2 and around.isascii() and around.isalnum()


def _trimmed(
    text: str, start: int, end: int, marks: Iterable[Mark]
) -> tuple[Span, ...]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    spans = _spans(text, start, end, marks)
    before = (Span("…"),) if start else ()
    after = (Span("…"),) if end < len(text) else ()
    return (*before, *spans, *after)


def _spans(text: str, start: int, end: int, marks: Iterable[Mark]) -> tuple[Span, ...]:
    spans: list[Span] = []
    position = start
    for mark in marks:
        first, last = max(mark.start, position), min(mark.end, end)
        if mark.end <= start or first >= last:
            continue
        if first > position:
            spans.append(Span(text[position:first]))
        spans.append(Span(text[first:last], mark=True))
        position = last
    if position < end:
        spans.append(Span(text[position:end]))
    return tuple(spans)


def _from_comments(post: Post, wanted: Sequence[str]) -> Snippet | None:
    for comment in post.comments:
        marks = find_marks(comment.text, wanted)
        if marks:
            start, end = _borders(comment.text, _best_window(marks, wanted))
            return Snippet(
                spans=_trimmed(comment.text, start, end, marks),
                kind="comment",
                url=f"{post.url}#comment-{comment.coid}",
                comment_author=comment.author,
            )
    return None


def _opening(post: Post) -> Snippet:
    end = min(len(post.text), LENGTH)
    if end < len(post.text):
        end = _before_break(post.text, max(1, end - _REACH), end)
    return Snippet(spans=_trimmed(post.text, 0, end, ()), url=post.url)


def _heading(segments: Sequence[Segment], place: int) -> Segment | None:
    """The last heading that begins at or before `place`."""
    before = [s for s in segments if s.kind == "heading" and s.start <= place]
    return before[-1] if before else None


def _kind(segments: Sequence[Segment], place: int) -> SnippetKind:
    for segment in segments:
        if segment.start <= place < segment.end:
            if segment.kind == "code":
                return "code"
            if segment.kind == "formula":
                return "formula"
    return "text"
