"""Which differences of writing does search overlook, and where did a character stand?

Three forms of a text, each made character by character, so that a substring of the
text always becomes a substring of the form (promise 3 rests on that; Unicode's own
NFKC of a whole string would join characters across the cut):

- `shape`: compatibility forms (width, ligatures) unified, accents dropped, case kept;
- `fold`: shape, then case-folded and traditional to simplified;
- `squeeze`: fold without blanks, controls and the signs that only set a formula
  (`{`, `}`, `$`), which people type or leave out as they like.

`simplify` is the one that is not done by character: OpenCC's phrase tables need
context (乾坤 stays, 乾燥 becomes 干燥). It feeds the word cutter only.
Each form comes with the offset in the original of every one of its characters.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import opencc

Offsets = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.uint32]

IGNORED = "{}$"
"""Signs that `squeeze` drops besides blanks and controls."""

_REPLACEMENT = "\ufffd"
_SURROGATE = re.compile("[\ud800-\udfff]")
_LIMIT = 0x20000  # planes 0 and 1: beyond lie rare Han characters, kept as they are
_SHORT = 64  # characters up to which a dict beats array calls
_DROP = 0xFFFFFFFF
_EXPAND = 0xFFFFFFFE


@dataclass(frozen=True, slots=True)
class Form:
    """`text[i]` came from `original[offsets[i]]`."""

    text: str
    offsets: Offsets

    def span(self, start: int, end: int, original_length: int) -> tuple[int, int]:
        """The half-open range of the original that `text[start:end]` covers."""
        first = int(self.offsets[start])
        last = int(self.offsets[end - 1]) + 1 if end > start else first
        return first, min(last, original_length)


class _Short(dict[int, int | str | None]):
    """A table for `str.translate`, filled with what is asked for: faster than arrays
    on strings of a query's size."""

    def __init__(self, codes: _Codes, expansions: dict[int, str]) -> None:
        self._codes, self._expansions = codes, expansions

    def __missing__(self, code: int) -> int | str | None:
        if code >= _LIMIT:  # kept as it is, and not remembered: there are a million
            return code
        value = int(self._codes[code])
        found = None if value == _DROP else self._expansions.get(code, value)
        self[code] = found
        return found


@dataclass(frozen=True, slots=True)
class _Table:
    codes: _Codes
    expansions: dict[int, str]
    short: _Short


def clean(text: str) -> str:
    """`text` with U+FFFD for lone surrogates, which no index or wire can carry."""
    return _SURROGATE.sub(_REPLACEMENT, text)


def shape(text: str) -> str:
    return _apply(text, _shape_table())


def fold(text: str) -> str:
    return _apply(text, _fold_table())


def squeeze(text: str) -> str:
    return _apply(text, _squeeze_table())


def fold_with_offsets(text: str) -> Form:
    return _apply_with_offsets(text, _fold_table())


def squeeze_with_offsets(text: str) -> Form:
    return _apply_with_offsets(text, _squeeze_table())


def simplify(text: str) -> str:
    """`text` in simplified script, of the same length.

    OpenCC t2s with phrase tables; where a phrase changes length, each character is
    converted for itself.
    """
    if len(text) <= _SHORT:
        if _traditional_chars().isdisjoint(text):
            return text
    else:
        codes = _codes(text)
        if not _traditional()[codes[codes < _LIMIT]].any():
            return text
    converted: str = _converter().convert(text)
    if len(converted) == len(text):
        return converted
    return "".join(_convert_each(text))


def preload() -> None:
    """Build the tables now (a tenth of a second), not in the first request."""
    for table in (_shape_table, _fold_table, _squeeze_table):
        table()


def _codes(text: str) -> _Codes:
    data = text.encode("utf-32-le", "surrogatepass")
    codes: _Codes = np.frombuffer(data, dtype="<u4")
    return codes


def _text(codes: _Codes) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le", "replace")


def _apply(text: str, table: _Table) -> str:
    if len(text) <= _SHORT:
        return text.translate(table.short)
    codes = _codes(text)
    mapped = _map(codes, table)
    if (mapped == _EXPAND).any():
        return _expand(codes, mapped, table).text
    return _text(mapped[mapped != _DROP])


def _apply_with_offsets(text: str, table: _Table) -> Form:
    codes = _codes(text)
    mapped = _map(codes, table)
    if (mapped == _EXPAND).any():
        return _expand(codes, mapped, table)
    kept = np.flatnonzero(mapped != _DROP)
    return Form(_text(mapped[kept]), kept)


