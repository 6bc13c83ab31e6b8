"""Which words does the site itself use, and how are they spelt?

Written beside a generation when it is built: the words of titles, tags and
categories with the number of posts that hold them. A suggestion comes from here and
from the latin words of the index, so that it always is a word of this blog.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from service.index.schema import GRAMS, WORDS
from service.index.snapshot import Snapshot
from service.text import pinyin
from service.text.analyzer import HAN, Analyzer

FILE = "lexicon.json"

_MAX_WORDS = 30_000
_HAN_WORD = re.compile(f"[{HAN}]{{2,8}}")
_LATIN_WORD = re.compile(r"[a-z][a-z0-9]{3,29}")


Spelt = dict[str, list[str]]
"""Pinyin -> Han words, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`han` and `latin` map a word to the number of posts that hold it."""

    han: dict[str, int] = field(default_factory=dict)
    latin: dict[str, int] = field(default_factory=dict)
    by_key: Spelt = field(default_factory=dict)
    by_loose_key: Spelt = field(default_factory=dict)


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
    lexicon = Lexicon(
        han=common,
        latin=dict(_latin(snapshot.words())),
        by_key=_spelt(common, lambda key: key),
        by_loose_key=_spelt(common, pinyin.loose),
    )
    text = json.dumps(asdict(lexicon), ensure_ascii=False)
    (folder / FILE).write_text(text, encoding="utf-8")


def _spelt(words: Iterable[str], change: Callable[[str], str]) -> Spelt:
    table: Spelt = {}
    for word in words:
        for key in {change(key) for key in pinyin.keys(word)}:
            table.setdefault(key, []).append(word)
    return table


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
    try:
        written = Lexicon(**json.loads((snapshot.folder / FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        written = Lexicon()  # damage is the business of `integrity`
    latin = Counter(written.latin) + _latin(snapshot.words(after_first=True))
    return replace(written, latin=dict(latin))
