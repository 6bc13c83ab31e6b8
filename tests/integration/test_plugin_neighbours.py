"""Do other plugins keep their say about which posts a search page lists?

`tests/support/neighbour.php` is activated after SearchBridge, so it speaks later.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.results import ResultPage
from tests.support.site import Site
from tests.support.written import PUBLIC, WORD

pytestmark = pytest.mark.typecho

LONG = "量子纠缠的实验。" * 6
"""All public posts have these words, four of them so many times in a row."""
NEIGHBOUR = Path(__file__).parents[1] / "support" / "neighbour.php"


@pytest.fixture
def shared(site: Site) -> Iterator[Site]:
    """The site with another plugin that changes the lists of posts."""
    folder = site.blog.root / "usr" / "plugins" / "Neighbour"
    folder.mkdir()
    shutil.copy(NEIGHBOUR, folder / "Plugin.php")
    site.admin.activate("Neighbour")
    yield site
    site.admin.deactivate("Neighbour")
    shutil.rmtree(folder)


def opened(site: Site, wish: str, page: str = "", query: str = WORD) -> ResultPage:
    path, _, raw = site.search(query).url.partition("?")
    return site.open(f"{path}{page}?neighbour={wish}&{raw}")


def ranked(site: Site) -> list[str]:
    """The titles of the public posts as the service ranks them."""
    names = {site.facts[f"public {n}"]: f"公开 {n}" for n in range(PUBLIC)}
    return [names[cid] for cid in site.service.cids(WORD) if cid in names]


def test_its_conditions_hold_for_the_posts_and_for_the_total(shared: Site) -> None:
    page = opened(shared, "hide")

    assert page.by_service
    assert list(page.titles) == [t for t in ranked(shared) if t > "公开 3"]
    assert len(page.titles) == 5
    assert page.links == (), "the total counts what is hidden"
    assert opened(shared, "hide", "2/").status == 404


def test_what_it_puts_on_top_stays_there(shared: Site) -> None:
    first, *_, last = ranked(shared)
    change = "UPDATE {}contents SET `order` = ? WHERE cid = ?"
    cid = shared.facts[f"public {last[-1]}"]
    shared.blog.sql(change, [1, cid])
    try:
        pages = [opened(shared, "pin"), opened(shared, "pin", "2/")]
    finally:
        shared.blog.sql(change, [0, cid])

    assert [len(page.titles) for page in pages] == [5, PUBLIC - 5]
    shown = [title for page in pages for title in page.titles]
    assert shown == [last, first, *ranked(shared)[1:-1]]


def test_typecho_searches_and_counts_when_our_rows_fail(shared: Site) -> None:
    logged = shared.blog.php_errors()
    assert len(opened(shared, "", query=LONG).links) == 2
    try:
        whole = opened(shared, "fail")
        second = opened(shared, "fail", "2/")
        some, beyond = [opened(shared, "fail", n, LONG) for n in ("", "2/")]
        new = shared.blog.php_errors()[len(logged) :]
    finally:
        # The last of all tests wants a log without a word of ours.
        shared.blog.error_log.write_text("".join(f"{line}\n" for line in logged))

    assert not whole.by_service
    assert len(whole.titles) == 5
    assert (len(whole.links), len(second.titles)) == (2, PUBLIC - 5)
    assert (len(some.titles), some.links, beyond.status) == (4, (), 404)
    assert any("SearchBridge" in line and "neighbour fails" in line for line in new)
