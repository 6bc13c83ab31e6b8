"""How is a Chinese word spelt, so that a wrong character or latin letters find it?

Keys are letters without tones and blanks. Southern and northern speakers, and fast
typists, do not tell zh from z or ang from an: `loose` makes them equal. Readings come
from pypinyin's table of single characters; its phrase table (50 MB in memory) would
pick one reading, while a key for every reading finds the word either way.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import json
import re
import unicodedata
from pathlib import Path

import numpy as np
import numpy.typing as npt

_MAX_KEYS = 8  # of one word; more readings than that are not all tried
_LOOSE = re.compile(r"(?<=[zcs])h|(?<=[aei]n)g")


def keys(word: str) -> tuple[str, ...]:
    """Every spelling of `word`; () if a character has none."""
    readings = [_readings(char) for char in word]
    if not all(readings):
        return ()
    spelt = itertools.islice(itertools.product(*readings), _MAX_KEYS)
    return tuple(dict.fromkeys("".join(parts) for parts in spelt))


def preload() -> None:
    """Read the table of readings now, so that forked processes share it."""
    _table()


def loose(key: str) -> str:
    return _LOOSE.sub("", key)


def _readings(char: str) -> tuple[str, ...]:
    numbers, readings = _table()
    code = ord(char)
    return readings[numbers[code]] if code < len(numbers) else ()


@functools.cache
def _without_tone(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return "".join(c for c in letters if c.isascii() and c.isalpha())


@functools.cache
def _table() -> tuple[npt.NDArray[np.uint16], list[tuple[str, ...]]]:
    """For each code point the number of its readings, and the readings.

    The file is read past pypinyin's own import, which would load the phrases too.
    One list for equal readings: a dict of 44,000 strings would weigh 8 MB.
    """
    spec = importlib.util.find_spec("pypinyin")
    assert spec is not None and spec.submodule_search_locations
    folder = Path(next(iter(spec.submodule_search_locations)))
    spelt: dict[str, str] = json.loads((folder / "pinyin_dict.json").read_bytes())
    numbers = np.zeros(max(map(int, spelt)) + 1, dtype=np.uint16)
    known: dict[tuple[str, ...], int] = {(): 0}
    for code, readings in spelt.items():
        plain = map(_without_tone, filter(None, readings.split(",")))
        numbers[int(code)] = known.setdefault(tuple(dict.fromkeys(plain)), len(known))
    return numbers, list(known)
