"""How does text become tokens? The same way when indexing and when asking.

text -> shape (width, accents) -> simplify (phrase tables) -> two cutters side by side:
jieba in search mode for Han text, and our own for everything with an alphabet
(identifiers whole and in parts: `BERT4Keras` gives bert4keras, bert, 4, keras;
`node.js` gives nodejs, node, js; `C++`, `C#` and `.NET` stay whole).

jieba's own Whoosh analyzer is not used: it stores character offsets as positions,
drops full-width digits, single letters and Greek, and stems English. Words alone
are not the promise: `grams.py` holds the net for every other substring.
"""

from __future__ import annotations

import functools
import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from service.text import dictionary, normalize, pinyin
from service.text.cutter import Cutter
from service.text.dictionary import Dictionary

HAN = (
    "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u3041-\u30ff"
)
"""Characters written without blanks between words: Han and kana."""

USE_HMM = True
"""Measured with `make eval`: docs/search.md, "HMM or not"."""

_HAN_CHAR = re.compile(f"[{HAN}]")
_BLOCK = re.compile(rf"[{HAN}A-Za-z0-9+#&._%\-]+")
"""What jieba cuts in one piece; those without Han need no jieba, which is slow."""
_LETTERS = rf"[^\W_{HAN}]+"
_ALPHABETIC = re.compile(
    rf"(?P<sign>(?<![^\W_])[A-Za-z](?:\+\+(?!\+)|\#(?![\w#]))|(?<!\w)\.(?:NET|net)\b)"
    rf"|(?P<word>{_LETTERS}(?:[._'’\-]{_LETTERS})*)"
)
_JOINTS = re.compile(r"[._'’\-]")
_PARTS = re.compile(rf"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\dA-Za-z_{HAN}]+")
_MAX_JOINED = 4  # a.b.c.d is an identifier; longer chains are paths and prose

_UNKNOWN_FREQUENCY = 30  # of jieba's 60 million; two thirds of its words are rarer

_dictionary: Dictionary | None = None  # one for all analyzers of a process


@dataclass(frozen=True, slots=True)
class Token:
    """`position` is the ordinal of the word it belongs to; parts share it.

    `start` and `end` are offsets into the simplified shape of the text.
    """

    text: str
    position: int
    start: int
    end: int


class Analyzer:
    """Words of a text, with the site's own words known to jieba."""

    def __init__(self, words: Iterable[str] = (), hmm: bool = USE_HMM) -> None:
        self.words = tuple(sorted({w for w in map(_as_cut, words) if _learnable(w)}))
        self.hmm = hmm
        self.digest = hashlib.sha256("\n".join(self.words).encode()).hexdigest()[:12]

    @functools.cached_property
    def _cutter(self) -> Cutter:
        """Made when it is needed: who asks for the digest only does not wait."""
        return Cutter(_loaded(), self.words)

    def __call__(self, text: str) -> list[str]:
        """All words of `text`, in no useful order, repeated as often as they occur."""
        plain = _as_cut(text)
        tokens = self._han(plain)
        for found in _ALPHABETIC.finditer(plain):
            tokens.extend(_alphabetic(found))
        return tokens

    def plain(self, text: str) -> str:
        """`text` as it is cut: the offsets of `tokens` count in it."""
        return _as_cut(text)

    def tokens(self, text: str) -> list[Token]:
        """The same words with positions and places, for people who ask why."""
        plain = _as_cut(text)
        places = [
            (found.start(), found.end(), tuple(_alphabetic(found)))
            for found in _ALPHABETIC.finditer(plain)
        ]
        places.extend(self._han_places(plain))
        places.sort(key=lambda place: place[0])
        return [
            Token(part, position, start, end)
            for position, (start, end, parts) in enumerate(places)
            for part in dict.fromkeys(parts)
        ]

    def rarity(self, word: str) -> float:
        """How much a word says: the negative logarithm of its share of all Chinese
        text, by jieba's dictionary. Words that it does not know, latin ones among
        them, count as fairly rare, single characters and digits as common."""
        if len(word) == 1 or word.isdigit():
            return 0.0
        frequency: int = self._cutter.FREQ.get(word) or _UNKNOWN_FREQUENCY
        return math.log(self._cutter.total / frequency)

    def _han_places(self, plain: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Whole words with their places and their parts, themselves included."""
        if not _HAN_CHAR.search(plain):
            return
        cut = list(self._cutter.tokenize(plain, mode="search", HMM=self.hmm))
        parts: list[str] = []
        for index, (word, start, end) in enumerate(cut):
            parts.append(word.casefold())
            # In search mode the parts of a word come before it, so a word is whole
            # when the next one begins where it ends.
            if index + 1 == len(cut) or cut[index + 1][1] >= end:
                if _HAN_CHAR.search(word):
                    yield start, end, tuple(part for part in parts if part)
                parts = []

    def _han(self, plain: str) -> list[str]:
        if not _HAN_CHAR.search(plain):
            return []
        return [
            word.casefold()
            for block in _BLOCK.findall(plain)
            if _HAN_CHAR.search(block)
            for word in self._cutter.search_words(block, self.hmm)
            if _HAN_CHAR.search(word)
        ]


def preload(cache_dir: Path | None = None) -> None:
    """Load the dictionary and our tables once, before processes are forked.

    `cache_dir` must be the service's own folder: what others may write there would
    be read. Without it the dictionary is made in memory.
    """
    _loaded(cache_dir)
    normalize.preload()
    pinyin.preload()


def read_dictionary(path: Path) -> tuple[str, ...]:
    """The words of a user dictionary: one a line, what follows a blank is ignored."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return tuple(
        line.split()[0] for line in lines if line.strip() and not line.startswith("#")
    )


def _loaded(cache_dir: Path | None = None) -> Dictionary:
    global _dictionary
    if _dictionary is None:
        _dictionary = dictionary.load(cache_dir)
    return _dictionary


def _as_cut(text: str) -> str:
    return normalize.simplify(normalize.shape(text))


def _learnable(word: str) -> bool:
    return 2 <= len(word) <= 12 and all(map(_HAN_CHAR.match, word))


def _alphabetic(found: re.Match[str]) -> list[str]:
    """One identifier whole and in parts, lower case."""
    if found["sign"]:
        return [found["sign"].casefold()]
    whole = found["word"]
    pieces = _JOINTS.split(whole)
    tokens: list[str] = []
    if 1 < len(pieces) <= _MAX_JOINED:
        tokens.append(_joined(whole, pieces))
    for piece in pieces:
        tokens.append(piece.casefold())
        parts = _PARTS.findall(piece)
        if len(parts) > 1:
            tokens.extend(part.casefold() for part in parts)
    return tokens


def _joined(whole: str, pieces: list[str]) -> str:
    """`GPT-4o` and `GPT4o` are one word; `x_i` is not `xi` and 3.14 is not 314."""
    if "_" in whole or all(piece.isdigit() for piece in pieces):
        return whole.casefold()
    return "".join(pieces).casefold()
