"""The signature that both sides must compute alike."""

from __future__ import annotations

import subprocess

import pytest

from service import signing
from service.errors import Unauthorized

KEY = "0123456789abcdef"
NOW = 1_700_000_000
NONCE = "a1b2c3d4e5f6a7b8"
# From `openssl dgst -sha256 -hmac`, not from the code under test.
VECTOR = "c34cafad76714d651f83970da03f2e5f3d2105445649f2a1f3198566daf50d99"


def request(**changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "key": KEY,
        "method": "POST",
        "path": "/api/nudge",
        "query": "a=1&b=%E5%A4%A9",
        "body": b'{"cids":[1,2,3]}',
    }
    return {**values, **changes}


def signed() -> dict[str, str]:
    return signing.headers(**request(), time=NOW, nonce=NONCE)  # type: ignore[arg-type]


def test_the_fixed_vector_is_the_contract_with_the_plugin() -> None:
    assert signed() == {
        "X-Search-Time": "1700000000",
        "X-Search-Nonce": NONCE,
        "X-Search-Signature": VECTOR,
    }


def test_php_computes_the_same_signature() -> None:
    script = (
        "echo hash_hmac('sha256', implode(\"\\n\", ['v1', 'POST', '/api/nudge', "
        "'a=1&b=%E5%A4%A9', hash('sha256', '{\"cids\":[1,2,3]}'), '1700000000', "
        f"'{NONCE}']), '{KEY}');"
    )

    answer = subprocess.run(["php", "-r", script], capture_output=True, check=True)

    assert answer.stdout.decode() == VECTOR


def test_a_genuine_request_yields_its_nonce() -> None:
    assert signing.verify(**request(), given=signed(), now=NOW) == NONCE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"path": "/api/nudges"},
        {"query": "a=1"},
        {"body": b'{"cids":[1,2,4]}'},
        {"key": "0123456789abcdeg"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_request_has_a_wrong_signature(change: dict[str, object]) -> None:
    with pytest.raises(Unauthorized, match="signature wrong"):
        signing.verify(**request(**change), given=signed(), now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("header", [signing.TIME, signing.NONCE, signing.SIGNATURE])
def test_a_missing_header_is_named(header: str) -> None:
    given = signed()
    del given[header]

    with pytest.raises(Unauthorized, match=f"signature missing: no {header}"):
        signing.verify(**request(), given=given, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("skew", [301, -301])
def test_a_clock_too_far_away_is_told_with_both_times(skew: int) -> None:
    with pytest.raises(Unauthorized) as caught:
        signing.verify(**request(), given=signed(), now=NOW + skew)  # type: ignore[arg-type]

    assert "2023-11-14T22:13:20Z" in caught.value.message
    assert ("22:18:21Z" if skew > 0 else "22:08:19Z") in caught.value.message


@pytest.mark.parametrize("skew", [300, -300])
def test_the_window_is_five_minutes_either_way(skew: int) -> None:
    assert signing.verify(**request(), given=signed(), now=NOW + skew)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (signing.TIME, "soon"),
        (signing.TIME, "-5"),
        (signing.TIME, "१७००००००००"),
        (signing.NONCE, "short"),
        (signing.NONCE, "a" * 65),
        (signing.NONCE, "a1b2c3d4e5f6a7b8\n"),
    ],
)
def test_malformed_headers_are_refused(name: str, value: str) -> None:
    with pytest.raises(Unauthorized, match="malformed"):
        signing.verify(**request(), given={**signed(), name: value}, now=NOW)  # type: ignore[arg-type]


def test_without_a_key_nothing_is_accepted() -> None:
    given = signing.headers("", "GET", "/", time=NOW)

    with pytest.raises(Unauthorized, match="no key"):
        signing.verify("", "GET", "/", "", b"", given, now=NOW)


def test_no_message_holds_the_key() -> None:
    with pytest.raises(Unauthorized) as caught:
        signing.verify(**request(body=b""), given=signed(), now=NOW)  # type: ignore[arg-type]

    assert KEY not in caught.value.message + caught.value.hint
