"""Are the right rows on the right page, for the reader who asks?"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import requests

from tests.support.mariadb import MariaDB
from tests.support.processes import wait_until
from tests.support.site import Site
from tests.support.written import PUBLIC, SECRETS, WORD

pytestmark = pytest.mark.typecho


def titles_of(site: Site, cids: list[int]) -> list[str]:
    rows = dict(site.blog.sql("SELECT cid, title FROM {}contents"))
    return [rows[cid] for cid in cids if cid in rows]


def all_pages(site: Site, session: requests.Session | None = None) -> list[list[str]]:
    """The titles of every page that the navigator leads to."""
    first = site.search(WORD, session)
    numbered = dict.fromkeys([first.url, *first.links])
    by_page = {tuple(site.open(url, session).titles): None for url in numbered}
    return [list(titles) for titles in by_page]


def test_order_of_the_service_is_kept_over_all_pages(site: Site) -> None:
    wanted = titles_of(site, site.service.cids(WORD, type="post"))

    shown = [title for page in all_pages(site) for title in page]

    assert shown == [title for title in wanted if title.startswith("公开")]
    assert shown != sorted(shown, reverse=True), "the order is the date's by chance"


def test_anonymous_readers_get_two_pages(site: Site) -> None:
    assert [len(page) for page in all_pages(site)] == [5, PUBLIC - 5]


def test_an_author_also_gets_own_private_posts_behind_the_ranked(site: Site) -> None:
    pages = all_pages(site, site.admin.session)

    assert [len(page) for page in pages] == [5, 5, 1]
    assert sorted([*pages[1][-1:], *pages[2]]) == ["password 文章", "private 文章"]


def test_foreign_private_posts_are_shown_to_nobody(site: Site) -> None:
    page = site.search(SECRETS["foreign private"], site.admin.session)

    assert page.by_service
    assert page.titles == ()


def test_page_beyond_the_end_is_not_found(site: Site) -> None:
    assert site.open(f"{site.search(WORD).url}3/").status == 404
    assert site.open(f"{site.blog.index}/search/C/9/?q=C%2B%2B").status == 404


def test_page_links_keep_the_query(site: Site) -> None:
    page = site.search(f'"{WORD}"')

    assert page.links
    assert all("?q=%22" in link for link in page.links)
    second = site.open(page.links[1])
    assert (second.query, len(second.titles)) == (f'"{WORD}"', PUBLIC - 5)


def test_no_result_is_a_page_of_its_own(site: Site) -> None:
    page = site.search("zqnowhere")

    assert (page.status, page.titles) == (200, ())
    assert page.by_service
    assert "没有找到内容" in page.text


def test_no_result_has_no_second_page(site: Site) -> None:
    assert site.open(f"{site.search('zqnowhere').url}2/").status == 404


@pytest.mark.parametrize("kind", ["/feed", "/feed/atom"])
def test_feeds_list_the_same_posts(site: Site, kind: str) -> None:
    answer = requests.get(f"{site.blog.index}{kind}/search/{WORD}/", timeout=20)

    assert answer.status_code == 200
    assert answer.text.count("<item>") + answer.text.count("<entry>") == PUBLIC


@pytest.mark.parametrize("kind", ["/feed", "/feed/atom"])
def test_feeds_know_the_raw_query(site: Site, kind: str) -> None:
    url = f"{site.blog.index}{kind}/search/C/?q=C%2B%2B"

    answer = requests.get(url, timeout=20)

    assert answer.url == url
    assert "zqquoted" in answer.text
    assert "C++" in answer.text


def test_titles_with_html_are_shown_as_text(site: Site) -> None:
    page = site.search("zqquoted")

    assert page.titles == ('A & B <i>"quoted"</i>',)


@pytest.mark.parametrize("query", [WORD, "zqnowhere"])
def test_one_page_view_asks_the_service_once(site: Site, query: str) -> None:
    url = site.search(query).url
    before = site.wire.connections

    site.open(url)

    assert site.wire.connections - before == 1


def test_a_page_beyond_the_end_asks_the_service_once(site: Site) -> None:
    # Typecho tries two routes for it, and searches twice.
    url = site.search(WORD).url
    before = site.wire.connections

    site.open(f"{url}99/")

    assert site.wire.connections - before == 1


def test_pages_are_found_when_the_owner_ticks_them(site: Site) -> None:
    assert site.search("zqpage").titles == ()

    site.admin.configure(extras=["highlight", "pages"])
    try:
        assert site.search("zqpage").titles == ("关于本站",)
    finally:
        site.admin.configure(extras=["highlight"])


def test_words_to_mark_are_data_and_not_markup(site: Site) -> None:
    page = site.search(f"{WORD} </script><b>")

    data = page.text.split('id="search-bridge-data">')[1].split("</script>")[0]
    assert WORD in data
    assert "<" not in data


@pytest.fixture
def snippets(site: Site) -> Iterator[Site]:
    """The site of an owner who ticked “只显示摘要”."""
    site.admin.configure(extras=["highlight", "snippet"])
    yield site
    site.admin.configure(extras=["highlight"])


def test_snippets_replace_full_texts_on_every_page(snippets: Site) -> None:
    first = snippets.search(WORD)
    second = snippets.open(first.links[1])

    for page in (first, second):
        parts = page.text.split("<article")[1:]
        assert len(parts) == len(page.titles)
        assert all('class="search-bridge-snippet' in part for part in parts)
        assert all('<mark class="search-bridge">' in part for part in parts)
        assert "别的话题也要写一些。" * 39 not in page.text


def test_snippets_come_with_the_same_call(snippets: Site) -> None:
    url = snippets.search(WORD).url
    before = snippets.wire.connections

    snippets.open(url)

    assert snippets.wire.connections - before == 1


def test_snippets_are_text_and_not_markup(snippets: Site) -> None:
    text = 'zqescape `<img src=x onerror=alert(1)>` "zq"'
    cid = snippets.admin.publish("标记", text)
    wait_until(lambda: snippets.service.cids("zqescape") == [cid], 20, "the nudge")
    time.sleep(1.1)

    page = snippets.search("zqescape")

    assert "search-bridge-snippet" in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.text
    assert "<img src=x" not in page.text
    snippets.admin.delete(cid)


def test_snippets_are_for_search_pages_only(snippets: Site) -> None:
    url = snippets.search(WORD).url
    feed = requests.get(f"{snippets.blog.index}/feed/search/{WORD}/", timeout=20)
    home = snippets.open(f"{snippets.blog.url}/")
    snippets.wire.mode = "cut"
    fallback = snippets.open(url)

    assert feed.text.count("<item>") == PUBLIC
    for text in (feed.text, home.text, fallback.text):
        assert "search-bridge-snippet" not in text
    assert len(fallback.titles) == 5


def test_full_texts_are_shown_unless_the_owner_ticks_snippets(site: Site) -> None:
    page = site.search(WORD)

    assert "search-bridge-snippet" not in page.text
    assert "别的话题也要写一些。" * 39 in page.text


def test_no_words_are_marked_when_the_owner_unticks_it(site: Site) -> None:
    site.admin.configure(extras=[])
    try:
        assert '"highlights":[]' in site.search(WORD).text
    finally:
        site.admin.configure(extras=["highlight"])


def test_a_page_reads_the_rows_that_it_shows_and_no_others(
    sites: dict[str, Site], mariadb: MariaDB
) -> None:
    site = sites["1.3.0 MariaDB"]
    url = site.search(WORD).url

    with mariadb.listened() as heard:
        page = site.open(f"{url}2/")

    assert page.by_service
    asked = [said for said in heard if re.search(r"cid`? IN \(", said)]
    numbers, rows = asked  # as many statements as Typecho needs itself
    assert numbers.startswith("SELECT typecho_contents.`cid`  FROM")
    assert len(re.findall(r"WHEN \d+ THEN", rows)) == len(page.titles) == PUBLIC - 5
    assert not any("COUNT(DISTINCT" in said for said in heard)
    assert all("`status` = 'publish'" in said for said in asked)
