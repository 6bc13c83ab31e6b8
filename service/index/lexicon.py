"""Which words does the site itself use, and how are they spelt?

Written beside a generation when it is built: the words of titles, tags and
categories with the number of posts that hold them. A suggestion comes from here and
from the latin words of the index, so that it always is a word of this blog. Four
tries, mapped: as Python's own strings they would weigh 20 MB in every process.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import marisa_trie
import numpy as np
import numpy.typing as npt

from service.index.schema import GRAMS, WORDS
from service.index.snapshot import Snapshot
from service.text import pinyin
from service.text.analyzer import HAN, Analyzer

_NAMES = ("han", "latin", "key", "loose")
_MAX_WORDS = 30_000
_HAN_WORD = re.compile(f"[{HAN}]{{2,8}}")
_LATIN_WORD = re.compile(r"[a-z][a-z0-9]{3,29}")


_COUNT = "<I"  # how a number of posts is kept, as `struct` says it


class Counts(Mapping[str, int]):
    """Words with the number of posts that hold them, `more` among them."""

    def __init__(self, file: Path | None, more: Mapping[str, int]) -> None:
        self._trie = marisa_trie.RecordTrie(_COUNT)
        if file:
            self._trie.mmap(str(file))
        self._more = more
        self._rows: dict[int, tuple[list[str], npt.NDArray[np.uint32]]] = {}

    def __getitem__(self, word: str) -> int:
        found = self._trie.get(word)
        if found is None and word not in self._more:
            raise KeyError(word)
        return int(found[0][0] if found else 0) + self._more.get(word, 0)

    def __iter__(self) -> Iterator[str]:
        new = (word for word in self._more if word not in self._trie)
        return itertools.chain(self._trie.iterkeys(), new)

    def __len__(self) -> int:
        return len(self._trie) + sum(word not in self._trie for word in self._more)

    @functools.cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(self)

    def one_off(self, word: str) -> list[str]:
        """The words that differ from `word` in one character of the same place, or
        in the order of two neighbours."""
        known, codes = self._of_length(len(word))
        alike = (codes == _codes(word)).sum(axis=1) == len(word) - 1
        turned = (
            word[:n] + word[n + 1] + word[n] + word[n + 2 :]
            for n in range(len(word) - 1)
        )
        found = [known[n] for n in np.flatnonzero(alike)]
        return found + [other for other in turned if other in self and other != word]

    def _of_length(self, length: int) -> tuple[list[str], npt.NDArray[np.uint32]]:
        """All words of so many characters, and their code points, a row each."""
        if length not in self._rows:
            words = [word for word in self.words if len(word) == length]
            codes = _codes("".join(words)).reshape(len(words), length)
            self._rows[length] = (words, codes)
        return self._rows[length]


def _codes(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4")


class Spelt:
    """Pinyin -> Han words, the most frequent first."""

    def __init__(self, file: Path | None) -> None:
        self._trie = marisa_trie.BytesTrie()
        if file:
            self._trie.mmap(str(file))

    def get(self, key: str) -> list[str]:
        found = self._trie.get(key)
        return found[0].decode().split() if found else []


class Lexicon:
    """What `write` collected in a folder, or nothing; `latin` of later changes."""

    def __init__(self, folder: Path | None, latin: Mapping[str, int]) -> None:
        files = _files(folder) if folder else dict.fromkeys(_NAMES)
        self.han, self.latin = Counts(files["han"], {}), Counts(files["latin"], latin)
        self.by_key = Spelt(files["key"])
        self.by_loose_key = Spelt(files["loose"])


def write(snapshot: Snapshot, analyzer: Analyzer, folder: Path) -> None:
    """Collect the Han words of all titles, tags and categories."""
    seen: set[str] = set(analyzer.words)
    for doc in range(snapshot.size):
        title, _, _, categories, tags = json.loads(snapshot.head(doc))
        for text in (title, *categories, *tags):
            seen.update(analyzer(text))
    seen.update(part for word in tuple(seen) for part in _ends(word))
    counts: Counter[str] = Counter()
    for word in seen:
        if _HAN_WORD.fullmatch(word):
            field = GRAMS if len(word) == 2 else WORDS
            counts[word] = len(snapshot.postings(field, word.encode())[0])
    common = {word: count for word, count in counts.most_common(_MAX_WORDS) if count}
    tries = {
        "han": _counted(common),
        "latin": _counted(_latin(snapshot.words())),
        "key": _spelt(common, lambda key: key),
        "loose": _spelt(common, pinyin.loose),
    }
    for name, file in _files(folder).items():
        file.write_bytes(tries[name].tobytes())


def _files(folder: Path) -> dict[str, Path]:
    return {name: folder / f"lexicon-{name}.trie" for name in _NAMES}


def _counted(words: Mapping[str, int]) -> marisa_trie.RecordTrie:
    records = ((word, (count,)) for word, count in words.items())
    return marisa_trie.RecordTrie(_COUNT, records)


def _spelt(words: Iterable[str], change: Callable[[str], str]) -> marisa_trie.BytesTrie:
    table: dict[str, list[str]] = {}
    for word in words:
        for key in {change(key) for key in pinyin.keys(word)}:
            table.setdefault(key, []).append(word)
    spelt = ((key, " ".join(words).encode()) for key, words in table.items())
    return marisa_trie.BytesTrie(spelt)


def _latin(words: Iterable[tuple[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word, count in words:
        if word[:1].isascii() and _LATIN_WORD.fullmatch(word):
            counts[word] += count
    return counts


def _ends(word: str) -> tuple[str, ...]:
    """`变分` of 变分自编码器: a term is often asked for by its head or its tail."""
    return (word[:2], word[-2:]) if len(word) >= 4 else ()


def read(snapshot: Snapshot) -> Lexicon:
    """The lexicon of a generation, with the latin words of its later changes.

    Everything that takes long was done when it was written: the first visitor who
    mistypes waits for a file to be read, not for pinyin.
    """
    later = _latin(snapshot.words(after_first=True))
    with contextlib.suppress(OSError, RuntimeError):  # the business of `integrity`
        return Lexicon(snapshot.folder, later)
    return Lexicon(None, later)
