"""Which posts did the blog say have changed, and has the writer looked yet?

A spool folder: one file a nudge, on disk before it is acknowledged, removed after
the writer has applied it. Any number of web workers put, one writer takes. A nudge
says only "look again", so duplicates, disorder and doing one twice do no harm.
It does not wake anybody and it does not know what a post is.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from service.errors import IndexError_, IndexFull

log = logging.getLogger(__name__)

FOLDER = "nudges"
_SUFFIX = ".json"
_HALF = ".half"
_HALF_LIVES_S = 3600
"""A half-written file this old belongs to a process that died; it was never
acknowledged, so it is only litter."""
_TAKE_MAX = 10_000
"""Files merged at once; the rest stays for the next round."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Nudges merged into one: `everything`, or these posts."""

    cids: frozenset[int]
    everything: bool
    files: tuple[Path, ...]

    def __bool__(self) -> bool:
        return bool(self.files)


class Nudges:
    """The spool under one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / FOLDER

    def put(self, cids: Iterable[int] | None) -> None:
        """Return once the nudge would survive a power cut; None means everything.

        Raises `IndexFull` when the disk is full, `IndexError_` when the folder
        cannot be written; then nothing was accepted.
        """
        wanted = None if cids is None else sorted(set(cids))
        content = json.dumps({"all": True} if wanted is None else {"cids": wanted})
        # Names sort by time, which keeps the oldest first when a burst is cut.
        name = f"{time.time_ns():020d}-{secrets.token_hex(6)}"
        half = self.folder / (name + _HALF)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_durably(half, content.encode())
            half.rename(self.folder / (name + _SUFFIX))
            _sync_folder(self.folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                half.unlink(missing_ok=True)
            raise _as_ours(error, self.folder) from error

    def pending(self) -> int:
        """How many nudges wait; costs one look into a folder."""
        return len(self._files())

    def take(self) -> Batch:
        """All waiting nudges as one; they stay on disk until `done`.

        A file that cannot be understood was a nudge once, so it counts as
        "everything": looking too often is cheap, missing a change is not.
        """
        cids: set[int] = set()
        everything = False
        files = self._files()[:_TAKE_MAX]
        for file in files:
            found = _read(file)
            if found is None:
                everything = True
            else:
                cids.update(found)
        self._sweep()
        return Batch(frozenset(cids), everything, tuple(files))

    def done(self, batch: Batch) -> None:
        """Forget nudges that have been applied."""
        for file in batch.files:
            with contextlib.suppress(OSError):  # stays: it is only applied again
                file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        try:
            with os.scandir(self.folder) as entries:
                names = [e.name for e in entries if e.name.endswith(_SUFFIX)]
        except OSError:
            return []
        return [self.folder / name for name in sorted(names)]

    def _sweep(self) -> None:
        limit = time.time() - _HALF_LIVES_S
        for half in self.folder.glob("*" + _HALF):
            with contextlib.suppress(OSError):
                if half.stat().st_mtime < limit:
                    half.unlink()


def _read(file: Path) -> frozenset[int] | None:
    """The cids in a file; None means everything, also for one without sense."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        content = None
    if isinstance(content, dict) and content.get("all") is True:
        return None
    cids = content.get("cids") if isinstance(content, dict) else None
    if not isinstance(cids, list) or not all(type(cid) is int for cid in cids):
        log.warning("nudge unreadable file=%s taken_as=all", file.name)
        return None
    return frozenset(cids)


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """The new name itself is only on disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _as_ours(error: OSError, folder: Path) -> IndexError_:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return IndexFull(
            f"no space left for nudges in {folder}",
            "free some space; the next sync finds what was missed",
        )
    return IndexError_(
        f"cannot write nudges to {folder}: {error.strerror}",
        "let the service's user write to data_dir",
    )
