"""Are postings sorted whatever their number and the memory they may take?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from service.index import spool
from service.index.spool import Spool

Posting = tuple[int, int, int]


def filled(folder: Path, postings: list[list[Posting]]) -> Spool:
    result = Spool(folder)
    for document in postings:
        keys = np.array([key for key, _, _ in document], dtype=np.uint64)
        codes = np.array([code for _, _, code in document], dtype=np.uint8)
        result.append(keys, document[0][1] if document else 0, codes)
    return result


def read(spooled: Spool, ranks: list[int] | None = None) -> list[Posting]:
    given = None if ranks is None else np.array(ranks, dtype=np.uint64)
    found: list[Posting] = []
    for run in spooled.runs(given):
        assert run.counts.sum() == len(run.docs) == len(run.codes)
        keys = np.repeat(run.keys, run.counts).tolist()
        found.extend(zip(keys, run.docs.tolist(), run.codes.tolist(), strict=True))
    return found


def corpus(documents: int, vocabulary: int, seed: int) -> list[list[Posting]]:
    random = np.random.default_rng(seed)
    return [
        [
            (int(key), doc, int(random.integers(1, 256)))
            for key in random.choice(vocabulary, random.integers(0, 12), replace=False)
        ]
        for doc in range(documents)
    ]


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_runs_are_sorted_by_key_then_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(spool, "_RANGE", size)
    monkeypatch.setattr(spool, "_CHUNK", 10)
    postings = corpus(60, 40, seed=size)

    found = read(filled(tmp_path, postings))

    assert found == sorted(p for document in postings for p in document)


@pytest.mark.parametrize("size", [7, 1 << 20])
def test_ranks_replace_the_keys_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(spool, "_RANGE", size)
    postings = corpus(30, 20, seed=5)
    ranks = list(np.random.default_rng(6).permutation(20))

    found = read(filled(tmp_path, postings), ranks)

    every = (p for document in postings for p in document)
    assert found == sorted((int(ranks[key]), doc, code) for key, doc, code in every)


@pytest.mark.parametrize("size", [3, 1 << 20])
def test_postings_of_many_documents_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """As a merge brings them: by key, then document."""
    monkeypatch.setattr(spool, "_RANGE", size)
    spooled = Spool(tmp_path)
    keys = np.array([1, 1, 2], dtype=np.uint64)

    for first in (0, 10):
        docs = np.array([first, first + 4, first + 2])
        spooled.append(keys, docs, np.array([5, 6, 7], dtype=np.uint8))

    assert read(spooled) == [
        (1, 0, 5), (1, 4, 6), (1, 10, 5), (1, 14, 6), (2, 2, 7), (2, 12, 7),
    ]  # fmt: skip


def test_one_key_larger_than_a_range_stays_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_RANGE", 4)

    found = read(filled(tmp_path, [[(9, doc, 1)] for doc in range(50)]))

    assert found == [(9, doc, 1) for doc in range(50)]


def test_key_of_64_bits_is_kept(tmp_path: Path) -> None:
    key = (0x10FFFF << 21) | 0x10FFFF

    assert read(filled(tmp_path, [[(key, 0, 3)]])) == [(key, 0, 3)]


def test_key_zero_is_kept(tmp_path: Path) -> None:
    assert read(filled(tmp_path, [[(0, 0, 3)]])) == [(0, 0, 3)]


def test_nothing_gives_nothing(tmp_path: Path) -> None:
    assert read(filled(tmp_path, [])) == []


def test_no_file_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_RANGE", 16)
    spooled = filled(tmp_path, corpus(40, 30, seed=1))

    runs = spooled.runs()
    next(runs)

    assert list(tmp_path.iterdir()) == []


def test_few_postings_need_no_file(tmp_path: Path) -> None:
    assert read(filled(tmp_path / "nowhere", [[(7, 0, 1)], [(7, 1, 2)]])) == [
        (7, 0, 1),
        (7, 1, 2),
    ]
