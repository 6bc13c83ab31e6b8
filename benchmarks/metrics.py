"""How good is a ranked list? MRR@10, recall@1, recall@10."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Score:
    queries: int
    mrr: float
    recall_1: float
    recall_10: float


def rank_of(found: Sequence[int], wanted: Iterable[int]) -> int:
    """The place of the first wanted post, from 1; 0 if it is not in the top 10."""
    targets = set(wanted)
    for place, cid in enumerate(found[:DEPTH], 1):
        if cid in targets:
            return place
    return 0


def summarize(ranks: Sequence[int]) -> Score:
    """The means over all queries; `ranks` as `rank_of` gives them."""
    count = len(ranks) or 1
    return Score(
        queries=len(ranks),
        mrr=sum(1 / rank for rank in ranks if rank) / count,
        recall_1=sum(rank == 1 for rank in ranks) / count,
        recall_10=sum(rank > 0 for rank in ranks) / count,
    )
