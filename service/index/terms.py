"""By which terms is one clause of a query looked for?

A clause becomes words (what the cutter says), pieces (what it holds character by
character) and runs (alphabetic strings, looked up inside words). Words and pieces
score; pieces and runs decide how much of the clause a post covers, because every
post that holds the typed string holds all of them, however it was cut.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from service.index.schema import FLAT_CODING
from service.text import grams, normalize
from service.text.analyzer import HAN, Analyzer, Token

_RUN = re.compile(rf"[^\W_{HAN}]+")
_NAMED = re.compile(r"(?<![^\W_])[A-Za-z](?:\+\+(?!\+)|\#(?![\w#]))")
"""C++ and C#: without their signs they are other names."""
_JOINED = re.compile(r"(?=([^\W_]_[^\W_]))")
"""Where an underscore joins two letters: x_i is neither x nor i."""
_EDGES = re.compile(r"^[\"'`\])}>:：,;\-]+|[\"'`\[({<:：,;\-]+$")

_SHORTEST_QUESTION = 4
_LONGEST_CUT = 500  # characters of a pasted text that are cut into words
_WINDOWS = 5  # it is taken from so many places of a longer one
MOST_WORDS = 16
"""Most telling words of a pasted text that are looked for."""
_LONGEST_LITERAL = 64

_QUESTION_WORDS = """
的 了 是 在 和 与 及 或 也 都 就 而 着 呢 吗 吧 啊 什么 怎么 怎样 如何 为什么 为何 哪些
哪个 哪里 哪 谁 多少 几 是否 有 一个 这个 那个 请问 以及
a an the of in on at to for and or is are was were be by with from what how why which
who when where does do did can
"""
STOP_WORDS = frozenset(_QUESTION_WORDS.split())
"""Question words of a query: they do not score where anything else does."""


class Needle(NamedTuple):
    """A word, as it is looked for in a title and in the column `flat`."""

    word: str
    squeezed: str
    coded: bytes


@dataclass(frozen=True, slots=True)
class ClauseTerms:
    """`signs` are pieces without a Han character: they rank, they do not decide,
    but for those of names like C++ and x_i, which are among `pieces`.
    `across` are those of `pieces` that lie across the border of two words,
    `joints` the pieces of the whole as typed that none of its words has.
    `needles` are the words without single Han characters."""

    words: tuple[str, ...]
    pieces: tuple[int, ...]
    across: frozenset[int]
    joints: tuple[int, ...]
    signs: tuple[int, ...]
    runs: tuple[str, ...]
    squeezed: str
    needles: tuple[Needle, ...]

    @property
    def empty(self) -> bool:
        return not (self.pieces or self.runs)

    @property
    def literal(self) -> bool:
        """True if words do not tell whether the whole stands side by side."""
        is_word = self.squeezed in self.words
        return 2 < len(self.squeezed) <= _LONGEST_LITERAL and not is_word


@functools.lru_cache(maxsize=256)
def clause_terms(text: str, analyzer: Analyzer) -> ClauseTerms:
    """The terms of `text`; remembered, because page 2 asks what page 1 asked."""
    squeezed = normalize.squeeze(text)
    text = _sampled(text)
    plain, tokens = _without_question_words(text, analyzer)
    plain, tokens = _most_telling(plain, tokens, analyzer)
    keys = dict.fromkeys(key for word in plain.split() for key in _pieces(word))
    telling = _telling_signs(plain)
    pieces = tuple(k for k in keys if not grams.is_sign(k) or k in telling)
    inner = {
        key
        for start, end in {_reach(token, plain) for token in tokens}
        for key in _pieces(plain[start:end])
    }
    signs = tuple(
        k for k in _pieces(_balanced(text)) if grams.is_sign(k) and k not in telling
    )
    runs = tuple(dict.fromkeys(_RUN.findall(normalize.fold(_NAMED.sub(" ", plain)))))
    if not squeezed:
        signs = grams.ignored_pieces(text)
    elif not (pieces or runs):
        signs = grams.query_pieces(squeezed)
    words = tuple(dict.fromkeys(token.text for token in tokens))
    return ClauseTerms(
        words=words,
        pieces=pieces,
        across=frozenset(pieces) - inner,
        joints=_joints(squeezed, {*pieces, *signs}),
        signs=signs,
        runs=runs,
        squeezed=squeezed,
        needles=tuple(_needles(words)),
    )


