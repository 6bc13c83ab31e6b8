"""Which words does Chinese have, and how often? jieba's dictionary, 8 MB, mapped.

jieba keeps it as a `dict` of 500,000 strings: 75 MB in every process that is not
forked, half a second to load, and pages that are copied when they are looked at
(reference counts). The same words and frequencies are a trie and arrays here, made
once, kept in two files that all processes map.
"""

from __future__ import annotations

import contextlib
import logging
import math
import mmap
import os
import zlib
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jieba
import marisa_trie

log = logging.getLogger(__name__)

_NAME = f"jieba-{jieba.__version__}-1"
_NUMBER = 8  # bytes of a double, and of everything in the head
_HEAD = 3
"""Numbers before the arrays: the sum of all frequencies, the length of the longest
word, a checksum of the trie. After the arrays: a checksum of all that."""
SINGLES = 1 << 16
PAIRS = 1 << 20

Numbers = Any
"""A `memoryview` of doubles; no version of Python before 3.13 can say so."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """`logs[n]` and `frequencies[n]` belong to the word that `trie` numbers `n`.

    Most places of a text begin no word of two characters or more. Two tables tell
    so at once: `pairs[pair(a, b)]` is 0 where no word begins with a and b, and
    `singles[code]` is the logarithm of the frequency of one character, 0.0 for one
    that is no word.
    """

    trie: marisa_trie.Trie
    frequencies: Numbers
    logs: Numbers
    singles: Numbers
    pairs: memoryview
    total: int
    longest: int


def pair(first: int, second: int) -> int:
    """The place of two characters in `Dictionary.pairs`; some pairs share one."""
    return (first * 5003 + second) % PAIRS


def load(folder: Path | None = None) -> Dictionary:
    """The dictionary, from the files in `folder`, which are made where missing.

    Without a folder, or with one that cannot be written, it is made in memory: half
    a second.
    """
    if folder is None:
        return _in_memory(*_make())
    words, values = folder / f"{_NAME}.trie", folder / f"{_NAME}.numbers"
    with contextlib.suppress(FileNotFoundError):
        try:
            return _mapped(words, values)
        except (RuntimeError, ValueError) as error:
            log.warning("dictionary unreadable, made again reason=%r", str(error))
    trie, data = _make()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The numbers come last: they hold the checksums of both.
        _write(words, trie.tobytes())
        _write(values, data)
    except OSError as error:
        log.warning("dictionary not kept folder=%s reason=%s", folder, error.strerror)
        return _in_memory(trie, data)
    return _mapped(words, values)


def _make() -> tuple[marisa_trie.Trie, bytes]:
    """jieba's word list, read as jieba reads it: the last of equal words counts, but
    the sum is that of all (`jieba.Tokenizer.gen_pfdict`)."""
    found: dict[str, int] = {}
    total = 0
    with jieba.Tokenizer().get_dict_file() as file:
        for line in file:
            word, frequency = line.decode("utf-8").split(" ")[:2]
            found[word] = int(frequency)
            total += int(frequency)
    known = {word: frequency for word, frequency in found.items() if frequency}
    trie = marisa_trie.Trie(known)
    frequencies, singles = [0.0] * len(known), [0.0] * SINGLES
    pairs = bytearray(PAIRS)
    for word, frequency in known.items():
        frequencies[trie[word]] = frequency
        if len(word) > 1:
            pairs[pair(ord(word[0]), ord(word[1]))] = 1
        elif ord(word) < SINGLES:
            singles[ord(word)] = math.log(frequency)
    head = (total, max(map(len, known)), zlib.crc32(trie.tobytes()))
    logs = map(math.log, frequencies)
    numbers = array("d", (*head, *frequencies, *logs, *singles))
    data = numbers.tobytes() + pairs
    return trie, data + array("d", [zlib.crc32(data)]).tobytes()


def _in_memory(trie: marisa_trie.Trie, data: bytes) -> Dictionary:
    return _joined(trie, memoryview(data))


def _mapped(words: Path, values: Path) -> Dictionary:
    with values.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if len(data) < (_HEAD + 1) * _NUMBER or len(data) % _NUMBER:
        raise ValueError(f"{len(data)} bytes of numbers")
    numbers = data.cast("d")
    # Read, not mapped: what a map has touched counts as this process's memory.
    whole = memoryview(values.read_bytes())[:-_NUMBER]
    checksums = zlib.crc32(words.read_bytes()), zlib.crc32(whole)
    if checksums != (numbers[_HEAD - 1], numbers[-1]):
        raise ValueError("words and numbers are not what was written")
    return _joined(marisa_trie.Trie().mmap(str(words)), data)


def _joined(trie: marisa_trie.Trie, data: memoryview) -> Dictionary:
    numbers, place = data.cast("B").cast("d"), _HEAD

    def take(count: int) -> Numbers:
        nonlocal place
        place += count
        return numbers[place - count : place]

    return Dictionary(
        trie=trie,
        frequencies=take(len(trie)),
        logs=take(len(trie)),
        singles=take(SINGLES),
        pairs=data[place * _NUMBER : place * _NUMBER + PAIRS],
        total=int(numbers[0]),
        longest=int(numbers[1]),
    )


def _write(path: Path, data: bytes) -> None:
    """All or nothing: others may map the file at this moment."""
    part = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
