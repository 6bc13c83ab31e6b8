"""The process tree of `service serve`: gunicorn's processes with the writer."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from service import signing
from service.errors import ConfigError
from service.nudges import Nudges
from service.web.server import serve
from tests.support import app as support
from tests.support.processes import port_open, wait_until
from tests.support.serving import Serving, alive


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Serving(tmp_path_factory.mktemp("serve")) as service:
        yield service


def test_one_tree_holds_the_workers_with_the_writer(running: Serving) -> None:
    wait_until(lambda: bool(running.lines("writer started")), 10, "the writer")

    wait_until(lambda: len(running.children()) >= 3, 10, "both workers")
    children = running.children()

    assert len(children) == 3
    assert running.writer() in children
    assert running.lines("serve ready address=http://127.0.0.1:")


def test_real_connection_answers_chinese(running: Serving) -> None:
    answer = requests.get(f"{running.url}/api/search?q={quote('2018天象')}", timeout=10)

    assert answer.json()["hits"][0]["cid"] == 1


def test_query_of_five_thousand_characters_fits_the_request_line(
    running: Serving,
) -> None:
    long = "木星与土星" * 1000

    answer = requests.get(f"{running.url}/api/search", {"q": long}, timeout=30)

    assert answer.status_code == 200
    assert len(answer.json()["query"]) == 5000


def test_signature_survives_the_real_request_line(running: Serving) -> None:
    query = "q=%E5%A4%A9%2F%61+b%20c&tag=%23"
    headers = signing.headers(support.KEY, "GET", "/api/cids", query)

    # requests would respell the query; http.client sends it as it is.
    connection = HTTPConnection("127.0.0.1", running.port, timeout=10)
    connection.request("GET", f"/api/cids?{query}", headers=headers)

    assert connection.getresponse().status == 200


def test_chunked_body_over_a_megabyte_is_too_large(running: Serving) -> None:
    chunks = (b"x" * 65536 for _ in range(20))

    answer = requests.post(f"{running.url}/api/nudge", data=chunks, timeout=10)

    assert answer.status_code == 413


def test_replay_is_refused_whichever_worker_gets_it(running: Serving) -> None:
    body = b'{"cids":[]}'
    headers = signing.headers(support.KEY, "POST", "/api/nudge", "", body)

    def send(_: int) -> int:
        return requests.post(
            f"{running.url}/api/nudge", data=body, headers=headers, timeout=10
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(24)))

    assert statuses.count(202) == 1
    assert statuses.count(401) == 23


def test_words_of_a_malformed_request_are_not_logged(running: Serving) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as raw:
        raw.sendall("GET /api/search?q=geheim天象 HTTP/1.1\r\n\r\n".encode())
        assert b"400" in raw.recv(1000)

    wait_until(lambda: bool(running.lines("Invalid request")), 5, "a line in the log")
    assert not running.lines("geheim")


def test_nothing_secret_is_in_the_log(running: Serving) -> None:
    requests.get(f"{running.url}/?q=verschwiegen", timeout=10)

    assert not running.lines(support.KEY)
    assert not running.lines("verschwiegen")


def test_new_generation_is_noticed_by_every_worker(running: Serving) -> None:
    def generation(_: int = 0) -> str:
        answer = requests.get(f"{running.url}/readyz", timeout=10)
        return str(answer.json()["generation"])

    before = generation()
    support.index(running.data_dir)

    with ThreadPoolExecutor(8) as pool:
        after = set(pool.map(generation, range(24)))
    assert len(after) == 1
    assert before not in after


def test_dead_writer_is_started_again_while_searches_go_on(running: Serving) -> None:
    wait_until(lambda: bool(running.lines("writer started")), 10, "the writer")
    first = running.writer()

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: running.writer() != first, 20, "a new writer")
    assert running.lines(f"writer died pid={first}")
    assert running.ready()


def test_failed_sync_keeps_the_nudge(running: Serving) -> None:
    """The source of this service does not exist."""
    spool = Nudges(running.data_dir)

    assert running.nudge(b'{"cids":[77]}').status_code == 202

    wait_until(lambda: bool(running.lines("sync failed")), 15, "the writer's attempt")
    assert 77 in spool.take().cids


def test_sigterm_ends_the_whole_tree(tmp_path: Path) -> None:
    with Serving(tmp_path) as service:
        wait_until(lambda: bool(service.lines("writer started")), 10, "the writer")
        tree = [service.pid, *service.children()]

        os.kill(service.pid, signal.SIGTERM)
        assert service.server.process is not None
        code = service.server.process.wait(20)

    assert code == 0
    assert service.lines("writer stopped")
    assert [pid for pid in tree if alive(pid)] == []


def test_killed_master_leaves_nobody_behind(tmp_path: Path) -> None:
    with Serving(tmp_path) as service:
        wait_until(lambda: bool(service.lines("writer started")), 10, "the writer")
        children = service.children()

        os.kill(service.pid, signal.SIGKILL)
        wait_until(lambda: not any(map(alive, children)), 20, "the end of all")

        with pytest.raises(OSError):
            port_open(service.port)


def test_service_without_the_writer_has_workers_only(tmp_path: Path) -> None:
    with Serving(tmp_path, "--no-writer", workers=1) as service:
        assert len(service.children()) == 1
        assert not service.lines("writer started")


def test_unix_socket_can_be_bound(tmp_path: Path) -> None:
    path = tmp_path / "search.sock"
    service = Serving(tmp_path, "--no-writer", workers=1, bind=f"unix:{path}")
    service.server.start()
    try:
        wait_until(path.exists, 60, f"the socket ({service.log})")
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(path))
            client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            answer = client.makefile("rb").read()
        assert b'{"status":"ok"}' in answer
    finally:
        service.server.stop()


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")

    with pytest.raises(ConfigError, match="cannot write data_dir"):
        serve(support.settings(tmp_path / "data"))
