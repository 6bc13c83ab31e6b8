"""Which posts answer a query, and in which order?

All that was asked for first, then most of it: a post's BM25 score is multiplied by
the share of the query that it covers. What was excluded, filtered or quoted is a
condition, in every branch. The order of work: parts (one per term), one sum over
arrays, conditions, cut-off, order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.index import bonuses, conditions
from service.index.parts import MAX_TERMS, inside_name, parts
from service.index.scoring import Floats, Ids, add_up, top
from service.index.snapshot import Mask, Snapshot
from service.index.terms import ClauseTerms, clause_terms
from service.model import Clause, Query
from service.text import grams, normalize
from service.text.analyzer import Analyzer
from service.text.synonyms import Synonyms

NO_SYNONYMS = Synonyms()

# Every number is justified in docs/search.md by judged queries.
SYNONYM_WEIGHT = 0.95
COVERAGE_POWER = 1.0
CUT_OFF = 0.3
RECENCY_BONUS = 0.02
RECENCY_HALF_LIFE_S = 3 * 365 * 86400
COMPLETE = 0.9999
"""Share from which a post has everything, but for rounding."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """`mask` is the whole list as a set; `docs` its first ones in order."""

    docs: Ids
    scores: Floats
    mask: Mask
    total: int
    relaxed: bool
    unknown: tuple[str, ...]
    highlights: tuple[str, ...]
    bonuses: bonuses.Told


@dataclass(frozen=True, slots=True)
class _Sums:
    """`missing`: what was asked for and stands in no post at all."""

    scores: Floats
    share: Floats
    missing: tuple[str, ...]


def rank(
    snapshot: Snapshot,
    query: Query,
    analyzer: Analyzer,
    count: int,
    recency: bool,
    synonyms: Synonyms = NO_SYNONYMS,
) -> Ranking:
    """The first `count` posts for `query` and how many there are."""
    loose = [c for c in query.clauses if not (c.phrase or c.field or c.alternatives)]
    strict = [c for c in query.clauses if c.phrase or c.field]
    either = [c for c in query.clauses if c.alternatives]
    text = " ".join(clause.text for clause in (*loose, *strict) if not clause.phrase)
    phrases = " ".join(clause.text for clause in strict if clause.phrase)
    asked = clause_terms(f"{text} {phrases}".strip(), analyzer)

    sums = _sums(snapshot, asked)
    for variant in synonyms.variants(text):
        other = _sums(snapshot, clause_terms(f"{variant} {phrases}".strip(), analyzer))
        sums = _Sums(
            np.maximum(sums.scores, other.scores * SYNONYM_WEIGHT),
            np.maximum(sums.share, other.share),
            sums.missing if other.missing else (),
        )
    for group in either:
        sums = _with_group(snapshot, sums, group, analyzer)
    mask = _matching(snapshot, query, strict, analyzer)
    empty = not query.clauses
    if empty:
        found = mask if query.filters != type(query.filters)() else mask & False
        share = np.ones(snapshot.size)
    else:
        # no list holds what was deleted
        share = sums.share
        if mask is not snapshot.live:
            share = np.where(mask, share, 0.0)
        best = float(share.max()) if len(share) else 0.0
        found = share >= max(best * CUT_OFF, 1e-9)
    if _typed_operators(query):
        found = found | conditions.standing_as_typed(snapshot, query, analyzer)
    docs = np.flatnonzero(found)
    shares = share[docs]
    scores = sums.scores[docs] * shares**COVERAGE_POWER
    order, values, told = _ordered(
        snapshot, query, docs, scores, shares, asked, count, recency
    )
    best_share = float(shares.max()) if len(docs) else 0.0
    return Ranking(
        docs=docs[order],
        scores=values,
        mask=found,
        total=len(docs),
        relaxed=bool(len(docs)) and (bool(sums.missing) or best_share < COMPLETE),
        unknown=sums.missing,
        highlights=_highlights(query, asked),
        bonuses=told,
    )


def _sums(snapshot: Snapshot, asked: ClauseTerms) -> _Sums:
    found = parts(snapshot, asked)
    scores, share = add_up(found, snapshot.size, snapshot.saturated)
    return _Sums(scores, share, _missing(asked, {part.name for part in found}))


def _missing(asked: ClauseTerms, found: set[str]) -> tuple[str, ...]:
    """The typed runs and the pairs inside words that stand nowhere."""
    inner = [key for key in asked.pieces if key not in asked.across]
    if len(inner) + len(asked.runs) > MAX_TERMS:  # not all were looked for
        return ()
    runs = (run for run in asked.runs if inside_name(run) not in found)
    names = map(grams.key_text, inner)
    return (*runs, *(name for name in names if name not in found))


def _with_group(
    snapshot: Snapshot, sums: _Sums, group: Clause, analyzer: Analyzer
) -> _Sums:
    """`a OR b` beside the rest: the better arm counts, as one more thing asked for."""
    arms = []
    for clause in (group, *group.alternatives):
        arm = _sums(snapshot, clause_terms(clause.text, analyzer))
        mask = conditions.clause_mask(snapshot, clause, analyzer, snapshot.live)
        if mask is not None:
            arm = _Sums(arm.scores * mask, arm.share * mask, arm.missing)
        arms.append(arm)
    scores = np.maximum.reduce([arm.scores for arm in arms])
    share = np.maximum.reduce([arm.share for arm in arms])
    if sums.share.any():
        share = (sums.share + share) / 2
    missing = sums.missing
    if all(arm.missing for arm in arms):
        missing += arms[0].missing
    return _Sums(sums.scores + scores, share, missing)


def _matching(
    snapshot: Snapshot, query: Query, strict: list[Clause], analyzer: Analyzer
) -> Mask:
    """Documents that meet every condition."""
    mask = conditions.filtered(snapshot, query.filters)
    for clause in strict:
        if not clause.alternatives:
            required = conditions.clause_mask(snapshot, clause, analyzer, mask)
            mask = mask if required is None else mask & required
    for clause in query.excluded:
        mask = mask & ~conditions.holding_clause(snapshot, clause, analyzer, mask)
    return mask


def _typed_operators(query: Query) -> bool:
    """True if something typed may keep out a post that holds it word for word."""
    titled = any(clause.field for clause in query.clauses)
    return titled or bool(query.excluded) or query.filters != query.given


def _ordered(
    snapshot: Snapshot,
    query: Query,
    docs: Ids,
    scores: Floats,
    share: Floats,
    asked: ClauseTerms,
    count: int,
    recency: bool,
) -> tuple[Ids, Floats, bonuses.Told]:
    """Indexes into `docs` of the first `count`, in order, their scores and bonuses."""
    cids = snapshot.cids[docs]
    if query.sort != "relevance" or not query.clauses:
        created = snapshot.meta["created"][docs].astype(np.float64)
        dates = created if query.sort != "oldest" else -created
        order = top(dates, cids, count)
        return order, scores[order], {}
    if recency and query.recency and len(docs):
        scores = scores * freshness(snapshot, docs)
    first = top(scores, cids, max(count, bonuses.TITLES))
    literal: set[int] = set()
    if asked.literal and len(possible := bonuses.joined(snapshot, asked)):
        whole = np.flatnonzero(share >= COMPLETE)
        best = whole[top(scores[whole], cids[whole], bonuses.LITERALS)]
        literal = bonuses.standing(snapshot, docs[best], possible, asked)
        if literal:
            known = set(first.tolist())
            more = [i for i in best.tolist() if i not in known and docs[i] in literal]
            first = np.append(first, np.array(more, dtype=np.int64))
    values, told = bonuses.apply(snapshot, docs[first], scores[first], asked, literal)
    order = np.lexsort((cids[first], -values))[:count]
    return first[order], values[order], told


def freshness(snapshot: Snapshot, docs: Ids) -> Floats:
    """The factor of each post by its age, the newest of `docs` being of age 0.

    For ties, and gently.
    """

    def load() -> Floats:
        created = snapshot.meta["created"].astype(np.float64)
        age = created.max() - created
        return np.asarray(0.5 ** (age / RECENCY_HALF_LIFE_S))

    decay = snapshot.cached(("decay",), load)[docs]
    return np.asarray(1 + RECENCY_BONUS / decay.max() * decay)


def _highlights(query: Query, asked: ClauseTerms) -> tuple[str, ...]:
    """Squeezed strings that a snippet marks, the longest first."""
    clauses = [
        clause for first in query.clauses for clause in (first, *first.alternatives)
    ]
    whole = [normalize.squeeze(clause.text) for clause in clauses]
    words = [normalize.squeeze(word) for word in asked.words]
    single = any(len(text) == 1 for text in whole)
    parts_ = [w for w in words if len(w) > 1 or w.isascii() or single]
    found = {text for text in (*whole, *parts_, *asked.runs) if text}
    return tuple(sorted(found, key=lambda text: (-len(text), text)))
