"""How are posting arrays added up to a ranked list?

Pure arithmetic on arrays; knows neither words nor files. A `Part` is one term (or
one other reason to find a post): which documents have it and how much it adds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


class Part(NamedTuple):
    """`ids` ascend without repetition.

    `codes` say how often each document has it, None that it only matters whether;
    `idf` times `boost` scales what they are worth.
    `coverage` is what a document earns towards "has everything that was asked for".
    `name` is for people.
    """

    ids: Ids
    codes: Codes | None
    idf: float
    boost: float
    coverage: float
    name: str = ""


def idf(count: int, total: int) -> float:
    """Robertson and Sparck Jones, never negative (as in Lucene)."""
    return math.log1p((total - count + 0.5) / (count + 0.5))


def add_up(
    parts: Sequence[Part], size: int, saturated: Callable[[Ids, Floats], Floats]
) -> tuple[Floats, Floats]:
    """(score, share) of each of `size` documents; zero where nothing matches.

    `share` is that of all coverage. `saturated` makes weights of documents and codes.
    Few calls on long arrays: all parts are weighed at once.
    """
    # Those with codes are one slice, from the beginning; the first that covers anything
    # begins another, to the end.
    parts = sorted(parts, key=lambda part: (part.codes is None, part.coverage > 0))
    if not parts:
        return np.zeros(size), np.zeros(size)
    ids = np.concatenate([part.ids for part in parts], dtype=np.int64)
    counts = [len(part.ids) for part in parts]
    weights = np.repeat([part.idf * part.boost for part in parts], counts)
    if coded := [part.codes for part in parts if part.codes is not None]:
        codes = np.concatenate(coded, dtype=np.float64)
        weights[: len(codes)] *= saturated(ids[: len(codes)], codes)
    scores = _sum(ids, weights, size)
    total = sum(part.coverage for part in parts)
    if not total:
        return scores, np.zeros(size)
    first = next(number for number, part in enumerate(parts) if part.coverage)
    shares = [part.coverage / total for part in parts[first:]]
    earned = np.repeat(shares, counts[first:])
    return scores, _sum(ids[len(ids) - len(earned) :], earned, size)


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
    return np.bincount(ids, weights, size).astype(np.float64, copy=False)
