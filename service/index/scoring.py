"""How are posting arrays added up to a ranked list?

Pure arithmetic on arrays; knows neither words nor files. A `Part` is one term (or
one other reason to find a post): which documents have it and how much it adds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Part(NamedTuple):
    """`ids` ascend without repetition.

    `weights` are per document, without idf; `idf` times `boost` scales them.
    `coverage` is what a document earns towards "has everything that was asked for".
    `name` is for people.
    """

    ids: Ids
    weights: Floats
    idf: float
    boost: float
    coverage: float
    name: str = ""


def idf(count: int, total: int) -> float:
    """Robertson and Sparck Jones, never negative (as in Lucene)."""
    return math.log1p((total - count + 0.5) / (count + 0.5))


def add_up(parts: Sequence[Part], size: int) -> tuple[Floats, Floats]:
    """(score, covered) of each of `size` documents; zero where nothing matches."""
    if not parts:
        return np.zeros(size), np.zeros(size)
    ids = np.concatenate([part.ids for part in parts])
    # Weights are kept in four bytes; the sum is not rounded to them.
    weights = np.concatenate(
        [
            np.multiply(part.weights, part.idf * part.boost, dtype=np.float64)
            for part in parts
        ]
    )
    scores = _sum(ids, weights, size)
    covering = [part for part in parts if part.coverage]
    if not covering:
        return scores, np.zeros(size)
    if len(covering) != len(parts):
        ids = np.concatenate([part.ids for part in covering])
    earned = np.repeat(
        [part.coverage for part in covering], [len(part.ids) for part in covering]
    )
    return scores, _sum(ids, earned, size)


def top(scores: Floats, tie: npt.NDArray[np.int64], count: int) -> Ids:
    """The indexes of the `count` best scores, best first; equal ones by `tie`."""
    if count <= 0 or not len(scores):
        return np.zeros(0, dtype=np.int64)
    chosen = np.arange(len(scores))
    if count < len(scores):
        # Everything equal to the last one that fits must be seen by the tie-break.
        limit = np.partition(scores, len(scores) - count)[len(scores) - count]
        chosen = np.flatnonzero(scores >= limit)
    order = np.lexsort((tie[chosen], -scores[chosen]))
    result: Ids = chosen[order[:count]]
    return result


def _sum(ids: Ids, weights: Floats, size: int) -> Floats:
    return np.bincount(ids, weights=weights, minlength=size).astype(
        np.float64, copy=False
    )
