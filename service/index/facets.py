"""How many posts of an answer are in each category, tag and year?"""

from __future__ import annotations

import numpy as np

from service.index.schema import CATEGORY, TAG
from service.index.snapshot import Mask, Snapshot
from service.model import FacetCount

MAX_VALUES = 50
"""Most values a facet shows, the most frequent first."""


def count(snapshot: Snapshot, mask: Mask) -> dict[str, tuple[FacetCount, ...]]:
    """Exact counts over the documents in `mask`."""
    return {
        "category": _names(snapshot, CATEGORY, mask),
        "tag": _names(snapshot, TAG, mask),
        "year": _years(snapshot, mask),
    }


def _names(snapshot: Snapshot, field: str, mask: Mask) -> tuple[FacetCount, ...]:
    names = snapshot.names(field)
    if not names:
        return ()
    ids, owners = snapshot.cached(
        ("facet", field),
        lambda: (
            np.concatenate([ids for _, ids in names]),
            np.repeat(np.arange(len(names)), [len(ids) for _, ids in names]),
        ),
    )
    counts = np.bincount(owners[mask[ids]], minlength=len(names))
    order = np.argsort(-counts, kind="stable")[:MAX_VALUES]
    found = zip(order.tolist(), counts[order].tolist(), strict=True)
    return tuple(FacetCount(names[index][0], count) for index, count in found if count)


def _years(snapshot: Snapshot, mask: Mask) -> tuple[FacetCount, ...]:
    years, counts = np.unique(snapshot.meta["year"][mask], return_counts=True)
    pairs = sorted(zip(years.tolist(), counts.tolist(), strict=True), reverse=True)
    return tuple(FacetCount(str(year), number) for year, number in pairs if year)
