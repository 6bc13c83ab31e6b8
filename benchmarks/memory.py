"""How much memory do a process and all its children use? PSS: shared pages split.

Read from /proc/PID/smaps_rollup (Linux 4.14 and later).
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.M)
EVERY_S = 0.25


def tree(pid: int) -> Iterator[int]:
    """`pid` and all that it started, directly or not."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                yield from tree(int(child))


def tree_pss(pid: int) -> dict[int, int]:
    """Bytes of each process of the tree."""
    sizes = {}
    for process in tree(pid):
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            found = PSS.search(Path(f"/proc/{process}/smaps_rollup").read_bytes())
            sizes[process] = int(found[1]) * 1024 if found else 0
    return sizes


class Peak:
    """The highest sum of a tree, looked at four times a second while in `with`."""

    def __init__(self, pid: int) -> None:
        self.pid, self.bytes = pid, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.bytes = max(self.bytes, sum(tree_pss(self.pid).values()))
