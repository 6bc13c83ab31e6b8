"""How are more postings sorted than memory holds?

Records (key, document, code) are appended to files as documents come in, then
distributed into ranges of keys that fit in memory, and each range is sorted. Memory
is bounded by `_RANGE` records, but for blogs of more than 50,000 long posts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_RECORD = np.dtype([("key", "<u8"), ("doc", "<u4"), ("code", "u1")])
_CHUNK = 1 << 18  # records read at once, 13 bytes each
_RANGE = 1 << 18  # records sorted at once: some 30 MB with all that is made of them
_MOST_RANGES = 400  # each is a file, and a process may open 1,024
_SAMPLE = 1 << 16  # keys looked at to find the ranges


class Run(NamedTuple):
    """Sorted by key, then document; `counts[i]` records belong to `keys[i]`."""

    keys: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.int64]
    docs: npt.NDArray[np.int64]
    codes: npt.NDArray[np.uint8]


class Spool:
    """Postings of one field on their way to sorted order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._count = 0

    def append(
        self, keys: npt.NDArray[np.uint64], doc: int, codes: npt.NDArray[np.uint8]
    ) -> None:
        """Documents must come in ascending order."""
        records = np.empty(len(keys), dtype=_RECORD)
        records["key"], records["doc"], records["code"] = keys, doc, codes
        self._file.write(records.tobytes())
        self._count += len(keys)

    def runs(self, ranks: npt.NDArray[np.uint64] | None = None) -> Iterator[Run]:
        """All records, run after run in ascending order of key.

        `ranks` replaces each key by `ranks[key]` first.
        """
        self._file.close()
        borders = self._borders(ranks)
        parts = self._distribute(borders, ranks)
        for part in parts:
            records = np.fromfile(part, dtype=_RECORD)
            part.unlink()
            if len(records):
                yield _sort(records)
        self._path.unlink(missing_ok=True)

    def _chunks(
        self, ranks: npt.NDArray[np.uint64] | None
    ) -> Iterator[npt.NDArray[Any]]:
        with self._path.open("rb") as file:
            while True:
                records = np.fromfile(file, dtype=_RECORD, count=_CHUNK)
                if not len(records):
                    return
                if ranks is not None:
                    records["key"] = ranks[records["key"]]
                yield records

    def _borders(self, ranks: npt.NDArray[np.uint64] | None) -> npt.NDArray[np.uint64]:
        """Keys that part the records into about equal ranges."""
        wanted = min(max(1, -(-self._count // _RANGE)), _MOST_RANGES)
        if wanted == 1:
            return np.zeros(0, dtype=np.uint64)
        step = max(1, self._count // _SAMPLE)
        sample = np.sort(
            np.concatenate(
                [chunk["key"][::step].copy() for chunk in self._chunks(ranks)]
            )
        )
        places = np.arange(1, wanted) * len(sample) // wanted
        return np.unique(sample[places])

    def _distribute(
        self, borders: npt.NDArray[np.uint64], ranks: npt.NDArray[np.uint64] | None
    ) -> list[Path]:
        paths = [
            self._path.with_suffix(f".{number}") for number in range(len(borders) + 1)
        ]
        files = [path.open("wb") for path in paths]
        try:
            for records in self._chunks(ranks):
                target = np.searchsorted(borders, records["key"], side="right")
                order = np.argsort(target, kind="stable")
                ends = np.searchsorted(target[order], np.arange(len(files) + 1))
                for number, file in enumerate(files):
                    chosen = order[ends[number] : ends[number + 1]]
                    file.write(records[chosen].tobytes())
        finally:
            for file in files:
                file.close()
        return paths


def _sort(records: npt.NDArray[Any]) -> Run:
    order = np.argsort(records["key"], kind="stable")
    keys = records["key"][order]
    first = np.flatnonzero(np.diff(keys, prepend=keys[0] + np.uint64(1)))
    counts = np.diff(first, append=len(keys))
    return Run(
        keys[first],
        counts,
        records["doc"][order].astype(np.int64),
        records["code"][order].astype(np.uint8),
    )
