"""How do the measurements talk HTTP? As thinly as possible.

One kept connection with bytes prepared in advance for latency; `wrk` for load.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks.peers import Missing
from service import signing
from tests.support.processes import Server, free_port, port_open, wait_until

LENGTH = re.compile(rb"content-length: *(\d+)", re.I)
CONNECTIONS = 32

WRK = """
local requests = {}
for line in io.lines("%s") do
  local path, time, nonce, signature = line:match("^(%%S+) (%%S+) (%%S+) (%%S+)$")
  requests[#requests + 1] = wrk.format("GET", path, {
    ["X-Search-Time"] = time, ["X-Search-Nonce"] = nonce,
    ["X-Search-Signature"] = signature})
end
local number = 0
request = function()
  number = number %% #requests + 1
  return requests[number]
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests":%%d,"us":%%d,"p50":%%d,"p99":%%d,"errors":%%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.timeout + e.status))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    per_second: float
    p50: float
    p99: float
    errors: int


class Connection:
    """One kept connection to 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connect()

    def get(self, request: bytes) -> bytes:
        """The body of the answer; raises if it is not 200."""
        try:
            return self._get(request)
        except ConnectionError:  # it was idle for longer than the server keeps it
            self._connect()
            return self._get(request)

    def close(self) -> None:
        self.socket.close()

    def _connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _get(self, request: bytes) -> bytes:
        self.socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            if not (more := self.socket.recv(65536)):
                raise ConnectionError("closed by the server")
            answer += more
        head, _, body = answer.partition(b"\r\n\r\n")
        found = LENGTH.search(head)
        if b" 200 " not in head[:16] or not found:
            raise RuntimeError(answer[:500].decode("utf-8", "replace"))
        while len(body) < int(found[1]):
            body += self.socket.recv(65536)
        return body


def target(path: str, query: str, **more: object) -> str:
    """A path with its query string: `/api/cids?q=...`."""
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return f"{path}?q={quote(query, safe='')}{extra}"


def signed_request(key: str, where: str) -> bytes:
    """A GET as the plugin sends it; good for five minutes."""
    path, _, query = where.partition("?")
    lines = [f"GET {where} HTTP/1.1", "Host: 127.0.0.1", "Connection: keep-alive"]
    lines += [f"{k}: {v}" for k, v in signing.headers(key, "GET", path, query).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def floor_server(folder: Path) -> tuple[Server, int]:
    """An empty Flask route on the same gunicorn, running; and its port."""
    port = free_port()
    server = Server(
        [sys.executable, "-m", "benchmarks.floor", str(port)],
        log=folder / "floor.log",
    ).start()
    wait_until(lambda: port_open(port), 120, "the empty route")
    return server, port


def load(port: int, key: str, wheres: Sequence[str], seconds: int, tmp: Path) -> Load:
    """What 32 connections get in so many seconds. Raises `Missing` without wrk."""
    if not (wrk := shutil.which("wrk")):
        raise Missing("wrk (Debian package wrk)")
    lines = []
    for where in wheres:
        path, _, query = where.partition("?")
        headers = signing.headers(key, "GET", path, query)
        names = (signing.TIME, signing.NONCE, signing.SIGNATURE)
        lines.append(" ".join((where, *(headers[name] for name in names))))
    (tmp / "requests.txt").write_text("\n".join(lines) + "\n")
    script = tmp / "wrk.lua"
    script.write_text(WRK % (tmp / "requests.txt"))
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "5s"]
    done = subprocess.run(
        [*command, "-s", str(script), f"http://127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return Load(
        per_second=told["requests"] / (told["us"] / 1e6),
        p50=told["p50"] / 1e6,
        p99=told["p99"] / 1e6,
        errors=told["errors"],
    )
