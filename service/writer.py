"""When does the index look at the blog again?

The one long-lived writer. On a nudge it reads the posts that were named; on a timer,
on a new dump, on changed words and when a scheduled post is due it takes a cheap look
(`indexer.look`); once a day it compares everything. Nudges stay on disk until they
are applied, so stopping at any moment loses nothing.
It does not restart itself (`web/child.py` or systemd does).
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from service import heap, indexer, locks, state
from service.errors import IndexBusy, SearchError, ShrinkRefused
from service.nudges import Batch, Nudges
from service.settings import Settings
from service.typecho.looking import file_sign

log = logging.getLogger(__name__)

POLL_S = 0.1
"""A look into an empty folder costs 10 µs; ten a second are lost in the noise."""
FILES_EVERY_S = 1.0
"""Dumps and the dictionary are asked for their size and time so often."""
RETRY_MAX_S = 60.0
AGAIN_S = 1.0
FULL_EVERY_S = 86_400
"""What a cheap look misses (`typecho.probe`) is found within a day."""
LOCK = "writer.lock"


class Stop:
    """A wish to end that a signal handler may express.

    Not a `threading.Event`: setting one inside a handler can deadlock with the
    `wait` that the signal interrupted.
    """

    def __init__(self) -> None:
        self.requested = False

    def request(self, *_signal: object) -> None:
        self.requested = True


def run(settings: Settings, stop: Stop | None = None) -> None:
    """Follow the blog until `stop` is requested; the work under way is finished.

    Raises `IndexBusy` if another writer runs on this data folder.
    """
    stop = stop or Stop()
    with locks.alone(
        settings.data_dir / LOCK,
        "another writer follows the blog already",
        "one is enough: `typecho-search serve` starts it by itself",
    ):
        log.info("writer started interval_s=%s", settings.sync_interval_s)
        _Loop(settings).follow(stop)
        log.info(
            "writer stopped pending_nudges=%s", Nudges(settings.data_dir).pending()
        )


def running(data_dir: Path) -> int | None:
    """The pid of the writer on this data folder; None if there is none."""
    return locks.holder(data_dir / LOCK)


class _Loop:
    """What is due, and when something is tried again after a failure."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._spool = Nudges(settings.data_dir)
        self._next_look = self._retry = self._next_files = 0.0
        self._failures = self._waiting = 0
        self._tried = 0.0
        self._files: object = None
        self._next_post = 0
        """Unix seconds when a scheduled post is due; 0 if none is known."""

    def follow(self, stop: Stop) -> None:
        self._next_full = time.monotonic() + _until_full(self._settings)
        indexer.tidy(self._settings)
        while not stop.requested:
            now = time.monotonic()
            if self._may_try(now):
                timed = self._time_to_look(now)
                if timed or self._spool.pending():
                    self._round(timed, now >= self._next_full)
                    heap.give_back()
                    continue
            time.sleep(POLL_S)

    def _may_try(self, now: float) -> bool:
        """After a failure wait; but who nudges has a blog that is up again."""
        if now >= self._retry:
            return True
        again = now >= self._tried + AGAIN_S
        return again and self._spool.pending() > self._waiting

    def _time_to_look(self, now: float) -> bool:
        if now >= self._next_files:
            self._next_files = now + FILES_EVERY_S
            files = (file_sign(self._settings), _words_sign(self._settings))
            if files != self._files:
                self._files, self._next_look = files, now
        return now >= self._next_look or 0 < self._next_post <= time.time()

    def _round(self, timed: bool, full: bool) -> None:
        """Apply what waits; what fails stays on disk and is tried again later."""
        batch = self._spool.take()
        pause = 0.0
        try:
            self._apply(batch, timed, full)
        except ShrinkRefused as error:
            # Trying again changes nothing; the timer will, and so can the owner.
            log.error("sync refused reason=%r", error.message)
            self._next_post = 0
        except IndexBusy as error:
            log.info("sync postponed reason=%r", error.message)
            pause = self._pause()
        except SearchError as error:
            pause = self._pause()
            log.error(
                "sync failed code=%s reason=%r retry_in_s=%.0f",
                error.code,
                error.message,
                pause,
            )
        except Exception as error:
            pause = self._pause()
            log.exception("sync failed retry_in_s=%.0f", pause)
            state.note_unexpected(self._settings, error)
        if pause:
            self._tried = time.monotonic()
            self._retry = self._tried + pause
            self._waiting = self._spool.pending()
            self._plan(pause if timed else None)
            return
        self._spool.done(batch)
        self._failures = 0
        if timed:
            self._plan(float(self._settings.sync_interval_s))

    def _apply(self, batch: Batch, timed: bool, full: bool) -> None:
        if batch.cids:
            outcome = indexer.apply_nudge(self._settings, batch.cids)
            # A post that was scheduled just now: only a look knows its hour.
            timed = timed or bool(outcome and outcome.skipped.get("future"))
        if full or batch.everything:
            indexer.sync(self._settings)
            self._next_full = time.monotonic() + FULL_EVERY_S
        elif timed:
            indexer.look(self._settings)
        if full or timed or batch.everything:
            self._next_post = indexer.next_due(self._settings)

    def _pause(self) -> float:
        """Seconds until the next try: 1, 2, 4 ... 60."""
        self._failures += 1
        return min(2.0 ** min(self._failures - 1, 10), RETRY_MAX_S)

    def _plan(self, seconds: float | None) -> None:
        if seconds is not None:
            self._next_look = time.monotonic() + seconds
            state.update(self._settings, {"next_look": int(time.time() + seconds)})


def _words_sign(settings: Settings) -> object:
    """Changes when the owner's dictionary does: the index was cut with it."""
    try:
        found = os.stat(settings.dictionary_file or "")
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size)


def _until_full(settings: Settings) -> float:
    """Seconds until everything is compared: a day after it was done last."""
    known = state.read(settings)
    ends = [
        last.get("finished", 0)
        for name in ("last_full", "last_reindex")
        if isinstance(last := known.get(name), dict)
    ]
    return max(0.0, max(ends, default=0) + FULL_EVERY_S - time.time())
