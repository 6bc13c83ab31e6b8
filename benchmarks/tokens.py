"""Into which tokens do the peers cut? Words by jieba, or bigrams.

A jieba of our own, so that words which the service learns from a blog do not help
(or harm) a peer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import jieba

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")


@cache
def _jieba() -> Any:
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return tokenizer


def search_words(text: str) -> list[str]:
    """jieba's search mode in lower case, without punctuation."""
    cut: Iterable[str] = _jieba().cut_for_search(text)
    return [word.lower() for word in cut if _is_word(word)]


@cache
def search_text(text: str) -> str:
    """The words of a post between blanks; every post is cut once in a run."""
    return " ".join(search_words(text))


def plain_words(text: str) -> list[str]:
    """jieba's precise mode: no word inside another; in the case of the text."""
    cut: Iterable[str] = _jieba().cut(text)
    return [word for word in cut if _is_word(word)]


def bigrams(text: str) -> list[str]:
    """Pairs of neighbours in Chinese runs; other runs whole, in lower case."""
    tokens = []
    for run in RUN.findall(text.lower()):
        if len(run) > 1 and "\u3400" <= run[0] <= "\u9fff":
            tokens += [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            tokens.append(run)
    return tokens


def trigrams(text: str) -> list[str]:
    """Every three neighbouring characters of each run between blanks."""
    return [
        part[i : i + 3]
        for part in text.lower().split()
        for i in range(max(len(part) - 2, 0))
    ]


def _is_word(word: str) -> bool:
    return any(char.isalnum() for char in word)
