"""Is a file of a generation still what was written?

Sizes and CRC-32 sums, kept in the manifest. Opening looks at every size, but reads only
small files again; the large ones are read when an answer fails, to tell a damaged disk
from a fault of ours. Nothing here repairs or removes anything.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Sums = dict[str, list[int]]
"""File name -> size in bytes, CRC-32."""

SMALL = 4 << 20
"""Bytes of a file that opening reads to check it: some milliseconds."""

_BLOCK = 1 << 20
_OF_SEGMENT = "MAIN_"
"""In the name of every file that Whoosh writes and removes."""


def sums(files: Iterable[Path]) -> Sums:
    return {file.name: [file.stat().st_size, _crc(file)] for file in files}


def text_sum(text: str) -> int:
    return zlib.crc32(text.encode())


def damaged(
    folder: Path, recorded: Mapping[str, Any], *, thorough: bool, small: int = -1
) -> str:
    """The name of a file that is not what was written, or "".

    Every size is compared, and what files of up to `small` bytes hold; all of them
    if it is to be thorough.
    A file of a segment that is missing says nothing: an update may have merged it
    away, and one that is needed is noticed by who opens it. No other file ever goes.
    """
    for name, (size, crc) in recorded.items():
        file = os.path.join(folder, name)
        try:
            found = os.stat(file).st_size
            looked_at = thorough or size <= small
            if found != size or (looked_at and _crc(file) != crc):
                return name
        except FileNotFoundError:
            if _OF_SEGMENT not in name:
                return name
    return ""


def _crc(file: Path | str) -> int:
    crc = 0
    with open(file, "rb") as stream:
        while block := stream.read(_BLOCK):
            crc = zlib.crc32(block, crc)
    return crc
