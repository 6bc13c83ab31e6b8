"""Which generation answers now?

The current one, reopened when something was published or updated. One that cannot be
opened, or whose files prove damaged while answering, is passed over: the one before it
answers and `problem` says so. Opening never repairs and never deletes.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from service.errors import IndexMissing, IndexUnusable, SearchError
from service.index import integrity
from service.index.generations import CURRENT, MANIFEST, Generations
from service.index.snapshot import Snapshot, commits
from service.text.analyzer import Analyzer

log = logging.getLogger(__name__)

WORDS_FILE = "words.txt"
CHECK_EVERY_S = 5.0
"""Sizes of some twenty files: 50 µs."""
_TRIES = 5  # openings during which a writer may publish and clear away
_HINT = "run: typecho-search reindex"

Answer = TypeVar("Answer")
_SETTLED_NS = 50_000_000
"""A folder may change twice within a tick of the kernel's clock, with one time of
change; what lies so far behind is told apart from all that comes."""
_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A generation that answers. `key` changes with everything published; `files`
    have the recorded sizes, and the small ones were read when first seen."""

    key: _Key
    snapshot: Snapshot
    files: Mapping[str, Any]
    analyzer: Analyzer
    schema: str
    built: int
    problem: str

    @property
    def name(self) -> str:
        return self.snapshot.generation


