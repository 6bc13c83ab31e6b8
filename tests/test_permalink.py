"""Addresses as Typecho itself would print them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Iterator

import pytest

from service.errors import ConfigError
from service.settings import Settings
from service.typecho import Row, Table
from service.typecho.options import Blog, read_blog
from service.typecho.permalink import permalink
from service.typecho.php_values import unserialize

# 2018-01-31 23:30 UTC is already February in China.
CREATED = 1517441400


class Options:
    """A source that holds nothing but options."""

    def __init__(self, **values: str | None) -> None:
        self.values = values

    def rows(self, table: Table, cids: Collection[int] | None = None) -> Iterator[Row]:
        for name, value in self.values.items():
            yield {"name": name, "user": "0", "value": value}
        yield {"name": "siteUrl", "user": 1, "value": "http://wrong.example"}

    def describe(self) -> str:
        return "options"

    def close(self) -> None: ...


def blog(settings: Settings | None = None, **values: str | None) -> Blog:
    values = {"siteUrl": "https://b.example/", "rewrite": "1", **values}
    return read_blog(Options(**values), settings or Settings())


def routes(post: str, page: str = "/[slug].html") -> str:
    return json.dumps({"0": {"post": {}}, "post": {"url": post}, "page": {"url": page}})


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("/archives/[cid:digital]/", "/archives/7/"),
        ("/archives/[slug].html", "/archives/%E5%A4%A9+%E8%B1%A1%7E.html"),
        (
            "/[year:digital:4]/[month:digital:2]/[day:digital:2]/[slug].html",
            "/2018/02/01/%E5%A4%A9+%E8%B1%A1%7E.html",
        ),
        ("/[category]/[slug].html", "/c-d/%E5%A4%A9+%E8%B1%A1%7E.html"),
        ("/[directory:split:0]/[cid:digital].html", "/%E5%A4%96/c-d/7.html"),
        ("/x/{year}-{month}/{cid}", "/x/2018-02/7"),
        ("/[mid:digital]/[cid:digital]", "/{mid}/7"),
    ],
)
def test_every_pattern_gives_typechos_address(pattern: str, expected: str) -> None:
    here = blog(routingTable=routes(pattern), timezone="28800")

    url = permalink(here, "post", 7, "天 象~", CREATED, ("外", "c-d"))

    assert url == "https://b.example" + expected


def test_post_without_category_leaves_its_place_empty() -> None:
    here = blog(routingTable=routes("/[category]/[cid:digital]/"))

    assert permalink(here, "post", 7, "x", 0) == "https://b.example/7/"


@pytest.mark.parametrize(
    ("site", "rewrite", "start"),
    [
        ("https://b.example", "1", "https://b.example/"),
        ("https://b.example/", "0", "https://b.example/index.php/"),
        ("https://b.example/blog/", "1", "https://b.example/blog/"),
        ("https://b.example/blog", "0", "https://b.example/blog/index.php/"),
        ("https://b.example/blog", None, "https://b.example/blog/index.php/"),
    ],
)
def test_index_prefix_follows_rewrite(
    site: str, rewrite: str | None, start: str
) -> None:
    here = blog(siteUrl=site, rewrite=rewrite)

    assert permalink(here, "post", 7, "x", 0) == start + "archives/7/"


def test_page_has_a_pattern_of_its_own() -> None:
    here = blog(routingTable=routes("/p/[cid:digital]/", "/[directory:split:0].htm"))

    url = permalink(here, "page", 2, "about", 0, ("root", "about"))

    assert url == "https://b.example/root/about.htm"


@pytest.mark.parametrize(
    ("timezone", "day"), [("28800", "01"), ("0", "31"), ("-18000", "31"), ("x", "01")]
)
def test_days_are_those_of_the_blogs_clock(timezone: str, day: str) -> None:
    here = blog(routingTable=routes("/{day}"), timezone=timezone)

    assert permalink(here, "post", 7, "x", CREATED) == f"https://b.example/{day}"


def test_settings_win_over_the_options() -> None:
    settings = Settings(
        site_url="http://new.example/", permalink="/{year}/{day}/{cid}", timezone_s=0
    )

    here = blog(settings, routingTable=routes("/old"), timezone="28800")

    url = permalink(here, "post", 7, "x", CREATED)
    assert url == "http://new.example/2018/31/7"


def test_without_any_options_the_site_url_is_taken_as_it_is() -> None:
    here = read_blog(Options(), Settings(site_url="http://new.example/index.php"))

    url = permalink(here, "post", 7, "x", 0)

    assert url == "http://new.example/index.php/archives/7/"


def test_a_blog_without_address_names_the_setting() -> None:
    with pytest.raises(ConfigError) as caught:
        read_blog(Options(rewrite="1"), Settings())

    assert "site_url" in caught.value.hint


def test_php_serialized_routes_are_read_as_php_writes_them() -> None:
    script = (
        "echo serialize([0 => ['a' => [null, true, 1.5, -3, '天']], 'post' => ['url' "
        "=> '/[category]/天-[cid:digital]'], 'page' => ['url' => '/[slug]']]);"
    )
    stored = subprocess.run(["php", "-r", script], capture_output=True, check=True)

    here = blog(routingTable=stored.stdout.decode())

    assert here.post_pattern == "/{category}/天-{cid}"
    assert here.page_pattern == "/{slug}"
    assert not here.tree_order
    value = unserialize(stored.stdout)
    assert isinstance(value, dict)
    assert value[0] == {"a": {0: None, 1: True, 2: 1.5, 3: -3, 4: "天"}}


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b'O:8:"stdClass":0:{}',
        b'a:1:{i:0;s:9:"short";}',
        b"a:2:{i:0;i:1;}",
        b"a:1:{a:0:{}i:1;}",
        b"i:1;i:2;",
        b's:1"a";',
        b"d:1e;",
        b"a:1:{i:0;" * 1000,
        b"i:--1;",
    ],
)
def test_damaged_php_values_are_a_value_error(stored: bytes) -> None:
    with pytest.raises(ValueError):
        unserialize(stored)


@pytest.mark.parametrize("stored", ["{", "a:1:{", "[]", "null", '{"post": 3}', ""])
def test_unreadable_routes_fall_back_to_the_default(stored: str) -> None:
    assert blog(routingTable=stored).post_pattern == "/archives/{cid}/"


@pytest.mark.parametrize("created", [-5, 0, 10**15])
def test_absurd_moments_still_have_an_address(created: int) -> None:
    here = blog(routingTable=routes("/{year}/{cid}"))

    assert permalink(here, "post", 7, "x", created).endswith("/7")
