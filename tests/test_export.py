"""The client of the plugin's export endpoint, against the real plugin in real blogs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import pytest

from service.errors import (
    ConfigError,
    SearchError,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
    SourceUnreachable,
)
from service.model import Post
from service.settings import Settings
from service.typecho import TABLES
from service.typecho.export import ExportSource
from service.typecho.opening import open_source
from service.typecho.rows import read_posts
from tests.support.blog import BLOG, PUBLIC
from tests.support.mariadb import MariaDB
from tests.support.relay import Relay
from tests.support.typecho import Blog
from tests.support.typecho_admin import Admin

pytestmark = pytest.mark.typecho


@pytest.fixture(scope="module", params=["1.3.0 SQLite", "1.2.1 MariaDB rewrite"])
def blog(
    request: pytest.FixtureRequest,
    mariadb: MariaDB,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Blog]:
    old = request.param.startswith("1.2.1")
    blog = Blog(
        tmp_path_factory.mktemp("blog"),
        "1.2.1" if old else "1.3.0",
        mariadb if old else None,
        rewrite=old,
        prefix="b2_" if old else "typecho_",
    )
    blog.install().start()
    Admin(blog).activate()
    fill(blog)
    yield blog
    blog.stop()


def fill(blog: Blog) -> None:
    """The small blog of all source tests instead of the installer's posts."""
    for table in ("contents", "metas", "relationships", "comments", "fields"):
        blog.sql(f"DELETE FROM {{}}{table}")
        for row in BLOG[table]:  # type: ignore[index]
            quote = "`" if blog.mariadb else '"'
            names = ", ".join(f"{quote}{name}{quote}" for name in row)
            marks = ", ".join("?" * len(row))
            blog.sql(
                f"INSERT INTO {{}}{table} ({names}) VALUES ({marks})",
                list(row.values()),
            )
    # The blog's clock is today's: what was future in the small blog is not.
    blog.sql("UPDATE {}contents SET created = ? WHERE cid = 8", [4_000_000_000])


def key(blog: Blog) -> str:
    return str(json.loads(blog.option("searchBridge"))["key"])


def settings(blog: Blog, address: str = "", **values: object) -> Settings:
    given = {"source": f"export+{address or blog.url}", "api_key": key(blog)}
    return Settings.model_validate({**given, **values})


def posts(chosen: Settings, cids: list[int] | None = None) -> list[Post]:
    with closing(open_source(chosen)) as source:
        read = list(read_posts(source, chosen, int(time.time()), cids))
    return sorted(read, key=lambda post: post.cid)


def test_posts_equal_those_of_the_live_database(blog: Blog) -> None:
    live = Settings(source=blog.source, table_prefix=blog.prefix)

    found = posts(settings(blog))

    assert [post.cid for post in found] == PUBLIC
    assert found == posts(live)
    assert found[0].url.startswith(blog.index)
    assert len(found[0].comments) == 2


def test_small_pages_give_the_same_posts(
    blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = posts(settings(blog))
    monkeypatch.setattr("service.typecho.export.ROWS_AT_ONCE", 1)
    monkeypatch.setattr("service.typecho.export.CIDS_MAX", 2)

    assert posts(settings(blog)) == whole
    assert posts(settings(blog), [14, 1, 4, 12, 999]) == [
        post for post in whole if post.cid in (1, 12, 14)
    ]


def test_the_address_may_name_index_php(blog: Blog) -> None:
    found = posts(settings(blog, blog.url + "/index.php/"))

    assert [post.cid for post in found] == PUBLIC


def test_nothing_secret_or_hidden_comes_over(blog: Blog) -> None:
    with closing(ExportSource(settings(blog))) as source:
        everything = repr([list(source.rows(table)) for table in TABLES])
        described = source.describe()

    assert "天象" in everything
    # A pingback is public on the blog; that it is no comment is decided later.
    everything = everything.replace("引用密语", "")
    for secret in ("密语", "mail.example", "192.0.2.7", "Mozilla", key(blog)):
        assert secret not in everything + described
    assert blog.version in described


def test_the_listing_shows_what_changed(blog: Blog) -> None:
    with closing(ExportSource(settings(blog))) as source:
        before = source.listing()
        assert source.listing() == before
        blog.sql("UPDATE {}metas SET name = ? WHERE mid = 2", ["新名"])
        after = source.listing()
        blog.sql("UPDATE {}metas SET name = ? WHERE mid = 2", ["天文 & 观测"])

    assert sorted(before) == PUBLIC
    changed = {cid for cid in PUBLIC if before[cid] != after[cid]}
    # Post 11 is in the category, post 1 in a child of it.
    assert changed == {1, 11}


def failure(chosen: Settings) -> SearchError:
    with pytest.raises(SearchError) as caught:
        ExportSource(chosen)
    assert caught.value.hint
    return caught.value


def test_a_wrong_key_is_refused_with_the_plugins_words(blog: Blog) -> None:
    error = failure(settings(blog, api_key="wrong-key-wrong-key"))

    assert isinstance(error, SourceRefused)
    assert "signature wrong" in error.message


def test_a_wrong_clock_is_told_with_both_times(
    blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = SimpleNamespace(time=lambda: 1_600_000_000)
    monkeypatch.setattr("service.signing.clock", late)

    error = failure(settings(blog))

    assert isinstance(error, SourceRefused)
    assert "2020-09-13T12:26:40Z" in error.message


def test_a_blog_without_the_plugin_is_named(blog: Blog) -> None:
    error = failure(settings(blog, blog.url + "/nowhere"))

    assert isinstance(error, SourceNotFound)
    assert "SearchBridge" in error.hint


def test_a_key_is_needed() -> None:
    error = failure(Settings(source="export+http://127.0.0.1:9"))

    assert isinstance(error, ConfigError)


@pytest.fixture
def wire(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    monkeypatch.setattr("service.typecho.export.PAUSES_S", (0.1, 0.3, 1.0))
    relay = Relay(blog.port)
    yield relay
    relay.close()


def through(wire: Relay, blog: Blog, **values: object) -> Settings:
    return settings(blog, f"{wire.url}/index.php", **values)


def test_a_page_that_failed_is_fetched_again(blog: Blog, wire: Relay) -> None:
    chosen = through(wire, blog)
    with closing(ExportSource(chosen)) as source:
        source._session.headers["Connection"] = "close"
        rows = source.rows("contents")
        wire.mode = "cut"
        repair = threading.Timer(0.2, setattr, (wire, "mode", "pass"))
        repair.start()
        before = wire.connections
        assert [row["cid"] for row in rows] == PUBLIC

    assert wire.connections > before + 1


def test_a_blog_that_stays_away_is_unreachable(blog: Blog, wire: Relay) -> None:
    wire.mode = "cut"

    error = failure(through(wire, blog))

    assert isinstance(error, SourceUnreachable)
    assert wire.connections == 4


def test_a_blog_that_hangs_is_unreachable(blog: Blog, wire: Relay) -> None:
    wire.mode = "hang"

    error = failure(through(wire, blog, http_read_timeout_s=0.2))

    assert isinstance(error, SourceUnreachable)
    assert "in time" in error.message


def test_another_program_at_the_address_is_named(blog: Blog, wire: Relay) -> None:
    wire.mode = "garbage"

    assert isinstance(failure(through(wire, blog)), SourceInvalid)


def test_php_logged_nothing_of_ours(blog: Blog) -> None:
    ours = [line for line in blog.php_errors() if "SearchBridge" in line]

    assert ours == []