def _map(codes: _Codes, table: _Table) -> _Codes:
    if not codes.size or int(codes.max()) < _LIMIT:
        return np.asarray(table.codes.take(codes), dtype=np.uint32)
    mapped = np.array(codes, dtype=np.uint32)
    low = codes < _LIMIT
    mapped[low] = table.codes[codes[low]]
    return mapped


def _expand(codes: _Codes, mapped: _Codes, table: _Table) -> Form:
    """For texts with a character that becomes several (ﬁ, ㎏, ß)."""
    several = np.flatnonzero(mapped == _EXPAND)
    expanded = [table.expansions[code] for code in codes[several].tolist()]
    lengths = (mapped != _DROP).astype(np.int64)
    lengths[several] = [len(text) for text in expanded]
    out = np.repeat(mapped, lengths)
    starts = (np.cumsum(lengths) - lengths)[several].tolist()
    for start, text in zip(starts, expanded, strict=True):
        out[start : start + len(text)] = _codes(text)
    return Form(_text(out), np.repeat(np.arange(len(codes)), lengths))


@functools.cache
def _shape_table() -> _Table:
    return _build(_shape_char)


@functools.cache
def _fold_table() -> _Table:
    simplified = dict(zip(_han(), _convert_each(_han()), strict=True))

    def fold_char(char: str) -> str:
        return "".join(simplified.get(c, c) for c in _shape_char(char).casefold())

    return _build(fold_char)


@functools.cache
def _squeeze_table() -> _Table:
    table = _fold_table()
    codes = table.codes.copy()
    dropped = {c for c in map(chr, range(_LIMIT)) if c in IGNORED or _is_blank(c)}
    # What folds to one of these goes with them (a wide brace, for example).
    codes[list(map(ord, dropped))] = _DROP
    codes[np.isin(table.codes, list(map(ord, dropped)))] = _DROP
    expansions: dict[int, str] = {}
    for code, folded in table.expansions.items():
        squeezed = "".join(char for char in folded if char not in dropped)
        if len(squeezed) > 1:
            expansions[code] = squeezed
        else:
            codes[code] = ord(squeezed) if squeezed else _DROP
    return _with_short(codes, expansions)


def _build(convert: Callable[[str], str]) -> _Table:
    codes = np.arange(_LIMIT, dtype=np.uint32)
    expansions: dict[int, str] = {}
    for code in range(_LIMIT):
        char = chr(code)
        if char.isascii() and not char.isupper():
            continue
        converted = _REPLACEMENT if 0xD800 <= code < 0xE000 else convert(char)
        if converted == char:
            continue
        if not converted:
            codes[code] = _DROP
        elif len(converted) == 1:
            codes[code] = ord(converted)
        else:
            codes[code] = _EXPAND
            expansions[code] = converted
    return _with_short(codes, expansions)


def _with_short(codes: _Codes, expansions: dict[int, str]) -> _Table:
    return _Table(codes, expansions, _Short(codes, expansions))


def _shape_char(char: str) -> str:
    """NFKC of one character, without the accents of latin, greek and cyrillic.

    An accent that stands alone (´) stays: as a blank it could not be found.
    """
    if 0x300 <= ord(char) < 0x370:
        return ""
    wide = unicodedata.normalize("NFKC", char)
    if wide.isascii():
        return wide
    bare = "".join(
        c for c in unicodedata.normalize("NFD", wide) if not 0x300 <= ord(c) < 0x370
    )
    return char if bare == " " else unicodedata.normalize("NFC", bare)


def _is_blank(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in (
        "Cc",
        "Cf",
        "Zs",
        "Zl",
        "Zp",
    )


@functools.cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@functools.cache
def _han() -> str:
    blocks = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
    return "".join(chr(c) for start, end in blocks for c in range(start, end))


def _convert_each(text: str) -> list[str]:
    """Each character converted alone; one that becomes several stays itself."""
    out: list[str] = _converter().convert("\n".join(text)).split("\n")
    if len(out) != len(text):  # the text itself holds line breaks
        return [_converter().convert(c) if c != "\n" else c for c in text]
    return [o if len(o) == 1 else c for o, c in zip(out, text, strict=True)]


@functools.cache
def _traditional_chars() -> frozenset[str]:
    return frozenset(map(chr, np.flatnonzero(_traditional()).tolist()))


@functools.cache
def _traditional() -> npt.NDArray[np.bool_]:
    """True at the code of every character that simplifying changes."""
    table = np.zeros(_LIMIT, dtype=np.bool_)
    for char, converted in zip(_han(), _convert_each(_han()), strict=True):
        table[ord(char)] = char != converted
    return table
