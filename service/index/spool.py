"""How are more postings sorted than memory holds?

Records (key, document, code) that are more than `_HELD` are appended to a file as
documents come in, then distributed into ranges of keys that fit in memory, and each
range is sorted. Memory is bounded by `_RANGE` records, but for blogs of more than
50,000 long posts. The files have no names: whatever becomes of us, none is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

_RECORD = np.dtype([("key", "<u8"), ("doc", "<u4"), ("code", "u1")])
_CHUNK = 1 << 18  # records read at once, 13 bytes each
_HELD = 1 << 16  # records kept in memory as they come: an update of some 40 posts
_RANGE = 1 << 18  # records sorted at once: some 30 MB with all that is made of them
_MOST_RANGES = 400  # each is a file, and a process may open 1,024
_SAMPLE = 1 << 16  # keys looked at to find the ranges
_NONE = np.zeros(0, dtype=_RECORD)


class Run(NamedTuple):
    """Sorted by key, then document; `counts[i]` records belong to `keys[i]`."""

    keys: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.int64]
    docs: npt.NDArray[np.int64]
    codes: npt.NDArray[np.uint8]


class Spool:
    """Postings of one field on their way to sorted order, in `folder` if need be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[npt.NDArray[Any]] = []
        self._file: IO[bytes] | None = None
        self._left = min(_HELD, _RANGE)  # records that memory still takes
        self._count = 0

    def append(
        self,
        keys: npt.NDArray[np.uint64],
        docs: int | npt.NDArray[np.int64],
        codes: npt.NDArray[np.uint8],
    ) -> None:
        """Documents must come in ascending order, those of one key at least."""
        records = np.empty(len(keys), dtype=_RECORD)
        records["key"], records["doc"], records["code"] = keys, docs, codes
        self._held.append(records)
        self._count += len(keys)
        self._left -= len(keys)
        if self._left < 0:
            self._write_held()

    def runs(self, ranks: npt.NDArray[np.uint64] | None = None) -> Iterator[Run]:
        """All records, run after run in ascending order of key.

        `ranks` replaces each key by `ranks[key]` first.
        """
        if self._file is None:
            records = np.concatenate(self._held) if self._held else _NONE
            self._held = []
            if len(records):
                yield _sort(_ranked(records, ranks))
            return
        self._write_held()
        borders = self._borders(ranks)
        for part in self._distribute(borders, ranks):
            records = np.fromfile(part, dtype=_RECORD)
            part.close()
            if len(records):
                yield _sort(records)
        self._file.close()

    def _write_held(self) -> None:
        self._file = self._file or self._temporary()
        for records in self._held:
            self._file.write(records.tobytes())
        self._held, self._left = [], min(_HELD, _RANGE)

    def _chunks(
        self, ranks: npt.NDArray[np.uint64] | None
    ) -> Iterator[npt.NDArray[Any]]:
        assert self._file is not None
        self._file.seek(0)
        while True:
            records = np.fromfile(self._file, dtype=_RECORD, count=_CHUNK)
            if not len(records):
                return
            yield _ranked(records, ranks)

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
    ) -> list[IO[bytes]]:
        """A file for each range, to be read from its beginning."""
        files = [self._temporary() for _ in range(len(borders) + 1)]
        for records in self._chunks(ranks):
            target = np.searchsorted(borders, records["key"], side="right")
            order = np.argsort(target, kind="stable")
            ends = np.searchsorted(target[order], np.arange(len(files) + 1))
            for number, file in enumerate(files):
                chosen = order[ends[number] : ends[number + 1]]
                file.write(records[chosen].tobytes())
        for file in files:
            file.seek(0)
        return files

    def _temporary(self) -> IO[bytes]:
        return TemporaryFile(dir=self._folder)  # noqa: SIM115 (closed when read)


def _ranked(
    records: npt.NDArray[Any], ranks: npt.NDArray[np.uint64] | None
) -> npt.NDArray[Any]:
    if ranks is not None:
        records["key"] = ranks[records["key"]]
    return records


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
