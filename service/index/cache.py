"""What is kept in memory of what was read, and what goes first?

The least recently used, as soon as all of it is larger than the budget.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

_ENTRY = 400  # bytes that an entry takes besides what it holds


class Cache:
    """Any number of threads may ask; two that miss the same both load it."""

    def __init__(self, budget: int) -> None:
        """`budget` in bytes; with 0 nothing is kept."""
        self._left = budget
        self._entries: OrderedDict[Any, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any, load: Callable[[], Any]) -> Any:
        """What `load` returns: arrays or texts, in tuples or lists."""
        with self._lock:
            if (entry := self._entries.get(key)) is not None:
                self._entries.move_to_end(key)
                return entry[1]
        value = load()
        size = _size(value) + _ENTRY
        with self._lock:
            if key not in self._entries:
                self._entries[key] = (size, value)
                self._left -= size
            while self._left < 0 and self._entries:
                _, (dropped, _) = self._entries.popitem(last=False)
                self._left += dropped
        return value


def _size(value: Any) -> int:
    """Bytes that a cached value holds, roughly."""
    if isinstance(value, np.ndarray):
        return value.nbytes + 128
    if isinstance(value, (tuple, list)):
        return 64 + sum(map(_size, value))
    return 64 + (2 * len(value) if isinstance(value, str) else 0)
