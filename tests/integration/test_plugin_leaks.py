"""Does anything that not everybody may read show up anywhere?

Two of the posts were public when the index was built and are not any more: there
the blog's database has to object.
"""

from __future__ import annotations

import pytest
import requests

from tests.support.index_files import files_with
from tests.support.site import Site
from tests.support.written import PUBLIC, SECRETS, WORD

pytestmark = pytest.mark.typecho

STATES = sorted(SECRETS)
STALE = ("deleted", "unpublished")


@pytest.mark.parametrize("state", STATES)
def test_results_hold_nothing_of_it(site: Site, state: str) -> None:
    page = site.search(SECRETS[state])

    assert page.by_service
    assert (page.status, page.titles, page.links) == (200, (), ())
    assert f"{state} 文章" not in page.text


@pytest.mark.parametrize("kind", ["/feed", "/feed/atom"])
@pytest.mark.parametrize("state", STATES)
def test_feeds_hold_nothing_of_it(site: Site, state: str, kind: str) -> None:
    answer = requests.get(
        f"{site.blog.index}{kind}/search/{SECRETS[state]}/", timeout=20
    )

    assert f"{state} 文章" not in answer.text
    if site.blog.version == "1.2.1":
        # An empty search feed leads to the blog's own feed there, without plugins too.
        assert answer.url == f"{site.blog.index}{kind}/"
        assert SECRETS[state] not in answer.text
    else:
        assert answer.text.count("<item>") + answer.text.count("<entry>") == 0


@pytest.mark.parametrize("state", [s for s in STATES if s not in STALE])
def test_index_holds_nothing_of_it(site: Site, state: str) -> None:
    answer = site.service.get("/api/search", q=SECRETS[state]).json()

    assert site.service.cids(SECRETS[state]) == []
    assert (answer["total"], answer["hits"]) == (0, [])
    assert not any(answer["facets"].values())


@pytest.mark.parametrize("state", [s for s in STATES if s not in STALE])
def test_index_files_hold_nothing_of_it(site: Site, state: str) -> None:
    assert files_with(site.service.data_dir, SECRETS[state]) == []


def test_the_look_into_the_files_would_notice(site: Site) -> None:
    # Stored text is packed: a search for plain bytes would see nothing of it.
    assert files_with(site.service.data_dir, "zqrevised stands published")


def test_totals_do_not_count_what_is_hidden(site: Site) -> None:
    # The index still holds the deleted post, so the service counts it.
    page = site.search(WORD)

    assert "deleted 文章" not in page.text
    assert len(page.links) == 2, "a third page would be an empty one"


@pytest.mark.parametrize("state", ["private", "password"])
def test_an_author_finds_the_own_post(site: Site, state: str) -> None:
    page = site.search(SECRETS[state], site.admin.session)

    assert page.titles == (f"{state} 文章",)


@pytest.mark.parametrize("state", ["hidden", "waiting", "draft", "future"])
def test_even_an_author_does_not_find_it(site: Site, state: str) -> None:
    page = site.search(SECRETS[state], site.admin.session)

    assert page.titles == ()


@pytest.mark.parametrize("state", STATES)
def test_export_holds_nothing_of_it(site: Site, state: str) -> None:
    for table in ("contents", "comments", "fields", "relationships"):
        text = site.export(f"do=rows&table={table}&limit=1000").text
        assert SECRETS[state] not in text
    if state in site.facts:
        listed = site.export("do=list&limit=500").json()["posts"]
        assert site.facts[state] not in [cid for cid, _ in listed]


@pytest.mark.parametrize(
    "change",
    [
        "status = 'private'",
        "status = 'hidden'",
        "status = 'waiting'",
        "type = 'post_draft'",
        "password = 'open sesame'",
        "created = created + 864000",
    ],
)
def test_the_database_objects_when_the_index_is_old(site: Site, change: str) -> None:
    cid = site.facts["public 0"]
    said = site.blog.sql(
        "SELECT title, text, created FROM {}contents WHERE cid = ?", [cid]
    )
    restore = "status = 'publish', type = 'post', password = NULL, authorId = 1"

    # Behind everybody's back: no hook fires, so nobody nudges the service.
    site.blog.sql(
        f"UPDATE {{}}contents SET authorId = 99, {change} WHERE cid = ?", [cid]
    )
    try:
        assert cid in site.service.cids(WORD)
        first = site.search(WORD)
        pages = [site.open(link) for link in first.links]
        mine = site.search(WORD, site.admin.session)
    finally:
        site.blog.sql(
            f"UPDATE {{}}contents SET {restore}, created = ? WHERE cid = ?",
            [said[0][2], cid],
        )

    assert first.by_service
    shown = [title for page in pages for title in page.titles]
    assert len(shown) == PUBLIC - 1
    assert "公开 0" not in [*shown, *mine.titles]
