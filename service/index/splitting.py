"""Which known words does an alphabetic run without blanks consist of?

`neuralnetwork` stands in no post, but neural and network do.
"""

from __future__ import annotations

from collections.abc import Callable

SHORTEST = 3
"""Letters of a part; shorter ones would split anything."""

_LONGEST_RUN = 40
_MOST_PARTS = 4


def split(run: str, known: Callable[[str], bool]) -> tuple[str, ...]:
    """The fewest known words that make up `run` exactly, or ()."""
    if not 2 * SHORTEST <= len(run) <= _LONGEST_RUN:
        return ()
    best: list[tuple[str, ...] | None] = [()] + [None] * len(run)
    for end in range(SHORTEST, len(run) + 1):
        for start in range(end - SHORTEST + 1):
            before = best[start]
            if before is None or len(before) >= _MOST_PARTS:
                continue
            if best[end] is not None and len(best[end] or ()) <= len(before) + 1:
                continue
            if known(run[start:end]):
                best[end] = (*before, run[start:end])
    return best[-1] or ()
