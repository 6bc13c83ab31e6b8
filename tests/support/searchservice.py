"""The real service for one blog, as its owner starts it: settings, reindex, serve."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from service import signing
from tests.support.processes import Server, free_port, wait_until

ROOT = Path(__file__).parents[2]


class SearchService:
    """`python -m service` with a settings file of its own in `folder`."""

    def __init__(self, folder: Path, source: str, key: str, **settings: Any) -> None:
        self.folder, self.key = folder, key
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "search.toml"
        self.data_dir = folder / "data"
        self.log = folder / "service.log"
        self.server: Server | None = None
        folder.mkdir(parents=True, exist_ok=True)
        values = {
            "source": source,
            "api_key": key,
            "data_dir": str(self.data_dir),
            "bind": f"127.0.0.1:{self.port}",
            "workers": 1,
            "sync_interval_s": 3600,  # only nudges wake the writer in a test
            "build_processes": 1,
            **settings,
        }
        self.config.write_text(
            "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
        )

    def command(self, *words: str, check: bool = True) -> str:
        """What one command of the service prints."""
        done = subprocess.run(
            [sys.executable, "-m", "service", "--config", str(self.config), *words],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=180,
        )
        if check and done.returncode:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stderr}")
        return done.stdout

    def spawn(self, *words: str) -> subprocess.Popen[bytes]:
        """One command of the service, not waited for; its words go to the log."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "service", "--config", str(self.config), *words],
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
            )

    def start(self) -> SearchService:
        self.server = Server(
            [sys.executable, "-m", "service", "--config", str(self.config), "serve"],
            log=self.log,
            cwd=self.folder,
            env=self._environment(),
        ).start()
        wait_until(self.ready, 120, f"the service ({self.log})")
        return self

    def ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def stop(self) -> None:
        if self.server:
            self.server.stop()
            self.server = None

    def get(self, path: str, **query: Any) -> requests.Response:
        """A signed request, as the plugin sends it."""
        text = urlencode(query)
        return requests.get(
            f"{self.url}{path}?{text}" if text else f"{self.url}{path}",
            headers=signing.headers(self.key, "GET", path, text),
            timeout=60,
        )

    def cids(self, query: str, **more: Any) -> list[int]:
        answer = self.get("/api/cids", q=query, **more)
        assert answer.status_code == 200, answer.text
        found: list[int] = answer.json()["cids"]
        return found

    @staticmethod
    def _environment() -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SEARCH_")}
        path = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
        return {**kept, "PYTHONPATH": os.pathsep.join(path)}
