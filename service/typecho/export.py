"""What rows does the plugin on a distant blog hand out over HTTP?

For blogs whose database cannot be reached. Signed, in pages, each page tried again
when the network or PHP fails; no snapshot: what changes while it is read is put right
by the next sync. The other half is typecho-plugin/SearchBridge/Endpoint.php.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3

from service import __version__, signing
from service.errors import (
    ConfigError,
    SearchError,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
    SourceUnreachable,
)
from service.settings import Settings
from service.typecho import Row, Table
from service.typecho.dump_url import public_url

SCHEMES = ("export+https://", "export+http://")
ACTION = "/action/search-bridge"
ROWS_AT_ONCE = 500
CIDS_MAX = 400
"""Web servers take 8 KB in the first line; 400 cids of ten digits are 4.4."""
PAUSES_S = (0.5, 2.0, 5.0)
"""Before each further try of a page that failed for a passing reason."""
PAGE_MAX_BYTES = 64 << 20
"""The plugin ends a page beyond 2 MB; one post may be longer than that."""
_NARROWED = ("contents", "relationships", "comments", "fields")
_STEP = 1 << 16


class ExportSource:
    """One blog behind its plugin. Implements `service.typecho.Source`."""

    def __init__(
        self, settings: Settings, pauses_s: tuple[float, ...] = PAUSES_S
    ) -> None:
        self._pauses_s = pauses_s
        self._key = settings.api_key.get_secret_value()
        if not self._key:
            raise ConfigError(
                "the plugin's export needs the shared key",
                "set api_key to the key on the plugin's settings page",
            )
        base = settings.source[len("export+") :].rstrip("/")
        if not urlsplit(base).hostname:
            raise ConfigError(
                "source names no blog", "write export+https://blog.example"
            )
        self._timeout = (settings.http_connect_timeout_s, settings.http_read_timeout_s)
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"typecho-search/{__version__}"
        try:
            self._address, self._hello = self._find(base)
        except BaseException:
            self.close()
            raise

    def rows(self, table: Table, cids: Collection[int] | None = None) -> Iterator[Row]:
        """The rows of `table` that belong to public posts, ordered by key."""
        if cids is None or table not in _NARROWED:
            yield from self._pages({"do": "rows", "table": table}, "rows")
            return
        wanted = iter(sorted(set(cids)))
        while chunk := list(islice(wanted, CIDS_MAX)):
            asked = {"do": "rows", "table": table, "cids": ",".join(map(str, chunk))}
            yield from self._pages(asked, "rows")

    def listing(self) -> dict[int, str]:
        """cid -> hash of all that can be found of a public post.

        Equal hashes mean that the post need not be fetched.
        """
        found: dict[int, str] = {}
        for item in self._pages({"do": "list"}, "posts"):
            try:
                cid, digest = item
                found[int(cid)] = str(digest)
            except (TypeError, ValueError) as error:
                raise self._nonsense("a list of posts") from error
        return found

    def describe(self) -> str:
        typecho, plugin = self._hello.get("typecho"), self._hello.get("plugin")
        return (
            f"plugin export of {public_url(self._address)} "
            f"(Typecho {typecho}, plugin {plugin})"
        )

    def greeting(self) -> dict[str, Any]:
        """Who is there: plugin, typecho, php, time and the limits of PHP."""
        return self._hello

    def reach(self) -> dict[str, Any]:
        """What the plugin got when it asked the service just now, as it would for
        a visitor: `url`, `good`, `failure`, `detail`, `took_ms`.
        """
        return self._ask({"do": "reach"})

    def close(self) -> None:
        self._session.close()

    def _find(self, base: str) -> tuple[str, dict[str, Any]]:
        """The endpoint's address, with or without rewriting, and its greeting."""
        self._address = base + ACTION
        if base.endswith("/index.php"):
            return self._address, self._ask({"do": "hello"})
        try:
            return self._address, self._ask({"do": "hello"})
        except (SourceNotFound, SourceInvalid):
            self._address = base + "/index.php" + ACTION
            return self._address, self._ask({"do": "hello"})

    def _pages(self, asked: dict[str, str], name: str) -> Iterator[Any]:
        after: object = None
        while True:
            more = {"limit": str(ROWS_AT_ONCE)}
            if after is not None:
                more["after"] = str(after)
            answer = self._ask({**asked, **more})
            items, following = answer.get(name), answer.get("next")
            if not isinstance(items, list):
                raise self._nonsense(name)
            yield from items
            if following is None:
                return
            if following == after:
                raise self._nonsense("the same page again")
            after = following

    def _ask(self, asked: dict[str, str]) -> dict[str, Any]:
        """One answer; failures that may pass are tried again."""
        query = urlencode(asked, safe=",:")
        for pause in self._pauses_s:
            try:
                return self._once(query)
            except SourceUnreachable:
                time.sleep(pause)
        return self._once(query)

    def _once(self, query: str) -> dict[str, Any]:
        shown = public_url(self._address)
        try:
            with self._session.get(
                f"{self._address}?{query}",
                headers=signing.headers(self._key, "GET", ACTION, query),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = b""
                for part in answer.iter_content(_STEP):
                    body += part
                    if len(body) > PAGE_MAX_BYTES:
                        raise SourceInvalid(
                            f"{shown} sends a page without end",
                            "is it the plugin that answers there?",
                        )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _unreachable(shown, error) from error
        return self._checked(answer, body)

    def _checked(self, answer: requests.Response, body: bytes) -> dict[str, Any]:
        shown, status = public_url(self._address), answer.status_code
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            said = None
        if status == 200 and isinstance(said, dict):
            return said
        raise _refusal(shown, status, said, answer.headers.get("Location", ""))

    def _nonsense(self, what: str) -> SourceInvalid:
        return SourceInvalid(
            f"the plugin at {public_url(self._address)} answers nonsense: {what}",
            "install the plugin of the same release as this service",
        )


def _refusal(shown: str, status: int, said: Any, location: str) -> SearchError:
    error = said.get("error") if isinstance(said, dict) else None
    message, hint = "", ""
    if isinstance(error, dict):
        message, hint = str(error.get("message", ""))[:300], str(error.get("hint", ""))
    if status in (401, 403):
        return SourceRefused(
            f"the plugin refuses: {message or f'{shown} answers {status}'}",
            hint or "copy the key from the plugin's settings page to api_key",
        )
    if status >= 500 or status == 429:
        return SourceUnreachable(
            f"{shown} answers {status}: {message or 'no reason given'}",
            hint or "look into the PHP error log of the blog",
        )
    if status in (301, 302, 303, 307, 308):
        return SourceNotFound(
            f"{shown} redirects to {public_url(location)}",
            "put the blog's final address into source",
        )
    if status == 200:
        return SourceInvalid(
            f"{shown} answers, but not with JSON",
            "activate the plugin SearchBridge; does the address show your blog?",
        )
    if message:
        return SourceInvalid(f"{shown} answers {status}: {message}", hint)
    return SourceNotFound(
        f"no plugin answers at {shown} (status {status})",
        "activate the plugin SearchBridge, and check the blog's address in source",
    )


def _unreachable(shown: str, error: Exception) -> SourceUnreachable:
    # The words of `requests` quote the address, which may hold a password.
    if isinstance(error, requests.exceptions.SSLError):
        return SourceUnreachable(
            f"the certificate of {shown} is not trusted",
            "renew it, or install its authority's certificate on this machine",
        )
    if isinstance(error, requests.Timeout):
        return SourceUnreachable(
            f"{shown} does not answer in time",
            "try again; http_read_timeout_s can be raised",
        )
    return SourceUnreachable(
        f"cannot reach {shown}", "is the blog up, and does its name resolve here?"
    )
