"""Which build of the index answers, and how is another one put in its place?

    data_dir/index/
        CURRENT                 one line: the name of the generation that answers
        PREVIOUS                the one before it, for rollback
        gen-20261123T101500-4f2a/   manifest.json, words.txt and Whoosh's files
        building-.../           a build that is not finished; never opened
        LOCK                    held by the one writer, with its pid

Publishing is one rename of CURRENT. Opening never repairs and never deletes: only
a writer that holds the lock clears what nobody needs.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.errors import IndexBusy, IndexFull, IndexMissing, SearchError
from service.index import integrity

CURRENT, PREVIOUS, LOCK = "CURRENT", "PREVIOUS", "LOCK"
MANIFEST = "manifest.json"
_PID = 10  # digits
_END, _SUM = "\n}", ',\n "sum": '
_GENERATION, _BUILDING = "gen-", "building-"


class Generations:
    """The folder of all builds of one index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> str:
        """The name in CURRENT; raises `IndexMissing` before the first build."""
        name = self._read(CURRENT)
        if not name:
            raise IndexMissing(
                f"no index in {self.folder}", "build one with: typecho-search reindex"
            )
        return name

    def previous(self) -> str:
        return self._read(PREVIOUS)

    def candidates(self) -> list[str]:
        """Names to try in order: current, then previous."""
        names = [self._read(CURRENT), self._read(PREVIOUS)]
        return [name for name in dict.fromkeys(names) if name]

    def path(self, name: str) -> Path:
        return self.folder / name

    def manifest(self, name: str) -> dict[str, Any]:
        return read_manifest(self.path(name))

    def size(self, name: str) -> int:
        """Bytes of all files of a generation; an update may remove some meanwhile."""
        total = 0
        with contextlib.suppress(FileNotFoundError):
            for file in os.scandir(self.path(name)):
                with contextlib.suppress(FileNotFoundError):
                    total += file.stat().st_size
        return total

    def new(self) -> Path:
        """An empty folder to build in; published by `publish`."""
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        path = self.folder / f"{_BUILDING}{stamp}-{secrets.token_hex(2)}"
        path.mkdir(parents=True)
        return path

    def publish(
        self, building: Path, manifest: dict[str, Any], previous: str = ""
    ) -> str:
        """Make a finished build the current one and return its name.

        `previous` is what answered until now and is kept; it is not the name in
        CURRENT where that one was damaged. Everything is on disk before CURRENT is
        renamed, so a power cut leaves either the old or the new generation, whole.
        """
        files = [file for file in building.iterdir() if file.is_file()]
        write_manifest(building, {**manifest, "files": integrity.sums(files)})
        for file in building.iterdir():
            sync(file)
        name = _GENERATION + building.name[len(_BUILDING) :]
        os.rename(building, self.folder / name)
        sync(self.folder)
        lines = {CURRENT: name}
        if previous and self.path(previous).is_dir():
            lines = {PREVIOUS: previous, **lines}
        self._write(lines)
        return name

    def rollback(self) -> str:
        """Let the previous generation answer again; a second call undoes it."""
        current, previous = self.current(), self.previous()
        if not previous or not self.path(previous).is_dir():
            raise IndexMissing(
                "no previous generation to go back to",
                "build a new one with: typecho-search reindex",
            )
        self._write({PREVIOUS: current, CURRENT: previous})
        return previous

    def discard(self, building: Path) -> None:
        """Give up a build."""
        shutil.rmtree(building, ignore_errors=True)

    def clear(self) -> None:
        """Remove unfinished builds and generations older than the previous one.

        Only for the holder of the lock. A reader that still has an old generation
        open keeps it: its files are mapped and go when it lets go.
        """
        for path in self.orphans():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def orphans(self) -> list[Path]:
        """What a build or a command that died has left; or what one now works on."""
        if not self.folder.is_dir():
            return []
        keep = set(self.candidates())
        ours = (_GENERATION, _BUILDING)
        half = (f".{CURRENT}.", f".{PREVIOUS}.")
        return [
            path
            for path in self.folder.iterdir()
            if (path.name.startswith(ours) and path.name not in keep)
            or path.name.startswith(half)
        ]

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one writer, or raise `IndexBusy` naming the one that is.

        The kernel drops the lock when its holder dies, however it dies.
        """
        with convert_os_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
                raise IndexBusy(
                    f"another process writes this index (pid {holder or 'unknown'})",
                    "wait until it is done; `typecho-search status` shows what it does",
                ) from error
            with contextlib.suppress(OSError):  # a full disk must not stop a writer
                # Over what stands there: cutting it first would make closing wait for
                # the disk (ext4, auto_da_alloc).
                os.pwrite(descriptor, f"{os.getpid():<{_PID}}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def _read(self, name: str) -> str:
        try:
            text = (self.folder / name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""  # whatever lies there instead: the other one is tried
        return text if text.startswith(_GENERATION) and "/" not in text else ""

    def _write(self, lines: dict[str, str]) -> None:
        """Replace files by one line each; a full disk is noticed before the first."""
        temporary = {name: self.folder / f".{name}.{os.getpid()}" for name in lines}
        for name, line in lines.items():
            _write_durably(temporary[name], line + "\n")
        for name, path in temporary.items():
            os.replace(path, self.folder / name)
        sync(self.folder)


@contextlib.contextmanager
def convert_os_errors(folder: Path) -> Iterator[None]:
    """Turn a full disk and missing rights into errors with a next step."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise IndexFull(
                f"no space left in {folder}",
                "free some space or move data_dir, then run: typecho-search reindex",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise SearchError(
                f"may not write in {folder}",
                "let the service's user own data_dir, for example: "
                f"chown -R USER {folder.parent}",
            ) from error
        raise


def read_manifest(generation: Path) -> dict[str, Any]:
    """What `write_manifest` wrote; raises `ValueError` if it is not that any more."""
    text = (generation / MANIFEST).read_text(encoding="utf-8")
    manifest: dict[str, Any] = json.loads(text)
    if text != _with_sum(text.rpartition(_SUM)[0]):
        raise ValueError(f"{MANIFEST} is damaged")
    del manifest["sum"]
    return manifest


def write_manifest(generation: Path, manifest: dict[str, Any]) -> None:
    """Replace the manifest of a generation, all or nothing."""
    temporary = generation / f".{MANIFEST}.{os.getpid()}"
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    _write_durably(temporary, _with_sum(text.removesuffix(_END)))
    os.replace(temporary, generation / MANIFEST)


def _with_sum(text: str) -> str:
    """A manifest, its end left out, with the sum of itself as its last entry."""
    return f"{text}{_SUM}{integrity.text_sum(text + _END)}{_END}"


def _write_durably(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Wait until a file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
