"""How do many threads and forked processes read one file at the same time?

Mapped or by position, never by seek and read: Whoosh's own `StructFile` moves a file
position that all threads (and, after a fork, all processes) share, so two readers
would get parts of each other's documents.

What is searched is mapped: the terms. Postings and texts, which are copied anyway, are
read by position: around every place that is touched in a map the kernel adds 64 kB
to the process's memory (fault-around, `mm/memory.c`), and soon it holds the whole
file. Both come from the page cache, which all processes share.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Buffer = mmap.mmap | bytes
Places = npt.NDArray[np.int64]

_NEAR = 4096  # bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where bytes lie: in a file of their own, or within one."""

    path: Path
    start: int
    size: int


class SegmentFiles:
    """The files of a Whoosh segment: side by side in a folder, or all within one,
    which is how Whoosh's compound segments lie."""

    def __init__(self, storage: Any, segment: Any) -> None:
        # Whoosh's own reader lays an opened compound over the folder it lies in.
        storage = getattr(storage, "b", storage)
        self._folder = Path(storage.folder)
        self._compound: Path | None = None
        self._ranges: dict[str, tuple[int, int]] = {}
        if segment.is_compound():
            self._compound = self._folder / segment.make_filename(segment.COMPOUND_EXT)
            files = segment.open_compound_file(storage)
            self._ranges = {name: files.range(name) for name in files.list()}
            files.close()

    def place(self, name: str) -> Place:
        if self._compound:
            return Place(self._compound, *self._ranges[name])
        return Place(self._folder / name, 0, os.stat(self._folder / name).st_size)


def map_file(path: Path) -> Buffer:
    """The bytes of a file; they stay readable when the file is removed."""
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class PlacedFile:
    """Bytes read by position, with the three calls of Whoosh's column readers.

    Like a map it stays readable when the file is removed.
    """

    def __init__(self, place: Place) -> None:
        self._file = os.open(place.path, os.O_RDONLY | os.O_CLOEXEC)
        self._start, self.size = place.start, place.size

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # it could not be opened
            os.close(self._file)

    def get(self, position: int, length: int) -> bytes:
        """Raises ValueError where the file ends before it should."""
        data = os.pread(self._file, length, self._start + position)
        if len(data) != length:
            raise ValueError(f"{len(data)} bytes instead of {length} at {position}")
        return data

    def gather(self, starts: Places, ends: Places) -> tuple[bytes, Places]:
        """Many pieces in ascending order, and where in the bytes each begins.

        What lies between near ones is read, too: that costs less than another call.
        """
        if not len(starts):
            return b"", starts
        breaks = np.flatnonzero(starts[1:] > ends[:-1] + _NEAR)
        firsts = np.concatenate(([0], breaks + 1))
        lasts = np.concatenate((breaks, [len(starts) - 1]))
        begins, sizes = starts[firsts], ends[lasts] - starts[firsts]
        pairs = zip(begins.tolist(), sizes.tolist(), strict=True)
        data = b"".join([self.get(begin, size) for begin, size in pairs])
        shift = begins - (np.cumsum(sizes) - sizes)
        return data, starts - np.repeat(shift, lasts - firsts + 1)

    def get_byte(self, position: int) -> int:
        return self.get(position, 1)[0]

    def get_array(self, position: int, typecode: str, length: int) -> Any:
        """Numbers as Whoosh writes arrays: big-endian, `typecode` of `array`."""
        dtype = np.dtype(typecode).newbyteorder(">")
        data = self.get(position, length * dtype.itemsize)
        # Whoosh adds these up: in their own narrow type they would overflow.
        return np.frombuffer(data, dtype, length).astype(np.int64)
