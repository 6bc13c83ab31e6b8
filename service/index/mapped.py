"""How do many threads and forked processes read one file at the same time?

Mapped, never by seek and read: Whoosh's own `StructFile` moves a file position that
all threads (and, after a fork, all processes) share, so two readers would get parts
of each other's documents.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np

Buffer = mmap.mmap | bytes


def map_file(path: str | Path) -> Buffer:
    """The bytes of a file; they stay readable when the file is removed."""
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class MappedFile:
    """The three calls that Whoosh's column readers make on a file."""

    def __init__(self, path: str | Path) -> None:
        self._data = map_file(path)
        self.size = len(self._data)

    def get(self, position: int, length: int) -> bytes:
        return self._data[position : position + length]

    def get_byte(self, position: int) -> int:
        return self._data[position]

    def get_array(self, position: int, typecode: str, length: int) -> Any:
        """Numbers as Whoosh writes arrays: big-endian, `typecode` of `array`."""
        dtype = np.dtype(typecode).newbyteorder(">")
        # Whoosh adds these up: in their own narrow type they would overflow.
        return np.frombuffer(self._data, dtype, length, position).astype(np.int64)
