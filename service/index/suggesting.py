"""What did the visitor probably mean?

Latin typos by edit distance to the words of the index, pinyin typed for Chinese, and
Chinese typed with wrong characters (by pinyin, or one character off). Every
suggestion is a whole query that was asked and found everything it asked for; it is
offered with its own count and never mixed into the results of what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

from service.index import lexicon
from service.index.lexicon import Lexicon
from service.index.query import parse
from service.index.snapshot import Snapshot
from service.model import Query, Suggestion
from service.text import normalize, pinyin
from service.text.analyzer import HAN

if TYPE_CHECKING:
    from service.index.whoosh_engine import WhooshEngine

MAX_SUGGESTIONS = 3
_MAX_TRIED = 5  # queries asked to find them
_LONGEST_QUERY = 40  # characters; a pasted text has no typo worth asking about
_PIECE = re.compile(rf"[A-Za-z][A-Za-z0-9]+|[{HAN}]{{2,}}")
_LONGEST_WORD = 8


@dataclass(frozen=True, slots=True)
class _Fix:
    """`text[start:end]` should read `word`; smaller `cost` is likelier."""

    start: int
    end: int
    word: str
    cost: float


class Speller:
    """Suggestions from the words of the current generation."""

    def __init__(self, engine: WhooshEngine) -> None:
        self._engine = engine
        self._words: tuple[Snapshot, Lexicon] | None = None

    def suggest(
        self, query: Query, unknown: tuple[str, ...] = ()
    ) -> tuple[Suggestion, ...]:
        """Other queries that find everything they ask for, the likeliest first.

        `unknown` is what stands in no post (`RawHits`): only that is rewritten. A
        query that still holds it would not find everything.
        """
        text = query.raw
        if len(text) > _LONGEST_QUERY:
            return ()
        words = self._lexicon()
        found: list[Suggestion] = []
        for candidate in _candidates(text, words, unknown)[:_MAX_TRIED]:
            asked = parse(candidate, query.given, query.sort)
            answer = self._engine.search(asked, limit=1, with_posts=False)
            if answer.total and not answer.unknown:
                found.append(Suggestion(candidate, answer.total))
            if len(found) == MAX_SUGGESTIONS:
                break
        return tuple(found)

    def _lexicon(self) -> Lexicon:
        snapshot = self._engine.snapshot()
        if self._words is None or self._words[0] is not snapshot:
            self._words = (snapshot, lexicon.read(snapshot))
        return self._words[1]


def _candidates(text: str, words: Lexicon, unknown: tuple[str, ...]) -> list[str]:
    """Rewritten queries: every piece at its best first, then one change each."""
    fixes = [
        sorted(_fixes(found, words, unknown), key=lambda fix: fix.cost)
        for found in _PIECE.finditer(text)
    ]
    fixes = [options for options in fixes if options]
    best = _apply(text, [options[0] for options in fixes]) if fixes else text
    single = sorted((fix for options in fixes for fix in options), key=lambda f: f.cost)
    rewritten = dict.fromkeys([best, *(_apply(text, [fix]) for fix in single)])
    rewritten.pop(text, None)
    return list(rewritten)


def _apply(text: str, fixes: list[_Fix]) -> str:
    for fix in sorted(fixes, key=lambda fix: -fix.start):
        text = text[: fix.start] + fix.word + text[fix.end :]
    return text


def _fixes(
    found: re.Match[str], words: Lexicon, unknown: tuple[str, ...]
) -> Iterator[_Fix]:
    piece, start = found[0], found.start()
    if piece.isascii():
        piece = piece.casefold()
        if not unknown or any(piece in text for text in unknown):
            yield from _latin(piece, start, words)
        return
    piece = normalize.simplify(normalize.shape(piece))
    wrong = _places(piece, unknown) if unknown else set(range(len(piece)))
    for fix in _han(piece, wrong, words) if wrong else ():
        yield _Fix(start + fix.start, start + fix.end, fix.word, fix.cost)


def _places(piece: str, unknown: tuple[str, ...]) -> set[int]:
    """The characters of a piece that belong to something unknown."""
    return {
        place
        for text in unknown
        for start in range(len(piece))
        if piece.startswith(text, start)
        for place in range(start, start + len(text))
    }


def _latin(piece: str, start: int, words: Lexicon) -> Iterator[_Fix]:
    if piece in words.latin:
        return
    end = start + len(piece)
    if spelt := _from_pinyin(piece, words):
        yield _Fix(start, end, spelt, 0.5)
    if len(piece) >= 4:
        most = 1 if len(piece) <= 5 else 2
        near = process.extract(
            piece, words.latin.words, scorer=OSA.distance, score_cutoff=most, limit=20
        )
        for word, distance, _ in near:
            yield _Fix(start, end, word, distance - _share(words.latin[word]))


def _from_pinyin(piece: str, words: Lexicon) -> str:
    """`piece` read as pinyin of one word, or of several in a row; "" if it is not."""
    best: list[tuple[int, str] | None] = [(0, "")] + [None] * len(piece)
    for end in range(2, len(piece) + 1):
        for begin in range(max(0, end - 6 * _LONGEST_WORD), end - 1):
            before = best[begin]
            if before is None:
                continue
            options = words.by_key.get(piece[begin:end])
            now = best[end]
            if options and (now is None or before[0] + 1 < now[0]):
                best[end] = (before[0] + 1, before[1] + options[0])
    last = best[-1]
    return last[1] if last else ""


def _han(piece: str, wrong: set[int], words: Lexicon) -> Iterator[_Fix]:
    """Windows of a run that sound like, or nearly look like, a word of the site."""
    for length in range(min(_LONGEST_WORD, len(piece)), 1, -1):
        for begin in range(len(piece) - length + 1):
            window, end = piece[begin : begin + length], begin + length
            if window in words.han or wrong.isdisjoint(range(begin, end)):
                continue
            for word, cost in _alike(window, words):
                cost -= 0.2 * length + _share(words.han[word])
                yield _Fix(begin, end, word, cost)


def _alike(window: str, words: Lexicon) -> Iterator[tuple[str, float]]:
    keys = pinyin.keys(window)
    exact = {word for key in keys for word in words.by_key.get(key)}
    for word in exact:
        if len(word) == len(window):
            yield word, 1.0 + 0.3 * OSA.distance(word, window)
    for key in {pinyin.loose(key) for key in keys}:
        for word in words.by_loose_key.get(key):
            if word not in exact and len(word) == len(window):
                yield word, 1.5 + 0.3 * OSA.distance(word, window)
    if len(window) >= 3:
        for word in words.han.one_off(window):
            if word not in exact:
                yield word, 2.0


def _share(count: int) -> float:
    """A small preference for frequent words, below 0.2."""
    return 0.2 * count / (count + 10)