def _joints(squeezed: str, known: set[int]) -> tuple[int, ...]:
    if len(squeezed) > _LONGEST_LITERAL:
        return ()
    return tuple(key for key in grams.query_pieces(squeezed) if key not in known)


def _telling_signs(plain: str) -> frozenset[int]:
    """Pieces with signs that decide: what does not have them is something else."""
    names = (*_NAMED.findall(plain), *_JOINED.findall(plain))
    return frozenset(key for name in names for key in _pieces(name))


def _needles(words: Iterable[str]) -> Iterator[Needle]:
    for word in words:
        squeezed = normalize.squeeze(word)
        if squeezed and (len(word) > 1 or word.isascii()):
            yield Needle(word, squeezed, squeezed.encode(FLAT_CODING))


def _reach(token: Token, plain: str) -> tuple[int, int]:
    """The range in which pieces belong to a word.

    A word of one character is none that anybody looks for by itself: it is bound to
    its neighbours.
    """
    if token.end - token.start > 1:
        return token.start, token.end
    return max(0, token.start - 1), min(len(plain), token.end + 1)


def phrase_pattern(text: str) -> re.Pattern[str]:
    """Matches `text` in folded text: blanks are free, latin ends at word borders."""
    squeezed = normalize.squeeze(text)
    return _phrase_pattern(squeezed)


@functools.lru_cache(maxsize=256)
def _phrase_pattern(squeezed: str) -> re.Pattern[str]:
    free = rf"[\s{re.escape(normalize.IGNORED)}]*"
    before = r"(?<![^\W_])" if _RUN.match(squeezed[:1]) else ""
    after = r"(?![^\W_])" if _RUN.match(squeezed[-1:]) else ""
    return re.compile(before + free.join(map(re.escape, squeezed)) + after)


def _pieces(text: str) -> tuple[int, ...]:
    return grams.query_pieces(normalize.squeeze(text))


def _without_question_words(text: str, analyzer: Analyzer) -> tuple[str, list[Token]]:
    """The text as it is cut, question words blanked, and the tokens that are left.

    Pieces that reach into a question word (`什么是|熵`) go with it. Where nothing
    else would be left, all stays.
    """
    plain, tokens = analyzer.plain(text), analyzer.tokens(text)
    if len(text) < _SHORTEST_QUESTION:
        return plain, tokens
    characters = list(plain)
    kept = []
    for token in tokens:
        if plain[token.start : token.end].casefold() in STOP_WORDS:
            characters[token.start : token.end] = " " * (token.end - token.start)
        else:
            kept.append(token)
    return ("".join(characters), kept) if kept else (plain, tokens)


def _sampled(text: str) -> str:
    """Pieces from everywhere in a pasted text: cutting all of it would take longer
    than finding its posts."""
    if len(text) <= _LONGEST_CUT:
        return text
    step, size = len(text) // _WINDOWS, _LONGEST_CUT // _WINDOWS
    return " ".join(text[n * step : n * step + size] for n in range(_WINDOWS))


def _most_telling(
    plain: str, tokens: list[Token], analyzer: Analyzer
) -> tuple[str, list[Token]]:
    """Of a long text the words that are rare in the language, the rest blanked.

    How rare they are on this site is not asked: that is a look-up for each.
    """
    places = {token.position: (token.start, token.end) for token in tokens}
    if len(places) <= MOST_WORDS:
        return plain, tokens
    words = {place: plain[start:end] for place, (start, end) in places.items()}
    # each word once, in the order of their rarity, then of the text
    first = {word: place for place, word in reversed(words.items())}
    rarest = sorted(first, key=lambda word: (-analyzer.rarity(word), first[word]))
    kept = {first[word] for word in rarest[:MOST_WORDS]}
    characters = [" "] * len(plain)
    for place in kept:
        start, end = places[place]
        characters[start:end] = plain[start:end]
    return "".join(characters), [t for t in tokens if t.position in kept]


def _balanced(text: str) -> str:
    """`text` without signs at its edges that open or close nothing."""
    return _EDGES.sub("", text) or text
