"""Was this request sent by someone who holds the key, and just now?

The same scheme in both directions between plugin and service: three headers and
an HMAC-SHA256 over seven lines. Pure functions: they know neither Flask nor
requests, and remembering nonces (replay) is the business of whoever stores them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time as clock
from collections.abc import Mapping
from datetime import datetime, timezone

from service.errors import Unauthorized

TIME = "X-Search-Time"
NONCE = "X-Search-Nonce"
SIGNATURE = "X-Search-Signature"
VERSION = "v1"
WINDOW_S = 300
"""How far the two clocks may differ, either way."""
_NONCE = re.compile(r"[A-Za-z0-9]{16,64}\Z")
_TIME = re.compile(r"[0-9]{1,12}\Z")


def sign(
    key: str,
    method: str,
    path: str,
    query: str,
    body: bytes,
    time: int | str,
    nonce: str,
) -> str:
    """The lower-case hex signature of one request.

    `path` and `query` are exactly as sent: still percent-encoded, the query
    without its `?`. The export endpoint signs "/action/search-bridge" as its
    path, wherever the blog lies.
    """
    digest = hashlib.sha256(body).hexdigest()
    lines = (VERSION, method.upper(), path, query, digest, str(time), nonce)
    message = "\n".join(lines).encode("utf-8", "surrogateescape")
    return hmac.new(key.encode("utf-8"), message, hashlib.sha256).hexdigest()


def headers(
    key: str,
    method: str,
    path: str,
    query: str = "",
    body: bytes = b"",
    *,
    time: int | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """The three headers that make a request acceptable to the other side."""
    time = int(clock.time()) if time is None else time
    nonce = nonce or secrets.token_hex(16)
    return {
        TIME: str(time),
        NONCE: nonce,
        SIGNATURE: sign(key, method, path, query, body, time, nonce),
    }


def verify(
    key: str,
    method: str,
    path: str,
    query: str,
    body: bytes,
    given: Mapping[str, str],
    *,
    now: float | None = None,
) -> str:
    """The nonce of a genuine request; raises `Unauthorized` with the reason.

    `given` is looked up by header name as spelled above; a mapping that ignores
    case does no harm. The order of the checks keeps the clock's reason visible to
    an owner whose key is right, and the signature is compared in constant time.
    """
    if not key:
        raise Unauthorized(
            "no key is set on this side, so no signed request can be accepted",
            "set api_key to the key shown on the plugin's settings page",
        )
    time, nonce, signature = (given.get(name, "") for name in (TIME, NONCE, SIGNATURE))
    missing = [
        name
        for name, value in ((TIME, time), (NONCE, nonce), (SIGNATURE, signature))
        if not value
    ]
    if missing:
        raise Unauthorized(
            f"signature missing: no {', '.join(missing)}",
            "sign the request with the shared key",
        )
    if not _TIME.match(time) or not _NONCE.match(nonce):
        raise Unauthorized(
            "signature malformed: needs unix seconds and 16 to 64 letters or digits",
            "sign the request with the shared key",
        )
    here = clock.time() if now is None else now
    if abs(here - int(time)) > WINDOW_S:
        raise Unauthorized(
            f"clock differs too much: signed at {_utc(int(time))}, here it is "
            f"{_utc(here)}, at most {WINDOW_S} s are allowed",
            "set both machines' clocks by NTP",
        )
    expected = sign(key, method, path, query, body, time, nonce)
    if not hmac.compare_digest(
        expected.encode(), signature.encode("utf-8", "surrogateescape")
    ):
        raise Unauthorized(
            "signature wrong",
            "use the same key on both sides, without blanks around it",
        )
    return nonce


def _utc(moment: float) -> str:
    try:
        when = datetime.fromtimestamp(moment, timezone.utc)
    except (OverflowError, ValueError, OSError):
        return f"{moment:.0f}"
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
