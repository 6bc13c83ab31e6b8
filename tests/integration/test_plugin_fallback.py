"""Does the blog's own search answer, in time, whenever the service does not?"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from tests.support.relay import Mode
from tests.support.site import PATIENT, Site
from tests.support.written import PUBLIC, WORD

pytestmark = pytest.mark.typecho

NOTICE = "search-bridge-notice"
FAULTS: list[Mode] = ["hang", "cut", "garbage"]


@pytest.fixture
def limits(site: Site) -> Iterator[Site]:
    """The site with the time limits that owners have."""
    site.admin.configure(connectMs="150", totalMs="400")
    yield site
    site.wire.mode = "pass"
    site.forget_failures()
    site.admin.configure(**PATIENT)


def breaker(site: Site) -> dict[str, int]:
    files = list(site.blog.temp.glob("search-bridge-*/breaker.json"))
    return cast(dict[str, int], json.loads(files[0].read_text())) if files else {}


@pytest.mark.parametrize("fault", FAULTS)
def test_typecho_answers_when_the_service_does_not(limits: Site, fault: Mode) -> None:
    limits.wire.mode = fault

    page = limits.search(WORD)

    assert not page.by_service
    assert (page.status, len(page.titles)) == (200, 5)
    assert NOTICE not in page.text


def test_typecho_answers_when_the_service_is_stopped(site: Site) -> None:
    site.service.stop()
    try:
        page = site.search(WORD)
    finally:
        site.service.start()

    assert (page.status, len(page.titles), page.by_service) == (200, 5, False)
    site.forget_failures()
    assert site.search(WORD).by_service, "it is back without touching the admin"


def test_fallback_has_pages_that_work(limits: Site) -> None:
    limits.wire.mode = "cut"

    first = limits.search(WORD)

    assert len(limits.open(first.links[1]).titles) == PUBLIC - 5
    assert limits.open(f"{first.url}99/").status == 404


def test_fallback_finds_two_words_which_typecho_alone_does_not(limits: Site) -> None:
    limits.wire.mode = "cut"

    assert len(limits.search("量子纠缠 实验").titles) == 5


@pytest.mark.parametrize("typed", ["C++", "title:zqquoted", ":80", "x:99999", "🎉"])
def test_fallback_survives_symbols(limits: Site, typed: str) -> None:
    limits.wire.mode = "cut"

    assert limits.search(typed).status == 200


def test_fallback_for_an_emoji_searches_the_emoji(limits: Site) -> None:
    limits.wire.mode = "cut"

    # Typecho keeps nothing of it; a search for a stand-in would find other posts.
    assert limits.search("🎉").titles == ()


ODD = {
    "an empty object": {},
    "a list": [1, 2],
    "cids in words": {"cids": "1,2"},
    "cids of all kinds": {"cids": [None, -1, 0, 2.5, "7", [1], {"a": 1}, 10**30]},
    "cids that nobody has": {"cids": [2147483647, 999999999]},
    "wrong extras": {
        "cids": [1], "highlights": 5, "suggestions": "x", "corrected": [], "relaxed": 1,
        "snippets": [1, {"cid": 1}, {"cid": 1, "snippet": {"spans": "x", "kind": []}}],
    },
    "wrong parts of extras": {
        "cids": [1], "highlights": [[], None, "("], "suggestions": [None, {"query": 1}],
        "snippets": [{"cid": 1, "snippet": {"spans": [{"text": 2}], "kind": "text"}}],
    },
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_answer_breaks_no_page(site: Site, odd: str) -> None:
    site.admin.configure(extras=["highlight", "pages", "snippet"])
    logged = site.blog.php_errors()
    site.wire.body = json.dumps(ODD[odd]).encode()
    site.wire.mode = "garbage"
    try:
        page = site.search(WORD)
        mine = site.search(WORD, site.admin.session)
    finally:
        site.wire.body = b"<html>"
        site.wire.mode = "pass"
        site.forget_failures()
        site.admin.configure(extras=["highlight"])

    assert (page.status, mine.status) == (200, 200)
    assert "</html>" in page.text
    new = site.blog.php_errors()[len(logged) :]
    assert [line for line in new if "SearchBridge" in line] == []


BROKEN = ["", "no json", "[]", '{"url": [], "key": null, "totalMs": {}, "extras": 5}']


@pytest.mark.parametrize("row", BROKEN)
def test_a_broken_row_of_settings_breaks_no_page(site: Site, row: str) -> None:
    kept = site.blog.option("searchBridge")
    change = "UPDATE {}options SET value = ? WHERE name = 'searchBridge'"
    site.blog.sql(change, [row])
    try:
        page = site.search(WORD)
        home = site.open(f"{site.blog.url}/")
        settings = site.admin.page("options-plugin.php?config=SearchBridge")
    finally:
        site.blog.sql(change, [kept])

    assert (page.status, home.status, settings.status_code) == (200, 200, 200)
    assert len(page.titles) == 5
    assert "测试连接" in settings.text


def test_only_the_administrator_is_told(limits: Site) -> None:
    limits.wire.mode = "cut"

    page = limits.search(WORD, limits.admin.session)

    assert NOTICE in page.text
    assert "只有管理员能看到" in page.text


def test_a_hanging_service_costs_no_more_than_the_limit(limits: Site) -> None:
    url = limits.search(WORD).url
    limits.wire.mode = "hang"

    started = time.monotonic()
    page = limits.open(url)
    took = time.monotonic() - started

    assert page.status == 200
    assert took < 0.4 + 1.0


def test_after_three_failures_nobody_asks(limits: Site) -> None:
    url = limits.search(WORD).url
    limits.wire.mode = "cut"
    for _ in range(3):
        limits.open(url)
    before = limits.wire.connections

    pages = [limits.open(url) for _ in range(5)]

    assert limits.wire.connections == before
    assert {page.status for page in pages} == {200}
    assert time.time() + 25 < breaker(limits)["until"] <= time.time() + 30


def test_after_the_pause_one_request_tries_for_all(limits: Site) -> None:
    url = limits.search(WORD).url
    limits.wire.mode = "hang"
    for _ in range(3):
        limits.open(url)
    end_pause(limits)
    before = limits.wire.connections

    with ThreadPoolExecutor(4) as readers:
        list(readers.map(lambda _: limits.open(url), range(4)))

    assert limits.wire.connections - before == 1


def test_a_good_answer_after_the_pause_ends_it(limits: Site) -> None:
    url = limits.search(WORD).url
    limits.wire.mode = "cut"
    for _ in range(3):
        limits.open(url)
    limits.wire.mode = "pass"
    end_pause(limits)

    assert limits.open(url).by_service
    assert breaker(limits) == {}


def test_a_query_that_the_service_refuses_is_no_failure_of_it(site: Site) -> None:
    # 200 characters are the most that the plugin lets through; all are a query.
    assert site.search("长" * 300).by_service
    assert breaker(site) == {}


def end_pause(site: Site) -> None:
    """What 30 seconds do."""
    file = next(site.blog.temp.glob("search-bridge-*/breaker.json"))
    state = json.loads(file.read_text())
    file.write_text(json.dumps({**state, "until": int(time.time()) - 1}))
