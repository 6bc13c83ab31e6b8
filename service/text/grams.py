"""Which one- and two-character pieces does a text have? The net under the words.

Words lose posts: a cutter draws its borders by context, so a string taken from the
middle of a text may be cut differently when it is asked for. Every post that holds
a string also holds all its pieces, so the pieces find it.

A piece is a Unicode code point pair packed in 64 bits: `first << 21 | second`, with
second = 0 for a single character. Indexed are single characters, pairs of Han
characters, and pairs with a sign of formulas or code in them. Alphabetic runs of two
and more are looked up inside the words of the index instead. Pairs across a script
border (`8天`) say little and are left out.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from service.text import normalize

Keys = npt.NDArray[np.uint64]
Weights = npt.NDArray[np.float32]

SHIFT = 21
_END_OF_HAN = 0x40000  # planes 2 and 3 are Han, the rest is signs
PUNCTUATION = ".,;:!?'\"`、。，；：！？…·—“”‘’「」『』《》〈〉【】〔〕"
"""Signs of prose: as pieces of a query they would only be noise."""

ALPHABETIC, HAN, PROSE, SIGN = range(4)

# May (class of first, class of second) be a pair?
_PAIRS = np.zeros((4, 4), dtype=np.bool_)
_PAIRS[HAN, HAN] = _PAIRS[PROSE, PROSE] = True
_PAIRS[SIGN, :] = _PAIRS[:, SIGN] = True


def pieces(text: str, weights: Weights | None = None) -> tuple[Keys, Weights]:
    """The distinct pieces of squeezed `text`, sorted, with their summed weights.

    `weights` gives each character its weight (1 when omitted); a pair weighs what
    its first character weighs.
    """
    codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    if weights is None:
        weights = np.ones(len(codes), dtype=np.float32)
    single, pair = _masks(codes)
    keys = np.concatenate(
        (codes[single] << SHIFT, (codes[:-1][pair] << SHIFT) | codes[1:][pair])
    )
    values = np.concatenate((weights[single], weights[:-1][pair]))
    unique, inverse = np.unique(keys, return_inverse=True)
    sums = np.bincount(inverse, weights=values, minlength=len(unique))
    return unique, sums.astype(np.float32)


@functools.lru_cache(maxsize=2048)
def query_pieces(text: str) -> tuple[int, ...]:
    """The pieces by which squeezed query text is found, alphabetic runs left out.

    Every piece here is one of `pieces` of any text that holds `text`. Runs of Han
    give pairs (a run of one gives its character); signs give pairs with their
    neighbours; prose punctuation counts only where there is nothing else.
    """
    classes = [classify(char) for char in text]
    keys: dict[int, None] = {}
    for index, char in enumerate(text):
        kind = classes[index]
        after = classes[index + 1] if index + 1 < len(text) else None
        before = classes[index - 1] if index else None
        paired = False
        if after is not None and PROSE not in (kind, after) and _PAIRS[kind, after]:
            keys[ord(char) << SHIFT | ord(text[index + 1])] = None
            paired = True
        if before is not None and PROSE not in (kind, before) and _PAIRS[before, kind]:
            paired = True
        if kind in (HAN, SIGN) and not paired:
            keys[ord(char) << SHIFT] = None
        if kind == HAN and paired and HAN not in (before, after):
            keys[ord(char) << SHIFT] = None
    if not keys and ALPHABETIC not in classes:
        keys = dict.fromkeys(pieces(text)[0].tolist())
    return tuple(keys)


@functools.lru_cache(maxsize=2048)
def is_sign(key: int) -> bool:
    """True if a piece holds no Han character."""
    first, second = key >> SHIFT, key & ((1 << SHIFT) - 1)
    return HAN not in (classify(chr(first)), classify(chr(second)) if second else None)


@functools.lru_cache(maxsize=2048)
def key_text(key: int) -> str:
    """The characters of a piece."""
    first, second = key >> SHIFT, key & ((1 << SHIFT) - 1)
    return chr(first) + (chr(second) if second else "")


def key_texts(keys: Keys) -> list[bytes]:
    """The characters of each piece, as UTF-8."""
    codes = np.zeros((len(keys), 3), dtype="<u4")  # the third, NUL, ends the piece
    codes[:, 0], codes[:, 1] = keys >> SHIFT, keys & ((1 << SHIFT) - 1)
    real = np.ones(codes.shape, dtype=np.bool_)
    real[:, 1] = codes[:, 1] != 0
    text = codes[real].tobytes().decode("utf-32-le")
    return text.encode().split(b"\0")[:-1]


def text_keys(texts: bytes, ends: npt.NDArray[np.int64]) -> Keys:
    """The inverse of `key_texts`: all texts end to end, and where each ends."""
    begins = np.frombuffer(texts, np.uint8) & 0xC0 != 0x80  # of a character in UTF-8
    last = np.concatenate(([0], np.cumsum(begins)[ends - 1])) if len(ends) else ends
    codes = np.frombuffer(texts.decode().encode("utf-32-le"), "<u4").astype(np.uint64)
    first, lengths = last[:-1], np.diff(last)
    keys: Keys = codes[first] << np.uint64(SHIFT)
    paired = lengths == 2
    keys[paired] |= codes[first[paired] + 1]
    return keys


def ignored_pieces(text: str) -> tuple[int, ...]:
    """Single-character pieces of the signs that squeezing drops."""
    shaped = normalize.shape(text)
    return tuple(ord(c) << SHIFT for c in normalize.IGNORED if c in shaped)


def classify(char: str) -> int:
    code = ord(char)
    classes = _class_bytes()
    return classes[code] if code < len(classes) else _class_of(char)


def _masks(codes: Keys) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    table = _classes()
    classes = np.where(codes < _END_OF_HAN, HAN, SIGN).astype(np.uint8)
    low = codes < len(table)
    classes[low] = table[codes[low]]
    return codes != 0, _PAIRS[classes[:-1], classes[1:]]


@functools.cache
def _classes() -> npt.NDArray[np.uint8]:
    return np.fromiter((_class_of(chr(c)) for c in range(0x20000)), dtype=np.uint8)


@functools.cache
def _class_bytes() -> bytes:
    return _classes().tobytes()


def _class_of(char: str) -> int:
    code = ord(char)
    if (
        0x3400 <= code < 0x4DC0
        or 0x4E00 <= code < 0xA000
        or 0xF900 <= code < 0xFB00
        or 0x3041 <= code < 0x3100
        or 0x20000 <= code < _END_OF_HAN
        or char in "々〇"
    ):
        return HAN
    if char in PUNCTUATION:
        return PROSE
    # Alphabetic is what the words of the index are made of, nothing else: all other
    # characters must be found here. Controls never reach a text's pieces; NUL parts
    # the texts of one document.
    return ALPHABETIC if char.isalnum() or char == "\0" else SIGN
