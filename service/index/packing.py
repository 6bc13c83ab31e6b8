"""How are sorted document numbers and weights put into bytes, and taken out?

Gaps between ascending numbers, in the narrowest of 1, 2 or 4 bytes that holds every
gap of the term; then one byte of weight a posting, unless all weights are equal.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

WEIGHTED = 8
"""Added to the width when weight bytes follow the gaps."""


class PackedTerms(NamedTuple):
    """`starts` are relative to `data`; `codes` holds each term's largest weight."""

    data: bytes
    starts: npt.NDArray[np.int64]
    widths: npt.NDArray[np.uint8]
    codes: npt.NDArray[np.uint8]


class Packed(NamedTuple):
    """One term: where its bytes stand and how they are to be read."""

    buffer: Any
    start: int
    postings: int
    width: int
    code: int


def pack(
    counts: npt.NDArray[Any],
    docs: npt.NDArray[np.int64],
    codes: npt.NDArray[np.uint8],
) -> PackedTerms:
    """All terms' postings, end to end. Every count is at least 1."""
    if not len(counts):
        none = np.zeros(0, dtype=np.int64)
        return PackedTerms(b"", none, none.astype(np.uint8), none.astype(np.uint8))
    counts = counts.astype(np.int64)
    first = np.cumsum(counts) - counts
    gaps = np.diff(docs, prepend=0)
    gaps[first] = docs[first]
    widest = np.maximum.reduceat(gaps, first)
    largest = np.maximum.reduceat(codes, first)
    weighted = largest != np.minimum.reduceat(codes, first)
    widths = np.where(widest < 1 << 8, 1, np.where(widest < 1 << 16, 2, 4))
    sizes = counts * (widths + weighted)
    starts = np.cumsum(sizes) - sizes

    data = np.zeros(int(sizes.sum()), dtype=np.uint8)
    within = np.arange(len(docs)) - np.repeat(first, counts)
    for width in (1, 2, 4):
        chosen = np.repeat(widths == width, counts)
        places = np.repeat(starts, counts)[chosen] + within[chosen] * width
        for byte in range(width):
            data[places + byte] = (gaps[chosen] >> (8 * byte)) & 0xFF
    chosen = np.repeat(weighted, counts)
    data[np.repeat(starts + counts * widths, counts)[chosen] + within[chosen]] = codes[
        chosen
    ]
    marks = widths + WEIGHTED * weighted
    return PackedTerms(data.tobytes(), starts, marks.astype(np.uint8), largest)


def unpack(term: Packed) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    width = term.width % WEIGHTED
    gaps = np.frombuffer(term.buffer, f"<u{width}", term.postings, term.start)
    docs = gaps.cumsum(dtype=np.int64)
    if term.width < WEIGHTED:
        return docs, np.full(term.postings, term.code, dtype=np.uint8)
    start = term.start + term.postings * width
    return docs, np.frombuffer(term.buffer, np.uint8, term.postings, start)


def unpack_all(
    data: bytes,
    starts: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    marks: npt.NDArray[np.uint8],
    largest: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """The inverse of `pack`: documents and weights of all terms, end to end.

    The terms may lie anywhere in `data`.
    """
    raw = np.frombuffer(data, np.uint8)
    widths, weighted = marks.astype(np.int64) % WEIGHTED, marks >= WEIGHTED
    first = np.cumsum(counts) - counts
    within = np.arange(int(counts.sum())) - np.repeat(first, counts)
    gaps = np.zeros(len(within), dtype=np.int64)
    for width in (1, 2, 4):
        chosen = np.repeat(widths == width, counts)
        places = np.repeat(starts, counts)[chosen] + within[chosen] * width
        for byte in range(width):
            gaps[chosen] |= raw[places + byte].astype(np.int64) << (8 * byte)
    sums = np.cumsum(gaps)
    docs = sums - np.repeat(sums[first] - gaps[first], counts)
    codes = np.repeat(largest, counts)
    chosen = np.repeat(weighted, counts)
    places = np.repeat(starts + counts * widths, counts)
    codes[chosen] = raw[places[chosen] + within[chosen]]
    return docs, codes
