"""How are the texts of a generation kept small, and read fast?

zstandard with a dictionary trained on the blog itself: posts are short, and what they
share (the words of one author) lies between them, not in them. The dictionary is a
file of the generation; a blog of a few posts has none and needs none.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import zstandard

FILE = "texts.zdict"
SAMPLES = 1000
"""Most texts that a dictionary is trained on."""

_SAMPLE_BYTES = 8192
_DICTIONARY_BYTES = 112_640  # what zstd's own tool takes (zstd(1), --maxdict)
_LEVEL = (
    6  # as fast as zlib's 6 here; higher ones save 3 % and take three times as long
)


class Packer:
    """Packs and unpacks texts; any number of threads and forks may use one."""

    def __init__(self, dictionary: bytes = b"") -> None:
        self._dictionary = zstandard.ZstdCompressionDict(dictionary)
        self._own = threading.local()  # zstandard's objects are for one thread each

    def pack(self, text: bytes) -> bytes:
        compressor = getattr(self._own, "compressor", None)
        if compressor is None:
            compressor = self._own.compressor = zstandard.ZstdCompressor(
                level=_LEVEL, dict_data=self._dictionary
            )
        packed: bytes = compressor.compress(text)
        return packed

    def unpack(self, packed: bytes) -> bytes:
        """Raises ValueError for bytes that were not packed like this."""
        decompressor = getattr(self._own, "decompressor", None)
        if decompressor is None:
            decompressor = self._own.decompressor = zstandard.ZstdDecompressor(
                dict_data=self._dictionary
            )
        try:
            text: bytes = decompressor.decompress(packed)
        except zstandard.ZstdError as error:
            raise ValueError(f"a text cannot be unpacked: {error}") from error
        return text


def train(samples: Sequence[bytes], folder: Path) -> Packer:
    """A packer for texts like these; its dictionary is written into `folder`."""
    cut: list[bytes | bytearray | memoryview] = [s[:_SAMPLE_BYTES] for s in samples]
    try:
        dictionary = zstandard.train_dictionary(_DICTIONARY_BYTES, cut).as_bytes()
    except zstandard.ZstdError:  # too few texts to learn from
        dictionary = b""
    (folder / FILE).write_bytes(dictionary)
    return Packer(dictionary)


def read(folder: Path) -> Packer:
    """The packer of a generation."""
    return Packer((folder / FILE).read_bytes())
