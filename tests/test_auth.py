"""Who may ask what: the signature at the door, and no request twice."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from service import signing
from service.errors import Unauthorized
from service.web.auth import FOLDER, Nonces
from tests.support import app as support
from tests.support.app import KEY, Signing

SIGNED = ["/api/cids?q=a", "/api/status", "/api/search?q=a", "/api/related/1"]
OPEN = ["/healthz", "/readyz", "/api/openapi.json"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    support.index(folder)
    return folder


@pytest.fixture(scope="module")
def client(data_dir: Path) -> FlaskClient:
    return support.client(support.settings(data_dir))


@pytest.fixture(scope="module")
def plugin(client: FlaskClient) -> Signing:
    return Signing(client)


@pytest.mark.parametrize("path", SIGNED)
def test_unsigned_request_is_refused(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "unauthorized"
    assert answer.json["error"]["message"].startswith("signature missing")
    assert answer.json["error"]["hint"]


@pytest.mark.parametrize("path", SIGNED)
def test_signed_request_is_answered_for_nobody_else_to_keep(
    plugin: Signing, path: str
) -> None:
    answer = plugin.get(path)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", OPEN)
def test_open_route_needs_no_signature(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/search?q=a", 200), ("/api/related/1", 200), ("/", 200),
     ("/api/cids?q=a", 401), ("/api/status", 401)],
)  # fmt: skip
def test_public_opens_reading_only(data_dir: Path, path: str, status: int) -> None:
    client = support.client(support.settings(data_dir, public=True))

    assert client.get(path).status_code == status


def test_public_does_not_open_nudges(data_dir: Path) -> None:
    client = support.client(support.settings(data_dir, public=True))

    assert client.post("/api/nudge", json={"cids": [1]}).status_code == 401


def test_without_a_key_the_answer_says_how_to_set_one(data_dir: Path) -> None:
    keyless = support.settings(data_dir, api_key=SecretStr(""))
    plugin = Signing(support.client(keyless))

    answer = plugin.get("/api/cids?q=a")

    assert answer.status_code == 401
    assert "api_key" in answer.json["error"]["hint"]


def test_wrong_key_is_refused(client: FlaskClient) -> None:
    answer = Signing(client, key="some-other-key-entirely").get("/api/status")

    assert answer.status_code == 401
    assert answer.json["error"]["message"] == "signature wrong"


@pytest.mark.parametrize("seconds", [-301, 302])
def test_clock_that_is_off_is_named_with_both_times(
    plugin: Signing, seconds: int
) -> None:
    answer = plugin.get("/api/status", time=int(time.time()) + seconds)

    assert answer.status_code == 401
    message = answer.json["error"]["message"]
    assert message.startswith("clock differs too much")
    assert message.count("Z") == 2
    assert "NTP" in answer.json["error"]["hint"]


@pytest.mark.parametrize("seconds", [-295, 295])
def test_clock_within_five_minutes_is_accepted(plugin: Signing, seconds: int) -> None:
    answer = plugin.get("/api/status", time=int(time.time()) + seconds)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "sent",
    ["/api/cids?q=b", "/api/cids?q=a&limit=9", "/api/cids?q=%61", "/api/cids?",
     "/api/search?q=a"],
    ids=["value", "more", "respelled", "none", "path"],
)  # fmt: skip
def test_signature_covers_path_and_raw_query(client: FlaskClient, sent: str) -> None:
    headers = signing.headers(KEY, "GET", "/api/cids", "q=a")

    assert client.get(sent, headers=headers).status_code == 401


def test_signature_covers_the_body(client: FlaskClient) -> None:
    headers = signing.headers(KEY, "POST", "/api/nudge", "", b'{"cids":[1]}')

    answer = client.post("/api/nudge", data=b'{"cids":[2]}', headers=headers)

    assert answer.status_code == 401


def test_signature_covers_the_method(client: FlaskClient) -> None:
    headers = signing.headers(KEY, "GET", "/api/nudge", "", b'{"all":true}')

    answer = client.post("/api/nudge", data=b'{"all":true}', headers=headers)

    assert answer.status_code == 401


def test_query_with_slashes_and_chinese_is_verified_as_sent(plugin: Signing) -> None:
    answer = plugin.get("/api/cids?q=%E5%A4%A9%E8%B1%A1%2Fa+b%20c&x=%2f&y")

    assert answer.status_code == 200


def test_absolute_request_target_is_verified_by_its_path(client: FlaskClient) -> None:
    headers = signing.headers(KEY, "GET", "/api/cids", "q=a")

    answer = client.get(
        "/api/cids?q=a",
        headers=headers,
        environ_overrides={"RAW_URI": "http://search.example:7700/api/cids?q=a"},
    )

    assert answer.status_code == 200


def test_nudge_cannot_be_replayed(plugin: Signing) -> None:
    again = {"time": int(time.time()), "nonce": "r" * 20}

    first = plugin.post("/api/nudge", {"cids": [1]}, **again)
    second = plugin.post("/api/nudge", {"cids": [1]}, **again)

    assert first.status_code == 202
    assert second.status_code == 401
    assert second.json["error"]["message"].startswith("replayed")


def test_replay_is_refused_by_another_process_too(data_dir: Path) -> None:
    """Two apps over one data folder, as two gunicorn workers are."""
    again = {"time": int(time.time()), "nonce": "w" * 20}
    one, other = (Signing(support.client(support.settings(data_dir))) for _ in "ab")

    assert one.post("/api/nudge", {"cids": [1]}, **again).status_code == 202
    assert other.post("/api/nudge", {"cids": [1]}, **again).status_code == 401


def test_forged_request_does_not_use_up_a_nonce(client: FlaskClient) -> None:
    again = {"time": int(time.time()), "nonce": "f" * 20}

    forged = Signing(client, key="not-the-key-at-all").post(
        "/api/nudge", {"cids": [1]}, **again
    )
    genuine = Signing(client).post("/api/nudge", {"cids": [1]}, **again)

    assert forged.status_code == 401
    assert genuine.status_code == 202


def _use(folder: Path) -> bool:
    try:
        Nonces(folder).use("n" * 16, int(time.time()) // 600 * 600)
    except Unauthorized:
        return False
    return True


def test_of_many_processes_exactly_one_may_use_a_nonce(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        won = list(pool.map(_use, [tmp_path] * 40))

    assert won.count(True) == 1


def test_old_nonces_are_forgotten_once_the_clock_refuses_them(tmp_path: Path) -> None:
    now = int(time.time())
    nonces = Nonces(tmp_path)
    old = tmp_path / FOLDER / str((now - 7200) // 600)
    old.mkdir(parents=True)
    (old / ("a" * 16)).touch()
    nonces.use("b" * 16, now - 290)

    nonces.use("c" * 16, now + 290)

    kept = {file.name[0] for file in (tmp_path / FOLDER).rglob("?" * 16)}
    assert kept == {"b", "c"}


def test_no_secret_is_in_the_log(
    client: FlaskClient, plugin: Signing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    plugin.post("/api/nudge", {"cids": [1]})
    plugin.get("/api/status", time=1)
    Signing(client, key="some-other-key-entirely").get("/api/status")

    assert "code=unauthorized" in caplog.text
    assert KEY not in caplog.text
    assert "some-other-key" not in caplog.text
