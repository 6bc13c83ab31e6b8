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
    unpack_docs,
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
@given(st.lists(postings(), min_size=1, max_size=8), st.data())
def test_documents_of_many_terms_come_out_together(
    terms: list[Term], data: st.DataObject
) -> None:
    """Whatever lies between them in the bytes."""
    gap = st.binary(max_size=5)
    pieces, starts = [], []
    for term in packed(terms):
        pieces.append(data.draw(gap))
        starts.append(sum(map(len, pieces)))
        size = term.postings * (term.width % WEIGHTED)
        pieces.append(term.buffer[term.start : term.start + size])
    counts = np.array([len(docs) for docs, _ in terms])
    widths = np.array([term.width % WEIGHTED for term in packed(terms)])

    found = unpack_docs(b"".join(pieces), np.array(starts), counts, widths)

    assert sorted(found.tolist()) == sorted(doc for docs, _ in terms for doc in docs)


@settings(max_examples=200, deadline=None)
@given(st.lists(postings(), max_size=8))
def test_all_terms_come_out_at_once(terms: list[Term]) -> None:
    counts = np.array([len(docs) for docs, _ in terms], dtype=np.int64)
    docs = np.array([doc for docs, _ in terms for doc in docs], dtype=np.int64)
    codes = np.array([code for _, codes in terms for code in codes], dtype=np.uint8)
    made = pack(counts, docs, codes)

    found = unpack_all(made.data, made.starts, counts, made.widths, made.codes)

    assert found[0].tolist() == docs.tolist()
    assert found[1].tolist() == codes.tolist()


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
