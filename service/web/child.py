"""How is the writer kept alive beside the web processes?

A child of gunicorn's master, forked from it so that code and tables are shared. It
is started again when it dies, ever more slowly when it dies at once, and it ends when
its parent does. It knows nothing of what the writer does.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import time
from collections.abc import Callable

from service.errors import IndexBusy
from service.settings import Settings
from service.writer import Stop, run

log = logging.getLogger(__name__)

BACKOFF_MAX_S = 60.0
CALM_S = 30.0
"""A writer that lived this long did not die of how it was started."""
DRAIN_S = 30.0
"""After SIGTERM the sync under way may end; then comes SIGKILL."""
_PR_SET_PDEATHSIG = 1


class WriterChild:
    """At most one writer process; `keep` is called again and again."""

    def __init__(self, settings: Settings, in_child: Callable[[], None]) -> None:
        """`in_child` gives back what the child must not hold, such as sockets."""
        self.settings, self.in_child = settings, in_child
        self.pid = 0
        self._life = -1
        self._started = self._next = 0.0
        self._backoff = 1.0

    def keep(self) -> None:
        """Start the writer if none is running and it may be tried again."""
        now = time.monotonic()
        if self.pid and self._dead():
            calm = now - self._started > CALM_S
            self._backoff = 1.0 if calm else min(self._backoff * 2, BACKOFF_MAX_S)
            self._next = now + self._backoff
            log.error(
                "writer died pid=%s restart_in_s=%.0f", self.pid, self._backoff
            )  # fmt: skip
            self._forget()
        if not self.pid and now >= self._next:
            self._start()

    def stop(self, seconds: float = DRAIN_S) -> None:
        """Return when the writer has ended, by its own will or by force."""
        if not self.pid:
            return
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while not self._dead():
            if time.monotonic() > deadline:
                log.error("writer killed pid=%s after_s=%.0f", self.pid, seconds)
                self._signal(signal.SIGKILL)
                deadline += seconds
            time.sleep(0.05)
        self._forget()

    def ask_to_stop(self) -> None:
        """Let it drain while the web processes do the same."""
        if self.pid:
            self._signal(signal.SIGTERM)

    def _start(self) -> None:
        # The child alone holds the writing end, so reading finds the end of the
        # pipe when it dies. waitpid() is no use: gunicorn reaps every child.
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._be_writer(parent)
        os.close(writing)
        self.pid, self._life = pid, reading
        self._started = time.monotonic()

    def _be_writer(self, parent: int) -> None:
        """The whole life of the child; never returns into gunicorn's loop."""
        code = 1
        gc.enable()
        try:
            stop = Stop()
            _own_signals(stop)
            _die_with(parent, stop)
            self.in_child()
            run(self.settings, stop)
            code = 0 if stop.requested else 1
        except IndexBusy as error:
            # Somebody runs `sync --watch`: tried again, in case that one ends.
            log.warning("writer not started reason=%r", error.message)
        except BaseException:
            log.exception("writer failed")
        finally:
            logging.shutdown()
            os._exit(code)

    def _dead(self) -> bool:
        try:
            return os.read(self._life, 1) == b""
        except BlockingIOError:
            return False

    def _forget(self) -> None:
        os.close(self._life)
        self.pid, self._life = 0, -1

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


def _own_signals(stop: Stop) -> None:
    """Take back what gunicorn's master listens to."""
    for name in ("HUP", "QUIT", "TTIN", "TTOU", "USR1", "USR2", "WINCH"):
        signal.signal(getattr(signal, f"SIG{name}"), signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.request)


def _die_with(parent: int, stop: Stop) -> None:
    """Ask the kernel for SIGTERM when the parent is gone, even by kill -9."""
    with contextlib.suppress(OSError, AttributeError):  # not Linux: systemd's work
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        stop.request()
