"""The same small blog through every source gives equal posts.

The plugin's export endpoint needs a whole Typecho: test_export_source.py.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from service.errors import ConfigError, SourceNotFound
from service.model import Post
from service.settings import Settings
from service.typecho import TABLES
from service.typecho.opening import open_source
from service.typecho.rows import read_posts
from tests.support.backup import backup
from tests.support.blog import BLOG, NOW, PUBLIC, MemorySource
from tests.support.mariadb import MariaDB
from tests.support.postgres import Postgres
from tests.support.tables import fill_mariadb, fill_postgres, fill_sqlite

COMPLETE = ["mariadb", "postgresql", "sqlite", "mysqldump", "folder", "url"]
PLACES = [*COMPLETE, "dat-0001", "dat-FILE"]
# What a backup cannot know; with it all addresses are equal.
KNOWN = {
    "site_url": "https://blog.example/index.php",
    "permalink": "/{directory}/{year}/{slug}.html",
    "timezone_s": 28800,
}


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which its files can be fetched."""
    folder = tmp_path_factory.mktemp("web")
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def places(
    mariadb: MariaDB,
    postgres: Postgres,
    web: tuple[Path, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Settings]:
    """One blog, wherever it may lie."""
    folder = tmp_path_factory.mktemp("places")
    fill_mariadb(mariadb, "contract", BLOG)
    fill_postgres(postgres, "contract", BLOG)
    fill_sqlite(folder / "blog.db", BLOG)
    (folder / "dumps").mkdir()
    served, address = web
    for path in (
        folder / "blog.sql",
        folder / "dumps" / "tonight.sql",
        served / "nightly.sql",
    ):
        path.write_bytes(mariadb.dump("contract"))
    sources = {
        "mariadb": f"mysql://root@127.0.0.1:{mariadb.port}/contract",
        "postgresql": postgres.url("contract"),
        "sqlite": f"sqlite:///{folder / 'blog.db'}",
        "mysqldump": str(folder / "blog.sql"),
        "folder": str(folder / "dumps"),
        "url": f"{address}/nightly.sql",
    }
    for version in ("0001", "FILE"):
        path = folder / f"{version}.dat"
        path.write_bytes(backup(BLOG, version))
        sources[f"dat-{version}"] = str(path)
    return {
        name: Settings(source=source, data_dir=folder / "data", **KNOWN)
        for name, source in sources.items()
    }


def posts(settings: Settings, cids: list[int] | None = None) -> list[Post]:
    with closing(open_source(settings)) as source:
        read = list(read_posts(source, settings, NOW, cids))
    return sorted(read, key=lambda post: post.cid)


def expected(settings: Settings) -> list[Post]:
    return list(read_posts(MemorySource(BLOG), settings, NOW))


@pytest.mark.parametrize("place", PLACES)
def test_posts_are_equal(places: dict[str, Settings], place: str) -> None:
    settings = places[place]
    want = expected(settings)
    if place.startswith("dat-"):
        # No options, so no pattern for pages: the default one.
        want = [_with_default_page_address(post) for post in want]

    found = posts(settings)

    assert [post.cid for post in found] == PUBLIC
    assert found == want


def _with_default_page_address(post: Post) -> Post:
    if post.type == "post":
        return post
    slug = {2: "about", 14: "child"}[post.cid]
    return replace(post, url=f"https://blog.example/index.php/{slug}.html")


@pytest.mark.parametrize("place", COMPLETE)
def test_addresses_come_from_the_options(
    places: dict[str, Settings], place: str
) -> None:
    settings = Settings(source=places[place].source, data_dir=places[place].data_dir)

    assert posts(settings) == expected(Settings())


@pytest.mark.parametrize("place", PLACES)
def test_cids_give_the_same_posts(places: dict[str, Settings], place: str) -> None:
    some = posts(places[place], [11, 1, 4, 999])

    assert some == [post for post in posts(places[place]) if post.cid in (1, 11)]


@pytest.mark.parametrize("place", PLACES)
def test_reasons_are_counted_alike(places: dict[str, Settings], place: str) -> None:
    stats: Counter[str] = Counter()
    want: Counter[str] = Counter()
    list(read_posts(MemorySource(BLOG), places[place], NOW, None, want))

    with closing(open_source(places[place])) as source:
        list(read_posts(source, places[place], NOW, None, stats))

    assert stats == want


@pytest.mark.parametrize("place", PLACES)
def test_every_table_can_be_read_twice(places: dict[str, Settings], place: str) -> None:
    with closing(open_source(places[place])) as source:
        once = [list(source.rows(table)) for table in TABLES]
        again = [list(source.rows(table)) for table in TABLES]

    assert once == again
    assert len(once[0]) == len(BLOG["contents"])


@pytest.mark.parametrize("place", PLACES)
def test_the_description_is_one_line_without_secrets(
    places: dict[str, Settings], place: str
) -> None:
    with closing(open_source(places[place])) as source:
        described = source.describe()

    assert described
    assert "\n" not in described
    assert "root-pw" not in described


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("", ConfigError),
        ("ftp://x/y", ConfigError),
        ("/nowhere/blog.sql", SourceNotFound),
        ("export+https://", ConfigError),
    ],
)
def test_an_unusable_source_is_named(source: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        open_source(Settings(source=source, api_key="0123456789abcdef"))


def test_a_bare_sqlite_file_is_told_how_to_be_named(
    places: dict[str, Settings],
) -> None:
    path = places["sqlite"].source.removeprefix("sqlite:///")

    with pytest.raises(ConfigError) as caught:
        open_source(Settings(source=path))

    assert caught.value.hint == f"set source to sqlite:///{path}"
