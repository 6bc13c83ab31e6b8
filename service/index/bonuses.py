"""What are the first posts worth beyond their sums?

Sums know how often a word stands in a post, not where. The first posts of a list are
looked at: does the title hold what was typed, do the words stand side by side, does
the whole query stand there as it was typed? Bounded work: so many posts, so many
places in each, on text that needs no unpacking.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from service.index.schema import FLAT_CODING, WORDS
from service.index.scoring import Floats, Ids, idf
from service.index.snapshot import Snapshot
from service.index.terms import ClauseTerms
from service.text import normalize

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
_UNIT = 2  # bytes of most characters in `FLAT_CODING`


class _Word(NamedTuple):
    text: str
    coded: bytes
    rarity: float


Told = dict[int, dict[str, float]]
"""Document -> name of a bonus -> factor of its score."""


def apply(
    snapshot: Snapshot, docs: Ids, scores: Floats, asked: ClauseTerms, literal: set[int]
) -> tuple[Floats, Told]:
    """The scores of the first documents of a list, best first, with their bonuses.

    `literal` are those that `standing` found.
    """
    look = _Look(snapshot, asked, literal)
    values, told = scores.copy(), {}
    for place, doc in enumerate(docs.tolist()):
        if place >= TITLES and doc not in literal:
            continue
        told[doc] = found = look.bonuses(place, doc)
        for factor in found.values():
            values[place] *= factor
    return values, told


def standing(snapshot: Snapshot, docs: Ids, asked: ClauseTerms) -> set[int]:
    """Those of the first `docs` in which the whole query stands as it was typed."""
    whole = asked.squeezed.encode(FLAT_CODING)
    return {
        doc for doc in docs[:LITERALS].tolist() if find(snapshot.flat(doc), whole) >= 0
    }


class _Look:
    """What was typed, made ready to be looked for in many documents."""

    def __init__(
        self, snapshot: Snapshot, asked: ClauseTerms, literal: set[int]
    ) -> None:
        self._snapshot, self._asked, self._literal = snapshot, asked, literal
        self._words = _words(snapshot, asked)
        self._total = sum(word.rarity for word in self._words)

    def bonuses(self, place: int, doc: int) -> dict[str, float]:
        """Those of the document at `place`, counted from 0, before they move it."""
        found: dict[str, float] = {}
        title = squeezed_title(self._snapshot, doc)
        if of_title := self._of_title(title):
            found["title"] = 1 + of_title
        if doc in self._literal:
            found["as typed"] = AS_TYPED
        elif len(self._words) > 1 and place < NEARS:
            share = _nearest(self._snapshot.flat(doc), self._words) / self._total
            if share:
                found["near"] = 1 + NEAR_SHARE * share**NEAR_POWER
        return found

    def _of_title(self, title: str) -> float:
        bonus, typed = 0.0, self._asked.squeezed
        if typed and typed in title:
            bonus = TITLE_WHOLE * (2 if typed == title else 1)
        held = sum(word.rarity for word in self._words if word.text in title)
        if held:
            bonus += TITLE_SHARE * (held / self._total) ** TITLE_POWER
        return bonus


def squeezed_title(snapshot: Snapshot, doc: int) -> str:
    title = snapshot.titles.get(doc)
    if title is None:
        title = normalize.squeeze(json.loads(snapshot.head(doc))[0])
        snapshot.titles[doc] = title
    return title


def find(flat: bytes, coded: bytes, start: int = 0, end: int | None = None) -> int:
    """Where a coded string stands between two places, or -1.

    A match that begins in the middle of a character is none.
    """
    place = flat.find(coded, start, end)
    while place % _UNIT and place >= 0:
        place = flat.find(coded, place + 1, end)
    return place


def _words(snapshot: Snapshot, asked: ClauseTerms) -> list[_Word]:
    """The rarest words of the query that stand in some post, the rarest first."""
    found = []
    for word, squeezed, coded in asked.needles:
        if count := len(snapshot.weights(WORDS, word.encode())[0]):
            found.append(_Word(squeezed, coded, idf(count, snapshot.count)))
    return sorted(found, key=lambda word: -word.rarity)[:_MOST_WORDS]


def _nearest(flat: bytes, words: list[_Word]) -> float:
    """The largest sum of rarities within `NEAR` characters of one of the words.

    Only the rarest word that stands there is an anchor: without it, too little of
    the query is left to count.
    """
    for number, anchor in enumerate(words):
        place = find(flat, anchor.coded)
        if place < 0:
            continue
        rest, best = words[number + 1 :], 0.0
        for _ in range(_MOST_PLACES):
            start = max(0, place - NEAR * _UNIT)
            end = place + len(anchor.coded) + NEAR * _UNIT
            near = [w.rarity for w in rest if find(flat, w.coded, start, end) >= 0]
            best = max(best, anchor.rarity + sum(near))
            if len(near) == len(rest):
                break
            place = find(flat, anchor.coded, place + _UNIT)
            if place < 0:
                break
        return best
    return 0.0
