"""Is the service up, and does somebody follow the blog?"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any

from service import state, writer
from service.cli.check import Check, State
from service.cli.output import time_text
from service.nudges import Nudges
from service.settings import Settings

ANSWER_S = 2.0
START = "systemctl start typecho-search, or typecho-search serve"


def check_writer(chosen: Settings) -> Iterator[Check]:
    pending = Nudges(chosen.data_dir).pending()
    pid = writer.running(chosen.data_dir)
    if pid is None:
        waiting = f", {pending} nudges wait" if pending else ""
        yield Check(
            "writer",
            "warning",
            f"nobody follows the blog{waiting}",
            f"{START}; or typecho-search sync --watch",
        )
    else:
        waiting = f"{pending} nudges wait" if pending else "no nudge waits"
        yield Check("writer", "good", f"process {pid} follows the blog, {waiting}")
    last = state.read(chosen).get("last") or {}
    if last.get("ok") is False:
        yield Check(
            "writer",
            "warning",
            f"the last {last['action']} failed {time_text(last['finished'])}: "
            f"{last['message']}",
            last["hint"] or "typecho-search sync",
        )


def check_service(chosen: Settings) -> Iterator[Check]:
    try:
        status, said = _ready(chosen.bind)
    except (OSError, HTTPException):
        yield Check("service", "warning", f"nothing answers on {chosen.bind}", START)
        return
    where = f"{chosen.bind} answers"
    if status == 200 and said.get("status") == "ready":
        yield Check("service", "good", where)
    elif "status" in said:
        reason = said.get("reason") or f"status {status}"
        worse: State = "warning" if status == 200 else "bad"
        yield Check("service", worse, f"{where}: {reason}", "typecho-search reindex")
    else:
        yield Check(
            "service",
            "bad",
            f"{where} {status}: it is another program",
            "choose another port in bind, here and on the plugin's settings page",
        )


def _ready(bind: str) -> tuple[int, dict[str, Any]]:
    """Status and body of /readyz; raises `OSError` where nothing listens."""
    connection = _connection(bind)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        answer = connection.getresponse()
        body = answer.read(1 << 16)
    finally:
        connection.close()
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    return answer.status, said if isinstance(said, dict) else {}


def _connection(bind: str) -> HTTPConnection:
    if bind.startswith("unix:"):
        connection = HTTPConnection("localhost", timeout=ANSWER_S)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(ANSWER_S)
        connection.sock.connect(bind.removeprefix("unix:"))
        return connection
    host, _, port = bind.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "[::]": "::1"}.get(host, host)
    return HTTPConnection(host.strip("[]"), int(port), timeout=ANSWER_S)
