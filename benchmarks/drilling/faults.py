"""What breaks in a drill?

Each fault is done to real processes, files and connections, and each heals: by
itself, by whoever looks after the process, or by the timer that it sets.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import requests

from service import signing, writer
from tests.support.mariadb import MariaDB
from tests.support.processes import wait_until
from tests.support.searchservice import SearchService

DISK_BYTES = 96 << 20
HEALTHY_S = 90.0


class Faults:
    """Breaks things at random; `heal` leaves everything running again."""

    def __init__(
        self, service: SearchService, server: MariaDB, random: Random, small_disk: bool
    ) -> None:
        self.service, self.server, self.random = service, server, random
        self.done: Counter[str] = Counter()
        self._filler = service.data_dir / "filler"
        self._threads: list[threading.Thread] = []
        self._stopped: set[int] = set()
        self._refusing = threading.Event()
        self._database = threading.Lock()
        self._commands: list[subprocess.Popen[bytes]] = []
        self._choices: dict[Callable[[], None], int] = {
            self.writer_killed: 3,
            self.writer_paused: 3,
            self.worker_killed: 2,
            self.worker_paused: 1,
            self.database_killed: 1,
            self.database_restarted: 1,
            self.database_paused: 1,
            self.nudges_refused: 2,
            self.reindex_started: 1,
            self.disk_filled: 2 if small_disk else 0,
        }

    def strike(self) -> None:
        (chosen,) = self.random.choices(
            list(self._choices), list(self._choices.values())
        )
        chosen()
        self.done[chosen.__name__] += 1

    def heal(self) -> None:
        """Return when nothing is broken any more."""
        for thread in self._threads:
            thread.join(HEALTHY_S)
        for pid in list(self._stopped):
            self._continue(pid)
        for command in self._commands:
            command.wait(HEALTHY_S)
        wait_until(self.service.ready, HEALTHY_S, "the service")
        wait_until(lambda: self._writer() is not None, HEALTHY_S, "the writer")

    # Processes

    def writer_killed(self) -> None:
        if pid := self._writer():
            _signal(pid, signal.SIGKILL)

    def writer_paused(self) -> None:
        if pid := self._writer():
            self._pause(pid)

    def worker_killed(self) -> None:
        if pids := self._workers():
            _signal(self.random.choice(pids), signal.SIGKILL)

    def worker_paused(self) -> None:
        if pids := self._workers():
            self._pause(self.random.choice(pids))

    def database_killed(self) -> None:
        with self._database:
            process = self.server.server
            if process is None or process.process is None:
                return
            process.kill(signal.SIGKILL)
            process.process.wait(30)
        self._later(self.random.uniform(0.1, 2.0), self._database_started)

    def database_paused(self) -> None:
        """It takes connections but does not answer."""
        server = self.server.server
        if server is not None and server.process is not None:
            self._pause(server.process.pid)

    def database_restarted(self) -> None:
        with self._database:
            self.server.stop()
            self.server.start()

    def _database_started(self) -> None:
        """Unless it was restarted since it was killed: two would share one folder."""
        with self._database:
            process = self.server.server
            if process and process.process and process.process.poll() is None:
                return
            self.server.start()

    def reindex_started(self) -> None:
        """By the owner, at any moment, beside the writer."""
        self._commands.append(self.service.spawn("reindex"))

    # Disk and wire

    def disk_filled(self) -> None:
        with contextlib.suppress(OSError), self._filler.open("wb") as file:
            try:
                while True:
                    file.write(bytes(1 << 18))
                    file.flush()
            except OSError as error:
                assert error.errno == errno.ENOSPC, error
        self._later(
            self.random.uniform(0.5, 3.0), lambda: self._filler.unlink(missing_ok=True)
        )

    def nudges_refused(self) -> None:
        self._refusing.set()
        self._later(self.random.uniform(0.5, 3.0), self._refusing.clear)

    def nudge(self, cids: list[int]) -> None:
        """What the plugin sends after a request, or what becomes of it on the way."""
        way = self.random.choices(
            ("sent", "doubled", "delayed", "dropped", "cut"), (10, 2, 2, 2, 1)
        )[0]
        if self._refusing.is_set() or way == "dropped":
            self.done["nudge dropped"] += 1
            return
        self.done[f"nudge {way}"] += 1
        body = f'{{"cids":{cids}}}'.encode()
        headers = signing.headers(self.service.key, "POST", "/api/nudge", "", body)
        if way == "cut":
            self._cut(body, headers)
        elif way == "delayed":
            self._later(
                self.random.uniform(0.2, 3.0), lambda: self._post(body, headers)
            )
        else:
            self._post(body, headers)
            if way == "doubled":
                self._post(body, headers)  # the same signature: refused as replayed

    def _post(self, body: bytes, headers: dict[str, str]) -> None:
        with contextlib.suppress(requests.RequestException):
            requests.post(
                f"{self.service.url}/api/nudge", data=body, headers=headers, timeout=2
            )

    def _cut(self, body: bytes, headers: dict[str, str]) -> None:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        lines += ["Host: drill", f"Content-Length: {len(body)}"]
        sent = "\r\n".join(["POST /api/nudge HTTP/1.1", *lines, "", ""]).encode() + body
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.service.port), 2) as raw,
        ):
            raw.sendall(sent[: self.random.randint(1, len(sent))])

    # Helpers

    def _writer(self) -> int | None:
        return writer.running(self.service.data_dir) or None

    def _workers(self) -> list[int]:
        assert self.service.server is not None
        master = self.service.server.pid
        path = Path(f"/proc/{master}/task/{master}/children")
        pids = [int(pid) for pid in path.read_text().split()]
        return [pid for pid in pids if pid != self._writer() and _runs(pid)]

    def _pause(self, pid: int) -> None:
        self._stopped.add(pid)
        _signal(pid, signal.SIGSTOP)
        self._later(self.random.uniform(0.2, 2.0), lambda: self._continue(pid))

    def _continue(self, pid: int) -> None:
        _signal(pid, signal.SIGCONT)
        self._stopped.discard(pid)

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        thread = threading.Timer(seconds, work)
        thread.start()
        self._threads.append(thread)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small disk on `folder`; False where only root could and we are not."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    done = subprocess.run(["mount", *options], capture_output=True)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    return False
