"""Who works on this data folder now, and how does a second one learn of it?

A lock file with the holder's pid in it. The kernel frees it when its holder dies,
however it dies, so there is nothing to clean up.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from service.errors import IndexBusy

POLL_S = 0.05


@contextlib.contextmanager
def alone(path: Path, busy: str, hint: str, wait_s: float = 0.3) -> Iterator[None]:
    """Hold `path` within; raises `IndexBusy` (`busy` and the pid) after `wait_s`.

    The shortest wait is longer than `holder` takes, which holds the lock as well.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + wait_s
        while not _taken(descriptor, fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                pid = _pid_in(descriptor)
                raise IndexBusy(f"{busy} (pid {pid or 'unknown'})", hint)
            time.sleep(POLL_S)
        os.ftruncate(descriptor, 0)
        with contextlib.suppress(OSError):  # a full disk must not stop the holder
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(path: Path) -> int | None:
    """The pid of who holds `path`; 0 if it is not known, None if nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        if _taken(descriptor, fcntl.LOCK_SH):
            return None
        return _pid_in(descriptor) or 0
    finally:
        os.close(descriptor)


def _taken(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_in(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None
