"""Why does a post have its score for a query?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from service.errors import NotFound
from service.index.matching import COVERAGE_POWER, Ranking, freshness, rank
from service.index.parts import parts
from service.index.scoring import Ids, Part
from service.index.snapshot import Snapshot
from service.index.terms import clause_terms
from service.model import Query

if TYPE_CHECKING:
    from service.index.whoosh_engine import WhooshEngine


@dataclass(frozen=True, slots=True)
class Reason:
    """One term: what it is, how rare, what it adds before coverage is applied."""

    term: str
    idf: float
    weight: float
    adds: float
    covers: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """`score` is the sum of what the reasons add, times `coverage ** power`, times
    every bonus; 0 and no rank if the post is not in the list. Synonyms and the arms
    of an `OR` are asked for themselves and are not told here."""

    cid: int
    title: str
    rank: int | None
    score: float
    coverage: float
    power: float
    reasons: tuple[Reason, ...]
    bonuses: dict[str, float] = field(default_factory=dict)


def explain(engine: WhooshEngine, query: Query, cid: int) -> Explanation:
    snapshot, analyzer = engine.snapshot(), engine.analyzer()
    doc = snapshot.document(cid)
    if doc is None:
        raise NotFound(f"no post {cid} in the index", "it may not be public")
    ranking = rank(snapshot, query, analyzer, snapshot.size, engine.recency)
    place = np.flatnonzero(ranking.docs == doc)
    text = " ".join(clause.text for clause in query.clauses)
    found = parts(snapshot, clause_terms(text, analyzer))
    total = sum(part.coverage for part in found)
    reasons = []
    for part in found:
        at = np.flatnonzero(part.ids == doc)
        if len(at):
            weight = _weight(snapshot, part, at)
            adds = weight * part.idf * part.boost
            covers = part.coverage / total if total else 0.0
            reasons.append(Reason(part.name, part.idf, weight, adds, covers))
    return Explanation(
        cid=cid,
        title=snapshot.post(doc).title,
        rank=int(place[0]) + 1 if len(place) else None,
        score=float(ranking.scores[place[0]]) if len(place) else 0.0,
        coverage=sum(reason.covers for reason in reasons),
        power=COVERAGE_POWER,
        reasons=tuple(sorted(reasons, key=lambda reason: -reason.adds)),
        bonuses=_bonuses(snapshot, ranking, doc, engine.recency),
    )


def _weight(snapshot: Snapshot, part: Part, at: Ids) -> float:
    if part.codes is None:
        return 1.0
    codes = part.codes[at].astype(np.float64)
    return float(snapshot.saturated(part.ids[at], codes)[0])


def _bonuses(
    snapshot: Snapshot, ranking: Ranking, doc: int, recency: bool
) -> dict[str, float]:
    if not ranking.mask[doc]:
        return {}
    found = dict(ranking.bonuses.get(doc, {}))
    if recency:
        listed = np.flatnonzero(ranking.mask)
        found["recency"] = float(freshness(snapshot, listed)[listed == doc][0])
    return found
