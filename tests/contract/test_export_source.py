"""The small blog through the plugin of every Typecho and database gives equal posts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from service.model import Post
from service.settings import Settings
from tests.contract.test_sources import (
    KNOWN,
    _with_default_page_address,
    expected,
    posts,
)
from tests.support.blog import BLOG, PUBLIC
from tests.support.mariadb import MariaDB
from tests.support.typecho import Blog, Version
from tests.support.typecho_admin import Admin

pytestmark = pytest.mark.typecho

BLOGS: dict[str, tuple[Version, bool]] = {
    "1.2.1 SQLite": ("1.2.1", False),
    "1.2.1 MariaDB": ("1.2.1", True),
    "1.3.0 SQLite": ("1.3.0", False),
    "1.3.0 MariaDB": ("1.3.0", True),
}


@pytest.fixture(scope="module", params=BLOGS)
def blog(
    request: pytest.FixtureRequest,
    mariadb: MariaDB,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Blog]:
    version, on_mariadb = BLOGS[request.param]
    made = Blog(
        tmp_path_factory.mktemp("blog"), version, mariadb if on_mariadb else None
    )
    made.install().start()
    Admin(made).activate()
    for table in BLOG:
        if table != "options":
            refill(made, table)
    yield made
    made.stop()


def refill(blog: Blog, table: str) -> None:
    """The small blog's rows instead of the installer's."""
    quote = "`" if blog.mariadb else '"'
    blog.sql(f"DELETE FROM {{}}{table}")
    for number, row in enumerate(BLOG[table]):  # type: ignore[index]
        if table == "users":  # no two may have the same
            row = {**row, "mail": f"{number}@mail.example"}
        names = ", ".join(f"{quote}{name}{quote}" for name in row)
        marks = ", ".join("?" * len(row))
        blog.sql(
            f"INSERT INTO {{}}{table} ({names}) VALUES ({marks})", list(row.values())
        )
    if table == "contents":  # future for the blog's own clock, too
        blog.sql("UPDATE {}contents SET created = ? WHERE cid = 8", [4_000_000_000])


def over_http(blog: Blog) -> Settings:
    key = json.loads(blog.option("searchBridge"))["key"]
    return Settings(source=f"export+{blog.url}", api_key=key, **KNOWN)


def test_posts_are_those_of_the_database(blog: Blog) -> None:
    found = posts(over_http(blog))

    assert [post.cid for post in found] == PUBLIC
    assert found == posts(Settings(source=blog.source, **KNOWN))


def test_posts_are_those_of_the_yardstick(blog: Blog) -> None:
    want = [_with_default_page_address(post) for post in expected(Settings(**KNOWN))]

    found = posts(over_http(blog))

    if blog.version == "1.2.1":  # orders categories by number, not as a tree
        want = [_without_order(post) for post in want]
        found = [_without_order(post) for post in found]
    assert found == want


def _without_order(post: Post) -> Post:
    """The first category stands in the address."""
    return replace(post, categories=tuple(sorted(post.categories)), url="")


def test_cids_give_the_same_posts(blog: Blog) -> None:
    some = posts(over_http(blog), [11, 1, 4, 999])

    assert some == [post for post in posts(over_http(blog)) if post.cid in (1, 11)]
