"""Is a change on the blog found by the service without anybody asking for it?

The event table of Typecho: do it in the admin or over XML-RPC, then ask the service
itself. The writer looks at the blog by itself only once an hour here, so that what
is found was nudged.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import pytest
import requests

from tests.support.site import Site
from tests.support.typecho_admin import put, read_form

pytestmark = pytest.mark.typecho

SOON_S = 20
"""Generous, for a busy machine; `make bench` measures the real delay."""


def word() -> str:
    """A word that stands nowhere yet."""
    return "zq" + uuid.uuid4().hex[:12].translate(
        str.maketrans("0123456789", "ghijklmnop")
    )


def soon(site: Site, query: str, cids: list[int]) -> None:
    """Return as soon as the service finds exactly these posts."""
    deadline = time.monotonic() + SOON_S
    while (found := site.service.cids(query)) != cids:
        assert time.monotonic() < deadline, f"{query}: {found}, not {cids}"
        time.sleep(0.1)


def test_a_new_post_is_found(site: Site) -> None:
    said = word()

    cid = site.admin.publish("新文章", said)

    soon(site, said, [cid])


def test_an_edited_post_is_found_by_its_new_text_only(site: Site) -> None:
    before, after = word(), word()
    cid = site.admin.publish("改文章", before)
    soon(site, before, [cid])

    site.admin.publish("改文章", after, cid=cid)

    soon(site, after, [cid])
    assert site.service.cids(before) == []


def test_a_draft_of_a_published_post_changes_nothing(site: Site) -> None:
    published, drafted = word(), word()
    cid = site.admin.publish("有草稿", published)
    soon(site, published, [cid])

    site.admin.save_draft("有草稿", drafted, cid=cid)
    marker = word()
    other = site.admin.publish("之后", marker)

    soon(site, marker, [other])
    assert site.service.cids(drafted) == []
    assert site.service.cids(published) == [cid]


@pytest.mark.parametrize("status", ["private", "hidden", "waiting"])
def test_marking_takes_a_post_away_and_brings_it_back(site: Site, status: str) -> None:
    said = word()
    cid = site.admin.publish("标记", said)
    soon(site, said, [cid])

    site.admin.mark(status, cid)
    soon(site, said, [])

    site.admin.mark("publish", cid)
    soon(site, said, [cid])


def test_a_password_takes_a_post_away(site: Site) -> None:
    said = word()
    cid = site.admin.publish("加密", said)
    soon(site, said, [cid])

    site.admin.publish("加密", said, cid=cid, visibility="password", password="x")

    soon(site, said, [])


def test_several_deleted_posts_are_gone(site: Site) -> None:
    said = word()
    cids = [site.admin.publish(f"删 {n}", said) for n in range(3)]
    wait_for_any_order(site, said, cids)

    site.admin.delete(*cids)

    soon(site, said, [])


def test_a_page_is_found_edited_and_deleted(site: Site) -> None:
    said, after = word(), word()
    cid = site.admin.publish("页面", said, page=True)
    soon(site, said, [cid])

    site.admin.publish("页面", after, cid=cid, page=True)
    soon(site, after, [cid])

    site.admin.delete(cid, page=True)
    soon(site, after, [])


def test_a_comment_is_found_when_approved_and_gone_when_removed(site: Site) -> None:
    said = word()
    cid = site.admin.publish("有评论", word())
    comment(site, cid, said)
    coid = int(site.blog.sql("SELECT max(coid) FROM {}comments")[0][0])
    assert site.service.cids(said) == []

    site.admin.moderate("approved", coid)
    soon(site, said, [cid])

    site.admin.moderate("spam", coid)
    soon(site, said, [])

    site.admin.moderate("approved", coid)
    soon(site, said, [cid])
    site.admin.moderate("delete", coid)
    soon(site, said, [])


def test_xmlrpc_posts_are_found_edited_and_deleted(site: Site) -> None:
    said, after = word(), word()
    admin, rpc = site.admin, site.admin.xmlrpc()

    cid = admin.new_post_by_xmlrpc("远程发布", said)
    soon(site, said, [cid])

    content = {"title": "远程发布", "description": after, "categories": ["默认分类"]}
    # Typecho 1.3.0 writes a second post instead of editing the first, and says so.
    said_cid = rpc.metaWeblog.editPost(
        str(cid), admin.name, admin.password, content, True
    )
    edited = int(str(said_cid))
    soon(site, after, [edited])

    rpc.blogger.deletePost("1", str(edited), admin.name, admin.password, True)
    soon(site, after, [])


def test_one_request_sends_one_nudge(site: Site) -> None:
    said = word()
    cids = [site.admin.publish(f"一起 {n}", said) for n in range(4)]
    wait_for_any_order(site, said, cids)
    before = site.wire.connections

    site.admin.mark("private", *cids)
    soon(site, said, [])

    assert site.wire.connections - before == 1


@pytest.mark.parametrize("fault", ["hang", "cut"])
def test_publishing_goes_on_without_the_service(site: Site, fault: str) -> None:
    site.wire.mode = "hang" if fault == "hang" else "cut"

    started = time.monotonic()
    cid = site.admin.publish("照样发布", word())
    took = time.monotonic() - started

    assert site.blog.sql("SELECT status FROM {}contents WHERE cid = ?", [cid]) == [
        ("publish",)
    ]
    assert took < 3.0, "form, post and nudge: the nudge may take 0.3 s"


def comment(site: Site, cid: int, text: str) -> None:
    """A visitor's comment through the post's own form; it waits for approval."""
    site.blog.sql(
        "UPDATE {}options SET value = '1' WHERE name = 'commentsRequireModeration'"
    )
    # The anti-spam script adds a field in the browser; a reader without it is refused.
    site.blog.sql("UPDATE {}options SET value = '0' WHERE name = 'commentsAntiSpam'")
    session = requests.Session()
    time.sleep(1.1)  # a post has no page yet in the second of its creation
    page = session.get(f"{site.blog.index}/archives/{cid}/", timeout=20)
    action, fields = read_form(page.text, "/comment")
    fields = put(fields, author="读者", mail="reader@example.com", text=text)
    answer = session.post(
        action, data=fields, headers={"Referer": page.url}, timeout=20
    )
    assert answer.status_code == 200, answer.text[:300]


def wait_for_any_order(site: Site, query: str, cids: list[int]) -> None:
    found: Callable[[], bool] = lambda: sorted(site.service.cids(query)) == sorted(cids)  # noqa: E731
    deadline = time.monotonic() + SOON_S
    while not found():
        assert time.monotonic() < deadline, f"{query}: not {cids}"
        time.sleep(0.1)
