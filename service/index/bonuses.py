"""What are the first posts worth beyond their sums?

Sums know how often a word stands in a post, not where. The first posts of a list are
looked at: does the title hold what was typed, do the words stand side by side, does
the whole query stand there as it was typed? Bounded work: so many posts, so many
places in each, on text that needs no unpacking.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from service.index.schema import FLAT_CODING, WORDS
from service.index.scoring import Floats, Ids, idf
from service.index.snapshot import Snapshot
from service.index.terms import ClauseTerms

# Every number is justified in docs/search.md by judged queries.
TITLE_WHOLE = 0.25
"""The title holds the query as typed; twice that if it is nothing else."""
TITLE_SHARE, TITLE_POWER = 0.4, 4
"""Times the share of the query's words, by rarity, that the title holds."""
NEAR_SHARE, NEAR_POWER = 0.3, 4
"""Times the share of the query's words that stand within `NEAR` characters."""
NEAR = 40
AS_TYPED = 3.0
"""Times this where the whole query stands as it was typed: more than near."""
TITLES, LITERALS, NEARS = 50, 100, 10
"""First posts that are looked at for each bonus; `LITERALS` of those that have all
pieces of the query."""

_MOST_WORDS = 8
_MOST_PLACES = 16
_END = "\0".encode(FLAT_CODING)  # `document.visible_text` puts the title first
_UNIT = 2  # bytes of most characters in `FLAT_CODING`


class _Word(NamedTuple):
    """`share` is its part of the rarity of all words that are looked for."""

    text: str
    coded: bytes
    share: float


Told = dict[int, dict[str, float]]
"""Document -> name of a bonus -> factor of its score."""


def apply(
    snapshot: Snapshot, docs: Ids, scores: Floats, asked: ClauseTerms, literal: set[int]
) -> tuple[Floats, Told]:
    """The scores of the first documents of a list, best first, with their bonuses.

    `literal` are those that `standing` found.
    """
    words = _words(snapshot, asked)
    told: Told = {}
    factors = [1.0] * len(docs)
    for place, doc in enumerate(docs.tolist()):
        found: dict[str, float] = {}
        if place < TITLES or doc in literal:
            bonus = _of_title(squeezed_title(snapshot, doc), asked.squeezed, words)
            if bonus:
                found["title"] = 1 + bonus
        if doc in literal:
            found["as typed"] = AS_TYPED
        elif place < NEARS and len(words) > 1:
            near = _nearest(snapshot.flat(doc), words)
            if near:
                found["near"] = 1 + NEAR_SHARE * near**NEAR_POWER
        if found:
            told[doc] = found
            factors[place] = math.prod(found.values())
    return scores * factors, told


def standing(snapshot: Snapshot, docs: Ids, asked: ClauseTerms) -> set[int]:
    """Those of the first `docs` in which the whole query stands as it was typed."""
    whole = asked.squeezed.encode(FLAT_CODING)
    return {
        doc for doc in docs[:LITERALS].tolist() if find(snapshot.flat(doc), whole) >= 0
    }


def _of_title(title: str, typed: str, words: list[_Word]) -> float:
    bonus = 0.0
    if typed and typed in title:
        bonus = TITLE_WHOLE * (2 if typed == title else 1)
    held = 0.0
    for text, _, share in words:
        if text in title:
            held += share
    return bonus + TITLE_SHARE * held**TITLE_POWER if held else bonus


def squeezed_title(snapshot: Snapshot, doc: int) -> str:
    title = snapshot.titles.get(doc)
    if title is None:
        flat = snapshot.flat(doc)
        title = flat[: find(flat, _END)].decode(FLAT_CODING)
        snapshot.titles[doc] = title
    return title


def find(flat: bytes, coded: bytes, start: int = 0, end: int | None = None) -> int:
    """Where a coded string stands between two places, or -1.

    A match that begins in the middle of a character is none.
    """
    place = flat.find(coded, start, end)
    while place > 0 and place % _UNIT:
        place = flat.find(coded, place + 1, end)
    return place


def _words(snapshot: Snapshot, asked: ClauseTerms) -> list[_Word]:
    """The rarest words of the query that stand in some post, the rarest first."""
    found = []
    for word, squeezed, coded in asked.needles:
        if count := len(snapshot.weights(WORDS, word.encode())[0]):
            found.append(_Word(squeezed, coded, idf(count, snapshot.count)))
    found.sort(key=lambda word: -word.share)
    del found[_MOST_WORDS:]
    total = sum(word.share for word in found)
    return [word._replace(share=word.share / total) for word in found]


def _nearest(flat: bytes, words: list[_Word]) -> float:
    """The largest share of the words within `NEAR` characters of one of them.

    Only the rarest word that stands there is an anchor: without it, too little of
    the query is left to count.
    """
    for number, (_, anchor, share) in enumerate(words):
        place = find(flat, anchor)
        if place < 0:
            continue
        rest, best = words[number + 1 :], 0.0
        for _ in range(_MOST_PLACES):
            start = place - NEAR * _UNIT if place > NEAR * _UNIT else 0
            end = place + len(anchor) + NEAR * _UNIT
            near, held = share, 0
            for _, coded, its_share in rest:
                if find(flat, coded, start, end) >= 0:
                    near += its_share
                    held += 1
            best = max(best, near)
            if held == len(rest):
                break
            place = find(flat, anchor, place + _UNIT)
            if place < 0:
                break
        return best
    return 0.0
