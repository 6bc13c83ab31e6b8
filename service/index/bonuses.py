"""What are the first posts worth beyond their sums?

Sums know how often a word stands in a post, not where. The first posts of a list are
looked at: does the title hold what was typed, do the words stand side by side, does
the whole query stand there as it was typed? Bounded work: so many posts, so many
places in each, on text that needs no unpacking.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from service.index.schema import FLAT_CODING, GRAMS, WORDS
from service.index.scoring import Floats, Ids, idf
from service.index.snapshot import Mask, Snapshot
from service.index.terms import ClauseTerms
from service.text import grams

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
    numbers = docs.tolist()
    places = list(range(min(TITLES, len(numbers))))
    if literal:
        places += [n for n in range(TITLES, len(numbers)) if numbers[n] in literal]
    titled = [numbers[n] for n in places]
    told: Told = {
        doc: {"title": 1 + bonus}
        for doc, bonus in _of_titles(snapshot, titled, asked.squeezed, words)
    }
    for doc in literal:
        told.setdefault(doc, {})["as typed"] = AS_TYPED
    if len(words) > 1:
        rest = [doc for doc in numbers[:NEARS] if doc not in literal]
        for doc, flat in zip(rest, snapshot.flats(rest), strict=True):
            if near := _nearest(flat, words):
                factor = 1 + NEAR_SHARE * near**NEAR_POWER
                told.setdefault(doc, {})["near"] = factor
    if not told:
        return scores, told
    scores = scores.copy()
    for n in places:
        if numbers[n] in told:
            scores[n] *= math.prod(told[numbers[n]].values())
    return scores, told


def joined(snapshot: Snapshot, asked: ClauseTerms) -> Ids:
    """The documents in which all words may stand side by side, by their joints.

    Ascending. As a rule it is none, and then nothing has to be looked at.
    """
    names = (grams.key_text(key).encode() for key in asked.joints)
    lists = sorted((snapshot.listed(GRAMS, name)[0] for name in names), key=len)
    if not lists:
        return np.arange(snapshot.size)
    docs = lists[0]
    for ids in lists[1:]:
        docs = docs[_are_in(ids, docs)]
    return docs


def standing(
    snapshot: Snapshot, docs: Ids, possible: Ids, asked: ClauseTerms
) -> set[int]:
    """Those of `docs` in which the whole query stands as it was typed.

    `possible` is what `joined` found.
    """
    docs = docs[_are_in(possible, docs)]
    return set(holding(snapshot, docs, asked.squeezed.encode(FLAT_CODING)))


def holding(snapshot: Snapshot, docs: Ids, coded: bytes) -> Iterator[int]:
    """Those of `docs` whose visible text has a coded string."""
    numbers = docs.tolist()
    for doc, flat in zip(numbers, snapshot.flats(numbers), strict=True):
        if find(flat, coded) >= 0:
            yield doc


def _are_in(ids: Ids, docs: Ids) -> Mask:
    """Which of `docs` are among the ascending `ids`."""
    if not len(ids):
        return np.zeros(len(docs), np.bool_)
    docs = docs.astype(ids.dtype)  # the few, or numpy converts the many
    places = ids.searchsorted(docs)
    return np.asarray(ids.take(places, mode="clip") == docs)


def _of_titles(
    snapshot: Snapshot, docs: list[int], typed: str, words: list[_Word]
) -> Iterator[tuple[int, float]]:
    """Documents whose title earns something, and what."""
    known, texts = snapshot.titles, [(text, share) for text, _, share in words]
    for doc in docs:
        title = known.get(doc)
        if title is None:
            title = squeezed_title(snapshot, doc)
        held = 0.0
        for text, share in texts:
            if text in title:
                held += share
        bonus = TITLE_SHARE * held**TITLE_POWER if held else 0.0
        if typed and typed in title:
            bonus += TITLE_WHOLE * (2 if typed == title else 1)
        if bonus:
            yield doc, bonus


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
    while place > 0 and place & 1:
        place = flat.find(coded, place + 1, end)
    return place


def _words(snapshot: Snapshot, asked: ClauseTerms) -> list[_Word]:
    """The rarest words of the query that stand in some post, the rarest first."""
    found = []
    for word, squeezed, coded in asked.needles:
        if count := len(snapshot.listed(WORDS, word.encode())[0]):
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
        rest = words[number + 1 :]
        best, reach = share, len(anchor) + NEAR * _UNIT
        whole = sum((word.share for word in rest), share)
        for _ in range(_MOST_PLACES if rest else 0):
            start = place - NEAR * _UNIT if place > NEAR * _UNIT else 0
            near, end = whole, place + reach
            for _, coded, its_share in rest:
                # `find`, but for the rare case: this is the innermost loop
                at = flat.find(coded, start, end)
                if at < 0 or (at & 1 and find(flat, coded, at, end) < 0):
                    near -= its_share
                    if near <= best:  # no better than another place
                        break
            else:
                best = near
            if best == whole:
                break
            place = find(flat, anchor, place + _UNIT)
            if place < 0:
                break
        return best
    return 0.0
