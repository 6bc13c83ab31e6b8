"""For which reasons may a post be found, and what is each worth?

The terms of a clause become `Part`s: words and pieces score; pieces, and runs inside
words, decide how much of the clause a post covers.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.index import splitting
from service.index.schema import GRAMS, WORDS
from service.index.scoring import Ids, Part, idf
from service.index.snapshot import Snapshot
from service.index.terms import ClauseTerms
from service.text import grams

# Every number is justified in docs/search.md by judged queries.
PIECE_BOOST = 0.8
SINGLE_BOOST = 0.3
SIGN_BOOST = 0.3
ACROSS_BOOST = 1.0
ACROSS_COVERAGE = 0.3
WORD_COVERAGE = 0.0
INSIDE_BOOST = 0.2
INSIDE_COVERAGE = 0.6
MAX_TERMS = 40
MAX_CHARS_INSIDE = 200


def parts(snapshot: Snapshot, asked: ClauseTerms) -> list[Part]:
    """One part for each reason to find a post."""
    runs = _runs(snapshot, asked)
    lost = [run for run, ids in runs.items() if not len(ids)]
    found = [
        *_words(snapshot, asked, lost),
        *_pieces(snapshot, asked),
        *_insides(snapshot, asked, runs),
    ]
    for run in lost:
        for word in splitting.split(run, lambda w: _known(snapshot, w)):
            found.extend(_word(snapshot, word, 1.0))
    return _telling(found)


def _words(snapshot: Snapshot, asked: ClauseTerms, lost: list[str]) -> Iterator[Part]:
    for word in asked.words:
        if word in asked.runs:
            covers = 1 - INSIDE_COVERAGE
        elif any(word in run for run in lost):  # part of a name nobody writes like this
            covers = 1.0
        else:
            covers = WORD_COVERAGE
        yield from _word(snapshot, word, covers)


def _word(snapshot: Snapshot, word: str, covers: float) -> Iterator[Part]:
    ids, codes = snapshot.listed(WORDS, word.encode())
    if len(ids):
        rarity = idf(len(ids), snapshot.count)
        yield Part(ids, codes, rarity, 1.0, rarity * covers, word)


def _pieces(snapshot: Snapshot, asked: ClauseTerms) -> Iterator[Part]:
    for key in (*asked.pieces, *asked.signs):
        name = grams.key_text(key)
        ids, codes = snapshot.listed(GRAMS, name.encode())
        if not len(ids):
            continue
        boost, covers = PIECE_BOOST, 1.0
        if key in asked.signs:
            boost, covers = SIGN_BOOST, float(asked.empty)
        elif key in asked.across:
            boost, covers = ACROSS_BOOST, ACROSS_COVERAGE
        if len(name) == 1:
            boost = SINGLE_BOOST
        rarity = idf(len(ids), snapshot.count)
        yield Part(ids, codes, rarity, boost, rarity * covers, name)


def _runs(snapshot: Snapshot, asked: ClauseTerms) -> dict[str, Ids]:
    """For each alphabetic run the documents that hold it inside a word.

    Single letters are pieces; in a pasted text only whole words are looked for.
    """
    long = len(asked.squeezed) > MAX_CHARS_INSIDE
    return {
        run: snapshot.listed(GRAMS, run.encode())[0]
        if len(run) == 1
        else snapshot.listed(WORDS, run.encode())[0]
        if long
        else snapshot.holding(run.encode(), WORDS)
        for run in asked.runs
    }


def _insides(
    snapshot: Snapshot, asked: ClauseTerms, runs: dict[str, Ids]
) -> Iterator[Part]:
    for run, ids in runs.items():
        if len(ids):
            exact = len(snapshot.listed(WORDS, run.encode())[0])
            rarity = idf(exact or len(ids), snapshot.count)
            covered = rarity * INSIDE_COVERAGE
            yield Part(ids, None, rarity, INSIDE_BOOST, covered, inside_name(run))


def inside_name(run: str) -> str:
    """What the part of a run inside words is called."""
    return f"*{run}*"


def _known(snapshot: Snapshot, word: str) -> bool:
    return len(snapshot.listed(WORDS, word.encode())[0]) > 0


def _telling(found: list[Part]) -> list[Part]:
    """The most telling parts of a long query: bounded work whatever was pasted."""
    if len(found) <= MAX_TERMS:
        return found
    return sorted(found, key=lambda part: -part.idf * part.boost)[:MAX_TERMS]
