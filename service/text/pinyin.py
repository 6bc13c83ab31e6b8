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
    spelt = _table().get(str(ord(char)), "")
    plain = (_without_tone(reading) for reading in spelt.split(",") if reading)
    return tuple(dict.fromkeys(plain))


def _without_tone(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return "".join(c for c in letters if c.isascii() and c.isalpha())


@functools.cache
def _table() -> dict[str, str]:
    """Code point -> readings. The file is read past pypinyin's own import, which
    would load the phrases too."""
    spec = importlib.util.find_spec("pypinyin")
    assert spec is not None and spec.submodule_search_locations
    folder = Path(next(iter(spec.submodule_search_locations)))
    table: dict[str, str] = json.loads((folder / "pinyin_dict.json").read_bytes())
    return table
