"""Does a dump come whole, and only so large, from a real web server?"""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from service.errors import (
    SearchError,
    SourceError,
    SourceIncomplete,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
    SourceUnreachable,
)
from service.typecho.dump_open import open_dump
from service.typecho.dump_url import Limits, public_url
from service.typecho.mysqldump import DumpSource
from tests.support.processes import free_port

DUMP = (
    b"INSERT INTO typecho_contents (cid,title,text) VALUES (1,'a','x');\n"
    b"-- " + b"x" * 100_000
)
LIMITS = Limits(max_mb=1, connect_s=2, read_s=0.5)


class Web(BaseHTTPRequestHandler):
    """Serves the dump well or badly, as the path says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/private.sql" and "Authorization" not in self.headers:
            self.answer(401)
        elif path.startswith("/status/"):
            self.answer(int(path.rpartition("/")[2]))
        elif path == "/loop":
            self.answer(302, {"Location": "/loop?token=geheim"})
        elif path == "/moved":
            self.answer(301, {"Location": "/a.sql"})
        elif path == "/slow":
            time.sleep(1.5)
        elif path == "/short":
            self.answer(200, {"Content-Length": str(len(DUMP) + 1)}, DUMP)
            self.close_connection = True
        elif path == "/announced":
            self.answer(200, {"Content-Length": str(3 << 20)})
            self.close_connection = True
        elif path == "/endless":
            self.answer(200, {"Connection": "close"}, DUMP * 30)
        elif path == "/packed.sql":
            data = gzip.compress(DUMP)
            head = {"Content-Encoding": "gzip", "Content-Length": str(len(data))}
            self.answer(200, head, data)
        elif path == "/login":
            self.answer(200, body=b"<html><title>Log in</title></html>")
        else:
            self.answer(200, body=DUMP)

    def answer(
        self, status: int, head: dict[str, str] | None = None, body: bytes = b""
    ) -> None:
        self.send_response(status)
        for name, value in (head or {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        if head and "Location" in head:
            self.send_header("Content-Length", "0")
        self.end_headers()
        self.wfile.write(body)
        if head and "Connection" in head:
            self.close_connection = True

    def handle(self) -> None:
        # The client may have had enough, as it should.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        pass  # the tests' output is not the place for it


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def fetch(url: str, work_dir: Path) -> DumpSource:
    return open_dump(url, work_dir, limits=LIMITS)


@pytest.mark.parametrize("path", ["a.sql", "moved", "packed.sql", "a.sql?key=geheim"])
def test_a_dump_comes_over_http(web: str, tmp_path: Path, path: str) -> None:
    source = fetch(f"http://{web}/{path}", tmp_path)

    assert [row["title"] for row in source.rows("contents")] == ["a"]
    source.close()


def test_a_password_in_the_address_is_used(web: str, tmp_path: Path) -> None:
    source = fetch(f"http://su:geheim@{web}/private.sql", tmp_path)

    assert [row["title"] for row in source.rows("contents")] == ["a"]
    source.close()


def test_the_description_holds_no_secret(web: str, tmp_path: Path) -> None:
    source = fetch(f"http://su:geheim@{web}/a.sql?token=geheim#geheim", tmp_path)

    assert source.describe() == f"SQL dump http://{web}/a.sql (tables typecho_*)"
    source.close()


FAULTS: dict[str, tuple[str, type[SourceError], str]] = {
    "not found": ("status/404", SourceNotFound, "answers 404"),
    "gone": ("status/410", SourceNotFound, "answers 410"),
    "forbidden": ("status/403", SourceRefused, "answers 403"),
    "no password": ("private.sql", SourceRefused, "answers 401"),
    "server error": ("status/500", SourceUnreachable, "answers 500"),
    "not acceptable": ("status/406", SourceError, "answers 406"),
    "redirects for ever": ("loop", SourceError, "redirects more than 5 times"),
    "too slow": ("slow", SourceUnreachable, "sent nothing for 0.5 s"),
    "cut short": ("short", SourceIncomplete, "was cut short"),
    "too large and says so": ("announced", SourceInvalid, "is larger than 1 MB"),
    "too large": ("endless", SourceInvalid, "is larger than 1 MB"),
    "a log-in page": ("login", SourceInvalid, "a web page, not SQL"),
}


@pytest.mark.parametrize(("path", "kind", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_the_web_is_named(
    web: str, tmp_path: Path, path: str, kind: type[SourceError], said: str
) -> None:
    # The one server that asks for a password must not be given one here.
    user = "" if path == "private.sql" else "su:geheim@"

    with pytest.raises(SourceError) as raised:
        fetch(f"http://{user}{web}/{path}?token=geheim", tmp_path)

    assert type(raised.value) is kind
    assert said in raised.value.message
    assert_no_secret(raised.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    ["su:geheim@127.0.0.1:{port}/a", "su:geheim@no-such-host.invalid/a?x=geheim"],
    ids=["nobody listens", "no such host"],
)
def test_a_server_that_is_not_there_is_unreachable(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(SourceUnreachable, match="cannot reach http://") as raised:
        fetch("http://" + address.format(port=free_port()), tmp_path)

    assert_no_secret(raised.value)


@pytest.mark.parametrize("url", ["http://su:geheim@[::1/x", "http://", "http://a:b:c/"])
def test_an_address_that_is_none_is_named(tmp_path: Path, url: str) -> None:
    with pytest.raises(SourceError) as raised:
        fetch(url, tmp_path)

    assert_no_secret(raised.value)


def test_an_address_is_shown_without_its_secrets() -> None:
    assert public_url("https://u:p@[2001:db8::1]:8443/d/a.sql?k=v#f") == (
        "https://[2001:db8::1]:8443/d/a.sql"
    )


def assert_no_secret(error: SearchError) -> None:
    assert error.hint
    assert "geheim" not in error.message + error.hint
    # What a traceback in a log would show of the exceptions behind it.
    assert error.__cause__ is None or "geheim" not in str(error.__cause__)
    assert error.__context__ is None or error.__suppress_context__
