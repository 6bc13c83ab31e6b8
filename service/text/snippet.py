"""Which part of a post does a reader see, and what is marked in it?

Pure: text and squeezed strings to look for go in, spans come out. The typed string
is looked for first and its parts only where it does not stand, so that a mark shows
what was asked for and not fragments. Marks are found in the squeezed form and set
where the characters really stand (width, script, blanks).
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Sequence

from service.model import Post, Segment, Snippet, SnippetKind, Span
from service.text import normalize

LENGTH = 160
"""Characters of a snippet, about."""

_LOOKED_AT = 200_000  # characters of a post that are searched for a window
_MAX_MARKS = 400
_SHORT = 64
_NEAR = 20  # marks that are counted for a window, at most
_REACH = 30  # characters that a border may move to meet a break
_BREAKS, _SOFT_BREAKS = "[。！？!?；;\\n]", "[，,、：: ]"
_FIRST = tuple(map(re.compile, (_BREAKS, _SOFT_BREAKS)))
_LAST = tuple(re.compile(f"(?s:.*){breaks}") for breaks in (_BREAKS, _SOFT_BREAKS))
_CUT = (Span("…"),)

Mark = tuple[int, int, int]
"""`[start, end)` of the original text, and the number of the string that stands there.

A bare tuple: there may be hundreds in a text, and a class costs more than finding it.
"""

_start_of = operator.itemgetter(0)


def find_marks(text: str, wanted: Sequence[str]) -> list[Mark]:
    """Where the squeezed strings `wanted` stand in `text`, in order, not overlapping.

    Longer strings come first in `wanted` and win. Alphabetic strings are marked at
    the start of a word first; inside words only if they never stand at a start.
    """
    if len(text) <= _SHORT:  # a title; most have nothing to mark
        squeezed = normalize.squeeze(text)
        if not any(string in squeezed for string in wanted):
            return []
    squeezed, offsets = normalize.squeeze_with_offsets(text)
    origin = offsets.item
    taken = bytearray(len(squeezed))
    marks: list[Mark] = []
    for which, string in enumerate(wanted):
        length = len(string)
        for start in _places(squeezed, string, text, origin):
            end = start + length
            if taken.find(1, start, end) < 0:
                taken[start:end] = b"\1" * length
                marks.append((origin(start), origin(end - 1) + 1, which))
            if len(marks) >= _MAX_MARKS:
                break
    marks.sort(key=_start_of)
    return marks


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
    heading = _heading(post.segments, best[0])
    anchor = f"#{heading.anchor}" if heading and heading.anchor else ""
    return Snippet(
        spans=_trimmed(text, start, end, marks),
        kind=_kind(post.segments, best[0]),
        heading=post.text[heading.start : heading.end].strip() if heading else "",
        url=post.url + anchor,
    )


def _places(
    squeezed: str, string: str, text: str, origin: Callable[[int], int]
) -> list[int]:
    found = _everywhere(squeezed, string) if string else []
    if not found or not string[0].isascii() or not string[0].isalnum():
        return found
    last = len(string) - 1
    at_start = [place for place in found if not _alphabetic(text, origin(place) - 1)]
    whole = [
        place for place in at_start if not _alphabetic(text, origin(place + last) + 1)
    ]
    return whole or at_start or found


def _everywhere(squeezed: str, string: str) -> list[int]:
    """The first places of `string`, in order; they may overlap.

    Looked for from the end: CPython's `rfind` takes three quarters of the time of
    `find` on strings of a word's size.
    """
    found: list[int] = []
    place = squeezed.rfind(string)
    while place >= 0 and len(found) <= _MAX_MARKS:
        found.append(place)
        place = squeezed.rfind(string, 0, place + len(string) - 1)
    if len(found) > _MAX_MARKS:
        starts = re.finditer(f"(?={re.escape(string)})", squeezed)
        return [start.start() for start in itertools.islice(starts, _MAX_MARKS)]
    return found[::-1]


def _alphabetic(text: str, place: int) -> bool:
    char = text[place] if 0 <= place < len(text) else " "
    return char.isascii() and char.isalnum()


def _best_window(marks: list[Mark], wanted: Sequence[str]) -> Mark:
    """The first mark of the window with the most of what was asked for.

    Different strings count more than repetitions, longer ones more than short ones.
    """
    best, best_score = marks[0], 0.0
    end = 0
    for index, first in enumerate(marks):
        reach, known = first[0] + LENGTH - 20, end
        if end < index:
            end = index
        last = index + _NEAR
        for _, its_end, _ in marks[end:last]:
            if its_end > reach:
                break
            end += 1
        if end == known:  # it has nothing that the window before had not, too
            continue
        score = 0.0
        seen: set[int] = set()
        for _, _, which in marks[index:end]:
            score += 0.1 if which in seen else len(wanted[which])
            seen.add(which)
        if score > best_score:
            best, best_score = first, score
    return best


def _borders(text: str, best: Mark) -> tuple[int, int]:
    """A window around `best` that begins and ends at a sentence or a word."""
    first, last, _ = best
    start = max(0, first - LENGTH // 4)
    if start:
        start = _after_break(text, start, first)
    end = min(len(text), start + LENGTH)
    if end < len(text):
        end = _before_break(text, max(last, end - _REACH), end)
    return start, end


def _after_break(text: str, low: int, high: int) -> int:
    for breaks in _FIRST:
        if found := breaks.search(text, low - 1, high - 1):
            return found.end()
    while low < high and _inside_word(text, low):
        low += 1
    return low


def _before_break(text: str, low: int, high: int) -> int:
    for breaks in _LAST:
        if found := breaks.match(text, low, high):
            return found.end()
    while high > low and _inside_word(text, high):
        high -= 1
    return high


def _inside_word(text: str, place: int) -> bool:
    around = text[place - 1 : place + 1]
    return len(around) == 2 and around.isascii() and around.isalnum()


def _trimmed(
    text: str, start: int, end: int, marks: Sequence[Mark]
) -> tuple[Span, ...]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    spans = _spans(text, start, end, marks)
    return (*_CUT[: start > 0], *spans, *_CUT[: end < len(text)])


def _spans(text: str, start: int, end: int, marks: Sequence[Mark]) -> tuple[Span, ...]:
    spans: list[Span] = []
    position = start
    for first, last, _ in marks:
        if last <= position:
            continue
        if first >= end or position == end:
            break
        if first > position:
            spans.append(Span(text[position:first]))
            position = first
        last = min(last, end)
        spans.append(Span(text[position:last], True))
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
