"""How does a process that runs for months keep its memory small?

glibc's allocator is told what we know and it cannot: one thread at a time allocates,
and after a piece of work the process rests. Another C library is left alone.
Numbers and meanings: mallopt(3), malloc_trim(3), glibc's malloc.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc

_ARENA_MAX, _TRIM_THRESHOLD, _MMAP_THRESHOLD = -8, -1, -3
_LARGE = 4 << 20  # bytes; temporary arrays of numpy stay below, and in the heap


def one_heap() -> None:
    """One heap for all threads, which gives back what it can.

    Else every thread gets a heap of its own. Only one thread runs Python at a time:
    nobody waits for the other.
    """
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_TRIM_THRESHOLD, _LARGE)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """What was taken for a piece of work goes back to the system: some 10 ms."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
