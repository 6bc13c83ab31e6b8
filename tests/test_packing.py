"""Do packed postings come out as they went in?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.index.packing import (
    WEIGHTED,
    Packed,
    pack,
    unpack,
    unpack_all,
)

Term = tuple[list[int], list[int]]


@st.composite
def postings(draw: st.DrawFn) -> Term:
    top = draw(st.sampled_from([10, 255, 256, 70_000, 2**31]))
    docs = sorted(draw(st.sets(st.integers(0, top), min_size=1, max_size=20)))
    weight = st.integers(1, 255)
    if draw(st.booleans()):
        return docs, [draw(weight)] * len(docs)
    return docs, draw(st.lists(weight, min_size=len(docs), max_size=len(docs)))


def packed(terms: list[Term]) -> list[Packed]:
    counts = np.array([len(docs) for docs, _ in terms], dtype=np.int64)
    result = pack(
        counts,
        np.array([doc for docs, _ in terms for doc in docs], dtype=np.int64),
        np.array([code for _, codes in terms for code in codes], dtype=np.uint8),
    )
    return [
        Packed(
            result.data,
            int(result.starts[number]),
            len(docs),
            int(result.widths[number]),
            int(result.codes[number]),
        )
        for number, (docs, _) in enumerate(terms)
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(postings(), min_size=1, max_size=8))
def test_every_term_comes_out_as_it_went_in(terms: list[Term]) -> None:
    for term, (docs, codes) in zip(packed(terms), terms, strict=True):
        ids, weights = unpack(term)

        assert ids.tolist() == docs
        assert weights.tolist() == codes


@settings(max_examples=200, deadline=None)
@given(st.lists(postings(), max_size=8), st.data())
def test_all_terms_come_out_at_once(terms: list[Term], data: st.DataObject) -> None:
    """Whatever lies between them in the bytes."""
    packed_terms = packed(terms) if terms else []
    pieces: list[bytes] = []
    starts = []
    for term, (docs, _) in zip(packed_terms, terms, strict=True):
        pieces.append(data.draw(st.binary(max_size=5)))
        starts.append(sum(map(len, pieces)))
        size = len(docs) * (term.width % WEIGHTED + (term.width >= WEIGHTED))
        pieces.append(term.buffer[term.start : term.start + size])

    ids, codes = unpack_all(
        b"".join(pieces),
        np.array(starts, dtype=np.int64),
        np.array([term.postings for term in packed_terms], dtype=np.int64),
        np.array([term.width for term in packed_terms], dtype=np.uint8),
        np.array([term.code for term in packed_terms], dtype=np.uint8),
    )

    assert ids.tolist() == [doc for docs, _ in terms for doc in docs]
    assert codes.tolist() == [code for _, codes in terms for code in codes]


@pytest.mark.parametrize(
    ("docs", "codes", "width", "size"),
    [
        pytest.param([3], [7], 1, 1, id="one posting is one byte"),
        pytest.param([0, 255], [4, 4], 1, 2, id="a gap of one byte"),
        pytest.param([0, 256], [4, 4], 2, 4, id="a gap of two bytes"),
        pytest.param([0, 65536], [4, 4], 4, 8, id="a gap of four bytes"),
        pytest.param([70000], [4], 4, 4, id="a far first document"),
        pytest.param([1, 2], [4, 5], 1 + WEIGHTED, 4, id="different weights"),
    ],
)
def test_width_is_the_narrowest(
    docs: list[int], codes: list[int], width: int, size: int
) -> None:
    (term,) = packed([(docs, codes)])

    assert term.width == width
    assert len(term.buffer) == size


def test_nothing_packs_to_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)

    result = pack(none, none, none.astype(np.uint8))

    assert result.data == b""
    assert len(result.starts) == 0
