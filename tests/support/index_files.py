"""What could someone read who gets hold of the files of an index?"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path

_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_CODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def files_with(folder: Path, word: str) -> list[str]:
    """Names of files that hold `word`, in any coding, also inside compressed parts."""
    forms = [word.encode(coding) for coding in _CODINGS]
    return [
        file.name
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        and any(form in part for part in _parts(file) for form in forms)
    ]


def _parts(file: Path) -> Iterator[bytes]:
    """The file as it is, and whatever unpacks from any place in it."""
    content = file.read_bytes()
    yield content
    for head in _ZLIB:
        start = content.find(head)
        while start >= 0:
            # Two bytes may only look like the head of a stream.
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(memoryview(content)[start:])
            start = content.find(head, start + 1)
