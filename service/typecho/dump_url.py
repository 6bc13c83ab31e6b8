"""How does a dump come from a web server?

Into an anonymous file, within a size and within time. No message holds the user,
password or query of an address: they are secrets, and so are `requests`' own messages,
which quote them; that is why its exceptions are not chained here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn
from urllib.parse import urlsplit

import requests
import urllib3

from service.errors import (
    SourceError,
    SourceIncomplete,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
    SourceUnreachable,
)
from service.typecho.dump_tables import temporary_file, write_all

_STEP = 1 << 16
_REDIRECTS_MAX = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long: megabytes; seconds to connect and between two parts."""

    max_mb: int = 2048
    connect_s: float = 5.0
    read_s: float = 60.0


def public_url(url: str) -> str:
    """The address without what may be secret: user, password, query, fragment."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # nothing of it is certain, so nothing of it is shown
        return "the address in `source`"
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}{parts.path}"


def download(url: str, limits: Limits, work_dir: Path | None) -> BinaryIO:
    """The whole answer as an open file, at its beginning; it has no name on disk."""
    shown = public_url(url)
    file = temporary_file(work_dir)
    try:
        with requests.Session() as session:
            session.max_redirects = _REDIRECTS_MAX
            with session.get(
                url,
                stream=True,
                timeout=(limits.connect_s, limits.read_s),
                # The bytes as they lie there: their number can then be checked.
                headers={"Accept-Encoding": "identity"},
            ) as answer:
                _check_status(answer.status_code, shown)
                _store(answer, file, limits, shown)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        file.close()
        _convert(error, shown, limits)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _store(
    answer: requests.Response, file: BinaryIO, limits: Limits, shown: str
) -> None:
    most = limits.max_mb << 20
    length = answer.headers.get("Content-Length", "")
    expected = int(length) if length.isdigit() else None
    if expected is not None and expected > most:
        _too_large(shown, limits)
    done = 0
    for part in answer.raw.stream(_STEP, decode_content=False):
        done += len(part)
        if done > most:
            _too_large(shown, limits)
        write_all(file, part)
    if expected is not None and done != expected:
        raise SourceIncomplete(
            f"{shown} was cut short: {done} of {expected} bytes came", "try again"
        )


def _check_status(status: int, shown: str) -> None:
    if status == 200:
        return
    said = f"{shown} answers {status}"
    if status in (404, 410):
        raise SourceNotFound(said, "check the address of the dump in `source`")
    if status in (401, 403):
        raise SourceRefused(said, "put the right user:password@ into the address")
    if status >= 500 or status == 429:
        raise SourceUnreachable(said, "try again later, or look at the server's log")
    raise SourceError(said, "open the address with curl -I and see what it wants")


def _too_large(shown: str, limits: Limits) -> NoReturn:
    raise SourceInvalid(
        f"{shown} is larger than {limits.max_mb} MB", "raise download_max_mb"
    )


def _convert(error: Exception, shown: str, limits: Limits) -> NoReturn:
    if isinstance(error, requests.TooManyRedirects):
        raise SourceError(
            f"{shown} redirects more than {_REDIRECTS_MAX} times",
            "give the address to which it leads in the end",
        ) from None
    if isinstance(
        error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema)
    ):
        raise SourceError(
            f"{shown} is no address of the web", "write https://host/path/dump.sql.gz"
        ) from None
    if isinstance(error, requests.exceptions.SSLError):
        raise SourceUnreachable(
            f"the certificate of {shown} is not trusted",
            "renew it, or install its authority's certificate on this machine",
        ) from None
    if isinstance(error, requests.ConnectTimeout):
        raise SourceUnreachable(
            f"{shown} did not take the connection within {limits.connect_s:g} s",
            "is the server up? http_connect_timeout_s can be raised",
        ) from None
    if isinstance(error, (requests.Timeout, urllib3.exceptions.ReadTimeoutError)):
        raise SourceUnreachable(
            f"{shown} sent nothing for {limits.read_s:g} s",
            "try again; http_read_timeout_s can be raised",
        ) from None
    if isinstance(error, urllib3.exceptions.IncompleteRead):
        raise SourceIncomplete(
            f"{shown} was cut short after {error.partial} bytes", "try again"
        ) from None
    if isinstance(error, urllib3.exceptions.HTTPError):
        raise SourceIncomplete(f"{shown} was cut short", "try again") from None
    raise SourceUnreachable(
        f"cannot reach {shown}", "is the server up, and does its name resolve here?"
    ) from None
