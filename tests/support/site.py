"""A blog with SearchBridge active and the service beside it."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from service import signing
from tests.support.mariadb import MariaDB
from tests.support.relay import Relay
from tests.support.results import ResultPage, read_results
from tests.support.searchservice import SearchService
from tests.support.typecho import Blog, Version
from tests.support.typecho_admin import Admin

EXPORT_PATH = "/action/search-bridge"
PATIENT = {"connectMs": "2000", "totalMs": "5000"}
"""Time limits for tests that are not about time: the machine may be busy."""


@dataclass
class Site:
    """What a test needs of one installation; `facts` holds what a module wrote."""

    blog: Blog
    admin: Admin
    service: SearchService
    wire: Relay
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return str(json.loads(self.blog.option("searchBridge"))["key"])

    def search(self, text: str, session: requests.Session | None = None) -> ResultPage:
        """Type into the theme's box (GET) and follow to the results."""
        get = (session or requests).get
        return read_results(get(f"{self.blog.url}/", params={"s": text}, timeout=60))

    def open(self, url: str, session: requests.Session | None = None) -> ResultPage:
        return read_results((session or requests).get(url, timeout=60))

    def open_path(self, path: str, redirects: int = 3) -> ResultPage:
        """Open a path exactly as given; HTTP libraries tidy `..` away."""
        where = urlsplit(self.blog.index)
        target = where.path + path
        for _ in range(redirects + 1):
            connection = http.client.HTTPConnection(where.netloc, timeout=60)
            connection.request("GET", target)
            raw = connection.getresponse()
            answer = requests.Response()
            answer.status_code, answer._content = raw.status, raw.read()
            answer.url = f"http://{where.netloc}{target}"
            connection.close()
            if raw.status not in (301, 302):
                break
            moved = urlsplit(raw.headers["Location"])
            target = moved.path + (f"?{moved.query}" if moved.query else "")
        return read_results(answer)

    def export(
        self, query: str, *, signed: dict[str, str] | None = None
    ) -> requests.Response:
        """Ask the plugin's export endpoint as the service does."""
        headers = (
            signing.headers(self.key, "GET", EXPORT_PATH, query)
            if signed is None
            else signed
        )
        return requests.get(
            f"{self.blog.index}{EXPORT_PATH}?{query}", headers=headers, timeout=60
        )

    def forget_failures(self) -> None:
        """Close the plugin's circuit breaker, as 30 quiet seconds would."""
        for file in self.blog.temp.glob("search-bridge-*/breaker.json"):
            file.unlink()

    def reindex(self) -> None:
        """Typecho shows a post from the second after its creation on; so do we."""
        time.sleep(1.1)
        self.service.command("reindex", "--force")

    def stop(self) -> None:
        self.wire.close()
        self.service.stop()
        self.blog.stop()


def make_site(
    folder: Path, version: Version, mariadb: MariaDB | None = None, **options: Any
) -> Site:
    """Install Typecho, activate the plugin, write its key into search.toml.

    The service is not started yet: nothing is written that it could index.
    """
    blog = Blog(folder / "blog", version, mariadb, **options)
    blog.folder.mkdir()
    blog.install().start()
    admin = Admin(blog)
    admin.activate()
    key = str(json.loads(blog.option("searchBridge"))["key"])
    service = SearchService(folder / "service", blog.source, key)
    wire = Relay(service.port)
    admin.configure(url=wire.url, **PATIENT)
    return Site(blog, admin, service, wire)
