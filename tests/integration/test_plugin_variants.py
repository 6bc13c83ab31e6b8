"""Does it work on the other ways a blog can be set up?

The whole matrix runs on 1.3.0 with MariaDB and 1.2.1 with SQLite; here are the rest:
rewriting, a sub-folder, another table prefix, the adapters that are not PDO, nginx.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.mariadb import MariaDB
from tests.support.results import read_results
from tests.support.site import Site, make_site
from tests.support.typecho import Version
from tests.support.written import WORD

pytestmark = pytest.mark.typecho

VARIANTS: dict[str, tuple[Version, bool, dict[str, Any]]] = {
    "1.3.0 SQLite, rewrite, sub-folder": (
        "1.3.0", False, {"rewrite": True, "subfolder": "blog"},
    ),
    "1.2.1 MariaDB, rewrite": ("1.2.1", True, {"rewrite": True}),
    "1.3.0 Mysqli, prefix": ("1.3.0", True, {"adapter": "Mysqli", "prefix": "blog_"}),
    "1.2.1 SQLite without PDO, prefix, sub-folder": (
        "1.2.1", False, {"adapter": "SQLite", "prefix": "b2_", "subfolder": "a"},
    ),
    "1.3.0 MariaDB, nginx and php-fpm, rewrite": (
        "1.3.0", True, {"rewrite": True, "server": "nginx and php-fpm"},
    ),
    "1.3.0 SQLite, sub-folder, no router": (
        "1.3.0", False, {"subfolder": "blog", "server": "php -S alone"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=VARIANTS)
def variant(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    mariadb: MariaDB,
) -> Iterator[Site]:
    version, on_mariadb, options = VARIANTS[request.param]
    one = make_site(
        tmp_path_factory.mktemp("variant"),
        version,
        mariadb if on_mariadb else None,
        **options,
    )
    try:
        for number in range(7):
            one.facts[str(number)] = one.admin.publish(
                f"文章 {number}", f"{WORD} C++ " * ((number * 3) % 7 + 1)
            )
        one.facts["private"] = one.admin.publish(
            "private 文章", WORD, visibility="private"
        )
        one.reindex()
        one.service.start()
        yield one
    finally:
        one.stop()


@pytest.mark.parametrize("typed", ["C++", "2018 天象", "a/b", "50%2B", "🎉", ":80"])
def test_query_survives(variant: Site, typed: str) -> None:
    by_get = variant.search(typed)
    by_post = read_results(
        requests.post(f"{variant.blog.url}/", data={"s": typed}, timeout=20)
    )

    assert (by_get.status, by_get.query, by_get.by_service) == (200, typed, True)
    assert by_post.query == typed


def test_direct_address_gets_its_canonical_form(variant: Site) -> None:
    answer = requests.get(f"{variant.blog.index}/search/C%2B%2B/", timeout=20)

    assert [step.status_code for step in answer.history] == [301]
    assert answer.url == f"{variant.blog.index}/search/C/?q=C%2B%2B"


def test_order_and_pages(variant: Site) -> None:
    names = {variant.facts[str(n)]: f"文章 {n}" for n in range(7)}
    wanted = [names[cid] for cid in variant.service.cids(WORD)]

    first = variant.search(WORD)
    second = variant.open(first.links[1])

    assert [*first.titles, *second.titles] == wanted
    assert variant.open(f"{first.url}3/").status == 404


def test_own_private_post_is_found_by_its_author_only(variant: Site) -> None:
    first = variant.search(WORD, variant.admin.session)

    mine = variant.open(first.links[1], variant.admin.session)

    assert mine.titles[-1] == "private 文章"


@pytest.mark.parametrize("kind", ["/feed", "/feed/atom"])
def test_feeds(variant: Site, kind: str) -> None:
    url = f"{variant.blog.index}{kind}/search/C/?q=C%2B%2B"

    answer = requests.get(url, timeout=20)

    assert answer.url == url
    wanted = len(variant.service.cids("C++", type="post"))
    assert wanted >= 7
    assert answer.text.count("<item>") + answer.text.count("<entry>") == wanted


def test_fallback(variant: Site) -> None:
    variant.wire.mode = "cut"
    try:
        page = variant.search(WORD)
    finally:
        variant.wire.mode = "pass"
        variant.forget_failures()

    assert (page.by_service, len(page.titles), len(page.links)) == (False, 5, 2)


def test_export(variant: Site) -> None:
    said = variant.export("do=hello").json()
    first = variant.export("do=rows&table=contents&limit=4").json()
    listed = variant.export("do=list").json()["posts"]

    assert said["prefix"] == variant.blog.prefix
    assert len(first["rows"]) == 4
    assert variant.facts["private"] not in [cid for cid, _ in listed]
    assert variant.facts["0"] in [cid for cid, _ in listed]


def test_php_logged_nothing_of_ours(variant: Site) -> None:
    lines = variant.blog.php_errors()

    if variant.blog.version == "1.3.0":
        assert lines == []
    assert [line for line in lines if "SearchBridge" in line] == []
