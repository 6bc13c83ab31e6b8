"""Is what is kept in memory within its budget, and the right one dropped?"""

from __future__ import annotations

import numpy as np

from service.index.cache import Cache


class Source:
    """Counts how often something is loaded."""

    def __init__(self) -> None:
        self.loaded: list[str] = []

    def load(self, name: str, size: int = 1000) -> object:
        self.loaded.append(name)
        return np.zeros(size, dtype=np.uint8)


def ask(cache: Cache, source: Source, names: str) -> None:
    for name in names:
        cache.get(name, lambda name=name: source.load(name))  # type: ignore[misc]


def test_what_is_kept_is_loaded_once() -> None:
    cache, source = Cache(100_000), Source()

    ask(cache, source, "abab")

    assert source.loaded == ["a", "b"]


def test_the_least_recently_used_goes_first() -> None:
    cache, source = Cache(4000), Source()  # two of them, with what they cost besides

    ask(cache, source, "abacab")

    assert source.loaded == ["a", "b", "c", "b"]


def test_nothing_is_kept_without_a_budget() -> None:
    cache, source = Cache(0), Source()

    ask(cache, source, "aa")

    assert source.loaded == ["a", "a"]


def test_what_is_larger_than_the_budget_is_not_kept() -> None:
    cache, source = Cache(4000), Source()

    cache.get("large", lambda: source.load("large", 5000))
    ask(cache, source, "aa")

    assert source.loaded == ["large", "a"]
