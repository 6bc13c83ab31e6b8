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

import codecs
import functools
import operator
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

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
_DROP = 0
_ASK = 0xFFFF  # no character: `expansions` says what stands here
_CODE = np.dtype("<u4")
_encode = codecs.getencoder("utf-32-le")  # looked up once: a text is read in 10 µs
_decode = codecs.getdecoder("utf-32-le")


class Form(NamedTuple):
    """`text[i]` came from `original[offsets[i]]`."""

    text: str
    offsets: Offsets


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


class _Table:
    """What becomes of each character: a code, nothing (`_DROP`) or `expansions`.

    All that lies beyond `_LIMIT` is read from the last of `codes`.
    """

    def __init__(self, codes: _Codes, expansions: dict[int, str]) -> None:
        self.codes, self.expansions = codes, expansions
        self.short = _Short(codes, expansions)


def clean(text: str) -> str:
    """`text` with U+FFFD for lone surrogates, which no index or wire can carry."""
    return _SURROGATE.sub(_REPLACEMENT, text)


def shape(text: str) -> str:
    return _apply(text, _shape_table())


def fold(text: str) -> str:
    return _apply(text, _fold_table())


def squeeze(text: str) -> str:
    return _apply(text, _squeeze_table())


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
    return np.frombuffer(_encode(text, "surrogatepass")[0], _CODE)


def _apply(text: str, table: _Table) -> str:
    if len(text) <= _SHORT:
        return text.translate(table.short)
    return _apply_with_offsets(text, table).text


def _apply_with_offsets(text: str, table: _Table) -> Form:
    mapped = table.codes.take(_codes(text), mode="clip")
    places = (mapped != _DROP).nonzero()[0]
    kept = mapped.take(places)
    form = _decode(kept.data)[0]
    if chr(_ASK) in form:
        return _expand(text, table, form, places, np.flatnonzero(kept == _ASK))
    return Form(form, places)


def _expand(
    text: str, table: _Table, form: str, places: Offsets, asked: Offsets
) -> Form:
    """For texts with a character that becomes several (ﬁ, ㎏, ß, and often …) or
    lies beyond the table."""
    chars = [text[place] for place in places[asked].tolist()]
    made = [table.expansions.get(ord(char), char) for char in chars]
    parts = form.split(chr(_ASK))
    joined = "".join(map(operator.add, parts, (*made, "")))
    lengths = np.ones(len(places), dtype=np.int64)
    lengths[asked] = list(map(len, made))
    return Form(joined, places.repeat(lengths))


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
        _put(codes, expansions, code, "".join(c for c in folded if c not in dropped))
    return _Table(codes, expansions)


def _build(convert: Callable[[str], str]) -> _Table:
    codes = np.arange(_LIMIT + 1, dtype=_CODE)
    codes[_LIMIT] = _ASK
    expansions: dict[int, str] = {}
    for code in (_DROP, _ASK):  # they mean something else
        _put(codes, expansions, code, chr(code))
    for code in range(_LIMIT):
        char = chr(code)
        if char.isascii() and not char.isupper():
            continue
        converted = _REPLACEMENT if 0xD800 <= code < 0xE000 else convert(char)
        if converted != char:
            _put(codes, expansions, code, converted)
    return _Table(codes, expansions)


def _put(codes: _Codes, expansions: dict[int, str], code: int, made: str) -> None:
    if not made:
        codes[code] = _DROP
    elif len(made) == 1 and _DROP < ord(made) < _ASK:
        codes[code] = ord(made)
    else:
        codes[code] = _ASK
        expansions[code] = made


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
