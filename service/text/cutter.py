"""How does jieba cut with a dictionary that it has not loaded?

`jieba.Tokenizer` asks for a dictionary in three places, all of them public: `FREQ`,
`get_DAG` and `calc`. Each cutter answers them from the mapped dictionary and from
the words that it was taught itself, so that any number of them may be used side by
side. It cuts as jieba does, to the last word: `tests/test_cutter.py`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import Any

import jieba
import jieba.finalseg

from service.text.dictionary import PAIRS, SINGLES, Dictionary, pair

_REMEMBERED = 1 << 12
"""Words and strings of single characters that a cutter takes apart once: 3 MB."""


class Frequencies:
    """`Tokenizer.FREQ`: word -> frequency; 0 for what only begins a word."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._trie = dictionary.trie
        self._frequencies = dictionary.frequencies
        self._pairs = dictionary.pairs
        self.taught: dict[str, int] = {}

    def get(self, word: str, default: int | None = None) -> int | None:
        known = self.taught.get(word)
        if known is not None:
            return known
        if len(word) > 1 and not self._pairs[pair(ord(word[0]), ord(word[1]))]:
            return default
        number = self._trie.get(word)
        if number is not None:
            return int(self._frequencies[number])
        begins_a_word = next(self._trie.iterkeys(word), None) is not None
        return 0 if begins_a_word else default

    def __contains__(self, word: str) -> bool:
        return self.get(word) is not None

    def __setitem__(self, word: str, frequency: int) -> None:
        self.taught[word] = frequency


class Cutter(jieba.Tokenizer):  # type: ignore[misc]
    """jieba, taught `words` of two and more characters besides its dictionary."""

    def __init__(self, dictionary: Dictionary, words: Iterable[str] = ()) -> None:
        super().__init__()
        self._dictionary = dictionary
        self.FREQ = Frequencies(dictionary)
        self.total = dictionary.total
        self.initialized = True  # or jieba would load its own
        self._of_word = functools.lru_cache(_REMEMBERED)(self._parts)
        self._of_singles = functools.lru_cache(_REMEMBERED)(self._recognised)
        self._by_start: dict[str, dict[str, float]] = {}
        self._pairs = bytearray(dictionary.pairs)
        for word in words:
            self.add_word(word)
            frequency = math.log(self.FREQ.get(word) or 1)
            self._by_start.setdefault(word[:2], {})[word] = frequency
            self._pairs[pair(ord(word[0]), ord(word[1]))] = 1

    def search_words(self, block: str, hmm: bool) -> list[str]:
        """What `cut_for_search` yields for a text without blanks, sooner: jieba asks
        a generator within a generator for each word, and takes apart again what it
        has met a moment ago."""
        if not hmm or not jieba.re_han_default.fullmatch(block):
            return list(self.cut_for_search(block, HMM=hmm))
        found: list[str] = []
        _, ends = self._way(block)
        size = len(block)
        start = alone = 0  # `alone`: from here characters stand for themselves
        while start < size:
            end = ends[start]
            if end - start > 1:
                if start - alone == 1:
                    found.append(block[alone])
                elif alone < start:
                    found.extend(self._of_singles(block[alone:start]))
                alone = end
                if end - start == 2:
                    found.append(block[start:end])
                else:
                    found.extend(self._of_word(block[start:end]))
            start = end
        if alone < size:
            found.extend(self._of_singles(block[alone:]))
        return found

    def _parts(self, word: str) -> list[str]:
        """A word after the shorter ones of the dictionary in it."""
        sizes = (2, 3) if len(word) > 3 else (2,) if len(word) > 2 else ()
        pieces = (word[n : n + k] for k in sizes for n in range(len(word) - k + 1))
        return [*(piece for piece in pieces if self.FREQ.get(piece)), word]

    def _recognised(self, singles: str) -> list[str]:
        """Words that the dictionary lacks, in characters that stand alone."""
        if len(singles) == 1 or self.FREQ.get(singles):
            return list(singles)
        return [p for word in jieba.finalseg.cut(singles) for p in self._parts(word)]

    def get_DAG(self, sentence: str) -> dict[int, list[int]]:
        return {}  # `calc` looks for words on its way

    def calc(self, sentence: str, DAG: Any, route: dict[int, Any]) -> None:
        """`route[start]` becomes (logarithm of the probability, last index of the word
        that starts there)."""
        values, ends = self._way(sentence)
        route[len(sentence)] = (0, 0)
        for start, end in enumerate(ends):
            route[start] = (values[start], end - 1)

    def _way(self, sentence: str) -> tuple[list[float], list[int]]:
        """The likeliest way through `sentence`, from its end to its beginning: for each
        place the logarithm of the probability, and the end of the word that starts
        there.

        Of equally likely ways the one with the longer word wins; a character that
        begins no word stands alone, as if seen once.
        """
        dictionary, size = self._dictionary, len(sentence)
        prefixes, logs = dictionary.trie.iter_prefixes_with_ids, dictionary.logs
        singles, pairs, longest = dictionary.singles, self._pairs, dictionary.longest
        codes = [*map(ord, sentence), 0]
        total = math.log(self.total)
        value = [0.0] * (size + 1)
        ends = list(range(1, size + 1))
        for start in range(size - 1, -1, -1):
            code = codes[start]
            # `pair`, without a call: this is where the time of a reindex goes
            if code < SINGLES and not pairs[(code * 5003 + codes[start + 1]) % PAIRS]:
                value[start] = singles[code] - total + value[start + 1]
                continue
            best, best_end = -math.inf, start + 1
            own = self._by_start.get(sentence[start : start + 2])
            for word, number in prefixes(sentence[start : start + longest]):
                end = start + len(word)
                log = logs[number] if not own or word not in own else own[word]
                score = log - total + value[end]
                if score >= best:
                    best, best_end = score, end
            for word, log in own.items() if own else ():
                if sentence.startswith(word, start):
                    end = start + len(word)
                    score = log - total + value[end]
                    if score > best or (score == best and end > best_end):
                        best, best_end = score, end
            if best == -math.inf:
                best = value[start + 1] - total
            value[start], ends[start] = best, best_end
        return value, ends