class Reader:
    """Use one for the life of a process; any number of threads may ask it."""

    def __init__(self, generations: Generations, cache_bytes: int) -> None:
        self._generations = generations
        self._cache_bytes = cache_bytes
        self._opened: Opened | None = None
        self._lock = threading.Lock()
        self._distrusted: dict[str, str] = {}
        self._next_check = 0.0
        self._settled: tuple[Opened, _Key] | None = None
        self._taught: tuple[Path, Analyzer] | None = None

    def answer(self, work: Callable[[Opened], Answer]) -> Answer:
        """What `work` makes of the generation that answers.

        If it fails and the files are damaged, the generation before is asked; if they
        are not, the fault is ours and the error goes on.
        """
        while True:
            opened = self.opened()
            try:
                return work(opened)
            except SearchError:
                raise
            except Exception as error:
                if not self.distrust_if_damaged(opened, error):
                    raise

    def opened(self) -> Opened:
        """What answers now; reopened when it is no longer what is published."""
        opened = self._opened
        fresh = opened is not None and self._is_fresh(opened)
        if opened is not None and fresh and not self._cut_since(opened):
            return opened
        with self._lock:
            opened = self._opened
            if opened is None or opened.key != self._key(opened.name):
                opened = self._opened = self._open()
            return opened

    def distrust_if_damaged(self, opened: Opened, error: Exception) -> bool:
        """True if a file of this generation is damaged: it answers no more."""
        file = self.damaged_file(opened, thorough=True)
        if file:
            self._distrust(opened, file, error)
        return bool(file)

    def _cut_since(self, opened: Opened) -> bool:
        """True if a file was cut while it was open; looked at every few seconds.

        What is mapped reads as zeros then, and nothing fails.
        """
        now = time.monotonic()
        if now < self._next_check:
            return False
        self._next_check = now + CHECK_EVERY_S
        file = self.damaged_file(opened, thorough=False)
        if file:
            self._distrust(opened, file, None)
        return bool(file)

    def _distrust(self, opened: Opened, file: str, error: Exception | None) -> None:
        with self._lock:
            self._distrusted.setdefault(opened.name, f"{file} is damaged")
            if self._opened is opened:
                self._opened = None
        log.warning(
            "generation damaged generation=%s file=%s error=%r",
            opened.name,
            file,
            error,
        )

    def damaged_file(self, opened: Opened, *, thorough: bool) -> str:
        """The name of a file that is not what was written, or ""."""
        try:
            manifest = self._generations.manifest(opened.name)
            recorded = manifest.get("files", {})
            return integrity.damaged(
                opened.snapshot.folder, recorded, thorough=thorough
            )
        except FileNotFoundError:
            return ""  # replaced and cleared away meanwhile: nothing to say of it
        except (ValueError, TypeError, AttributeError):
            return MANIFEST
        except OSError as error:
            return f"a file ({error.strerror})"

    def _is_fresh(self, opened: Opened) -> bool:
        """True if nothing was published or committed since: two stats, as a rule."""
        times, settled = self._times(opened.name), self._settled
        if settled and settled[0] is opened and settled[1] == times:
            return True
        if opened.key != self._key(opened.name):
            return False
        if times and time.time_ns() - max(times[0], times[2]) > _SETTLED_NS:
            self._settled = (opened, times)
        return True

    def _times(self, name: str) -> _Key:
        """When CURRENT and a generation's folder changed; () if one is gone."""
        # two paths as text: joining them as `Path` takes longer than asking the kernel
        folder = str(self._generations.folder)
        try:
            current = os.stat(f"{folder}/{CURRENT}")
            generation = os.stat(f"{folder}/{name}")
        except OSError:
            return ()
        return (current.st_mtime_ns, current.st_ino, generation.st_mtime_ns)

    def _key(self, name: str) -> _Key:
        """A sure sign of change: CURRENT and the commits in a generation's folder."""
        folder = self._generations.folder
        try:
            current = os.stat(folder / CURRENT)
            return (current.st_mtime_ns, current.st_ino, commits(folder / name))
        except OSError:
            return (None,)

    def _open(self) -> Opened:
        """The first candidate that opens; a writer may change them meanwhile."""
        for _ in range(_TRIES):
            names = self._generations.candidates()
            before = [self._key(name) for name in names]
            opened, problem = self._first(names)
            if opened is not None and not problem:
                return opened
            after = self._generations.candidates()
            if names == after and before == [self._key(name) for name in names]:
                break
        if opened is not None:
            return opened
        if not names:
            raise IndexMissing(
                f"no index in {self._generations.folder}",
                "build one with: typecho-search reindex",
            )
        raise IndexUnusable(
            problem.split(";")[0], "build a new one: typecho-search reindex"
        )

    def _first(self, names: list[str]) -> tuple[Opened | None, str]:
        """The first of `names` that opens, and what is wrong with those before."""
        problem = ""
        for name in names:
            if why := self._distrusted.get(name):
                problem = problem or f"generation {name}: {why}; {_HINT}"
                continue
            try:
                return self._open_one(name, problem), problem
            except Exception as error:  # whatever it is, this one is unusable
                log.warning("generation unusable generation=%s error=%r", name, error)
                why = getattr(error, "message", type(error).__name__)
                problem = problem or (
                    f"generation {name} cannot be opened ({why}); {_HINT}"
                )
        return None, problem

    def _open_one(self, name: str, problem: str) -> Opened:
        path = self._generations.path(name)
        key = self._key(name)
        last = self._opened if self._opened and self._opened.name == name else None
        manifest = self._generations.manifest(name)
        files = manifest["files"]
        read = last.files if last else {}
        new = {file: sums for file, sums in files.items() if read.get(file) != sums}
        if file := (
            integrity.damaged(path, files, thorough=False)
            or integrity.damaged(path, new, thorough=False, small=integrity.SMALL)
        ):
            raise IndexUnusable(f"{file} is damaged", _HINT)
        before = last.snapshot if last else None
        return Opened(
            key=key,
            snapshot=Snapshot(path, name, self._cache_bytes, before),
            files=files,
            analyzer=self._analyzer(path),
            schema=str(manifest["schema"]),
            built=int(manifest["built"]),
            problem=problem,
        )

    def _analyzer(self, folder: Path) -> Analyzer:
        """That of a generation, whose words never change: teaching takes 50 ms."""
        if self._taught is None or self._taught[0] != folder:
            words = (folder / WORDS_FILE).read_text(encoding="utf-8").split("\n")
            self._taught = (folder, Analyzer(words))
        return self._taught[1]
