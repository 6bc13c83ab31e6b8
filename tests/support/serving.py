"""`service serve` as its owner runs it, over the small index of `app.py`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import requests

from service import signing
from tests.support import app as support
from tests.support.processes import Server, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]


class Serving:
    """A running service; `pids` are those of its whole tree."""

    def __init__(self, folder: Path, *flags: str, **settings: Any) -> None:
        self.data_dir = folder / "data"
        self.log = folder / "service.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "search.toml"
        values = {
            "source": str(folder / "missing.sql"),
            "data_dir": str(self.data_dir),
            "api_key": support.KEY,
            "bind": f"127.0.0.1:{self.port}",
            "public": True,
            **settings,
        }
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in values.items()]
        self.config.write_text("".join(lines))
        support.index(self.data_dir)
        command = [sys.executable, "-m", "service", "--config", str(self.config)]
        self.server = Server(
            [*command, "serve", *flags], log=self.log, cwd=folder, env=environment()
        )

    def __enter__(self) -> Serving:
        self.server.start()
        wait_until(self.ready, 60, f"the service ({self.log})")
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()

    @property
    def pid(self) -> int:
        return self.server.pid

    def ready(self) -> bool:
        return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200

    def lines(self, words: str) -> list[str]:
        """Lines of the log that hold `words`."""
        text = self.log.read_text(encoding="utf-8")
        return [line for line in text.splitlines() if words in line]

    def children(self) -> list[int]:
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def writer(self) -> int:
        """The pid of the newest writer, from its own line in the log."""
        started = self.lines("writer started")[-1]
        return int(started.split("pid=")[1].split()[0])

    def nudge(self, body: bytes) -> requests.Response:
        headers = signing.headers(support.KEY, "POST", "/api/nudge", "", body)
        return requests.post(
            f"{self.url}/api/nudge", data=body, headers=headers, timeout=10
        )


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SEARCH_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def alive(pid: int) -> bool:
    """True for a process that runs; a zombie does not."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    except OSError:
        return False
