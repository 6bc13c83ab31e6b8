"""Does the index follow everything that can happen on a blog?

The rows of Typecho's event table that fire no hook, on a service that looks every
five seconds; then the rows with hooks that test_plugin_nudges.py leaves out, on one
that looks once an hour. Everything is done in the real admin or in the database, and
then searched for.
"""

from __future__ import annotations

import html
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from tests.support.mariadb import MariaDB
from tests.support.site import Site, make_site
from tests.support.typecho import Version
from tests.support.typecho_admin import Admin, put, read_form

pytestmark = pytest.mark.typecho

SOON_S = 40
"""Generous, for a busy machine: the look comes every five seconds."""
WATCHED: dict[str, tuple[Version, bool]] = {
    "1.2.1 MariaDB": ("1.2.1", True),
    "1.3.0 SQLite": ("1.3.0", False),
}


@pytest.fixture(scope="module", params=WATCHED)
def watched(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    mariadb: MariaDB,
) -> Iterator[Site]:
    """A site whose writer looks at the blog every five seconds."""
    version, on_mariadb = WATCHED[request.param]
    folder = tmp_path_factory.mktemp("watched")
    one = make_site(folder, version, mariadb if on_mariadb else None)
    config = one.service.config
    config.write_text(config.read_text().replace("= 3600", "= 5"))
    try:
        for number in range(6):  # more than what a test deletes
            one.admin.publish(f"背景 {number}", "背景文字")
        one.reindex()
        one.service.start()
        yield one
    finally:
        one.stop()


# What no hook tells


def test_a_renamed_category_is_found_by_its_new_name(watched: Site) -> None:
    said, name = word(), word()
    watched.admin.publish("分类改名", said)
    eventually(lambda: hit(watched, said)["categories"] == ["默认分类"])

    fill(watched, "category.php?mid=1", "metas-category-edit", name=name)

    eventually(lambda: hit(watched, said)["categories"] == [name])
    fill(watched, "category.php?mid=1", "metas-category-edit", name="默认分类")


def test_tags_are_renamed_merged_then_deleted(watched: Site) -> None:
    said, one, two, renamed = word(), word(), word(), word()
    watched.admin.publish("标签", said, tags=f"{one},{two}")
    eventually(lambda: set(hit(watched, said)["tags"]) == {one, two})

    mid = tag(watched, one)
    fill(watched, f"manage-tags.php?mid={mid}", "metas-tag-edit", name=renamed)
    eventually(lambda: set(hit(watched, said)["tags"]) == {renamed, two})

    press(watched, "manage-tags.php", "metas-tag-edit?do=merge", mid, merge=two)
    eventually(lambda: hit(watched, said)["tags"] == [two])

    press(watched, "manage-tags.php", "metas-tag-edit?do=delete", tag(watched, two))
    eventually(lambda: hit(watched, said)["tags"] == [])


def test_a_new_permalink_pattern_changes_every_address(watched: Site) -> None:
    said = word()
    cid = watched.admin.publish("地址", said, slug=f"slug-{said}")
    eventually(lambda: hit(watched, said)["url"].endswith(f"/archives/{cid}/"))

    fill(
        watched,
        "options-permalink.php",
        "options-permalink",
        postPattern="/archives/[slug].html",
    )

    eventually(lambda: hit(watched, said)["url"].endswith(f"/slug-{said}.html"))


def test_a_renamed_author_is_shown(watched: Site) -> None:
    said, name = word(), word()
    watched.admin.publish("作者", said)
    eventually(lambda: hit(watched, said)["author"] != "")

    fill(watched, "profile.php", "users-profile", screenName=name)

    eventually(lambda: hit(watched, said)["author"] == name)


def test_text_changed_in_the_database_is_found(watched: Site) -> None:
    before = word()
    after = before[::-1]  # of equal length, and `modified` is not touched
    cid = watched.admin.publish("直接改库", before)
    eventually(lambda: watched.service.cids(before) == [cid])

    watched.blog.sql(
        "UPDATE {}contents SET text = replace(text, ?, ?) WHERE cid = ?",
        [before, after, cid],
    )

    eventually(lambda: watched.service.cids(after) == [cid])
    assert watched.service.cids(before) == []


def test_rows_written_past_typecho_come_and_go(watched: Site) -> None:
    said = word()

    cid = watched.blog.insert_post("插件写入", said)
    eventually(lambda: watched.service.cids(said) == [cid])

    watched.blog.sql("DELETE FROM {}contents WHERE cid = ?", [cid])
    eventually(lambda: watched.service.cids(said) == [])


def test_a_nudged_post_that_vanishes_in_silence_is_gone(watched: Site) -> None:
    """Nudged and taken back between two looks: before and after look the same."""
    said = word()
    cid = watched.admin.publish("昙花", said)
    eventually(lambda: watched.service.cids(said) == [cid])

    watched.blog.sql("DELETE FROM {}contents WHERE cid = ?", [cid])

    eventually(lambda: watched.service.cids(said) == [])


def test_a_number_used_again_is_another_post(watched: Site) -> None:
    """SQLite gives the highest cid again; on MariaDB it is done by hand."""
    before, after = word(), word()
    cid = watched.blog.insert_post("旧文", before)
    eventually(lambda: watched.service.cids(before) == [cid])

    watched.blog.sql("DELETE FROM {}contents WHERE cid = ?", [cid])
    again = watched.blog.insert_post("新文", after, cid=cid)

    assert again == cid
    eventually(lambda: watched.service.cids(after) == [cid])
    assert watched.service.cids(before) == []


def test_an_imported_backup_is_what_is_found(watched: Site) -> None:
    kept, later = word(), word()
    cid = watched.admin.publish("备份里的", kept)
    eventually(lambda: watched.service.cids(kept) == [cid])
    backup = export_backup(watched)
    watched.admin.publish("备份之后", later)
    watched.admin.delete(cid)
    eventually(lambda: bool(watched.service.cids(later)))
    eventually(lambda: not watched.service.cids(kept))

    import_backup(watched, backup)

    eventually(lambda: watched.service.cids(kept) == [cid])
    eventually(lambda: watched.service.cids(later) == [])


def test_a_category_is_merged_into_another_then_deleted(watched: Site) -> None:
    said, one, two = word(), word(), word()
    mids = [new_category(watched, name) for name in (one, two)]
    watched.admin.publish("合并分类", said, **{"category[]": mids[0]})
    eventually(lambda: hit(watched, said)["categories"] == [one])

    part = "metas-category-edit?do="
    press(watched, "manage-categories.php", f"{part}merge", mids[0], merge=mids[1])
    eventually(lambda: hit(watched, said)["categories"] == [two])

    press(watched, "manage-categories.php", f"{part}delete", mids[1])
    eventually(lambda: two not in (hit(watched, said)["categories"] or ()))


def test_a_moved_site_has_new_addresses(watched: Site) -> None:
    said = word()
    watched.admin.publish("搬家", said)
    eventually(lambda: hit(watched, said)["url"].startswith(watched.blog.index))
    moved = "UPDATE {}options SET value = ? WHERE name = 'siteUrl'"

    watched.blog.sql(moved, ["https://moved.example"])
    try:
        eventually(
            lambda: hit(watched, said)["url"].startswith(
                "https://moved.example/index.php/"
            )
        )
    finally:
        watched.blog.sql(moved, [watched.blog.url])


def test_a_deleted_user_is_author_no_more(watched: Site) -> None:
    said, name = word(), word()
    uid = new_user(watched, name)
    cid = watched.admin.publish("别人写的", said)
    watched.blog.sql("UPDATE {}contents SET authorId = ? WHERE cid = ?", [uid, cid])
    eventually(lambda: hit(watched, said)["author"] == name)

    path = "manage-users.php"
    press(watched, path, "users-edit?do=delete", uid, field="uid[]")

    eventually(lambda: hit(watched, said)["author"] == "")


# Hooks, found by a nudge: the timer would take an hour


def test_a_draft_is_found_once_it_is_published(site: Site) -> None:
    said = word()
    cid = site.admin.save_draft("草稿", said)
    marker = word()
    site.admin.publish("之后", marker)
    eventually(lambda: bool(site.service.cids(marker)))
    assert site.service.cids(said) == []

    site.admin.publish("草稿", said, cid=cid)

    eventually(lambda: len(site.service.cids(said)) == 1)


@pytest.mark.parametrize("visibility", ["private", "hidden", "waiting"])
def test_a_form_that_hides_a_post_takes_it_away(site: Site, visibility: str) -> None:
    said = word()
    cid = site.admin.publish("改状态", said)
    eventually(lambda: site.service.cids(said) == [cid])

    site.admin.publish("改状态", said, cid=cid, visibility=visibility)

    eventually(lambda: site.service.cids(said) == [])


def test_a_scheduled_post_is_found_when_its_hour_comes(site: Site) -> None:
    said = word()
    due = int(time.time()) + 8

    cid = site.admin.publish("定时", said, created=due)
    assert site.service.cids(said) == []

    eventually(lambda: site.service.cids(said) == [cid])
    assert time.time() >= due
    assert time.time() < due + SOON_S


def test_a_published_post_moved_into_the_future_is_gone(site: Site) -> None:
    said = word()
    cid = site.admin.publish("推迟", said)
    eventually(lambda: site.service.cids(said) == [cid])

    site.admin.publish("推迟", said, cid=cid, created=int(time.time()) + 86400)

    eventually(lambda: site.service.cids(said) == [])


def test_a_page_by_xmlrpc_is_found(site: Site) -> None:
    said = word()
    admin, rpc = site.admin, site.admin.xmlrpc()
    content = {"title": "远程页面", "description": said, "wp_slug": said}

    cid = int(str(rpc.wp.newPage("1", admin.name, admin.password, content, True)))

    eventually(lambda: site.service.cids(said) == [cid])


def test_a_page_is_hidden_then_shown_again(site: Site) -> None:
    said = word()
    cid = site.admin.publish("页面", said, page=True)
    eventually(lambda: site.service.cids(said) == [cid])

    site.admin.mark("hidden", cid, page=True)
    eventually(lambda: site.service.cids(said) == [])

    site.admin.mark("publish", cid, page=True)
    eventually(lambda: site.service.cids(said) == [cid])


def test_a_comment_is_edited_then_answered_in_the_admin(site: Site) -> None:
    before, after, reply = word(), word(), word()
    cid = site.admin.publish("评论区", word())
    coid = approved_comment(site, cid, before)
    site.admin.publish("评论区", word(), cid=cid)  # tells of the row written above
    eventually(lambda: site.service.cids(before) == [cid])

    act_on_comment(site, coid, "edit", author="读者", mail="", url="", text=after)
    eventually(lambda: site.service.cids(after) == [cid])
    assert site.service.cids(before) == []

    act_on_comment(site, coid, "reply", text=reply)
    eventually(lambda: site.service.cids(reply) == [cid])


def test_a_contributor_cannot_publish(site: Site) -> None:
    said, name = word(), word()
    new_user(site, name, group="contributor")
    author = Admin(site.blog, name, "correct horse")

    author.publish("投稿", said)

    marker = word()
    cid = site.admin.publish("之后", marker)
    eventually(lambda: site.service.cids(marker) == [cid])
    assert site.blog.sql("SELECT count(*) FROM {}contents WHERE status = 'waiting'")
    assert site.service.cids(said) == []


def test_a_deleted_draft_leaves_the_published_post(site: Site) -> None:
    said, drafted = word(), word()
    cid = site.admin.publish("有草稿", said)
    site.admin.save_draft("有草稿", drafted, cid=cid)

    press(
        site,
        f"write-post.php?cid={cid}",
        "contents-post-edit?do=deleteDraft",
        cid,
        field="cid",
    )

    marker = word()
    other = site.admin.publish("之后", marker)
    eventually(lambda: site.service.cids(marker) == [other])
    assert site.service.cids(said) == [cid]
    assert site.service.cids(drafted) == []


def test_an_attachment_is_no_post(site: Site) -> None:
    name = word()
    about = {"name": f"{name}.png", "path": "/usr/uploads/1.png", "type": "png"}
    text = json.dumps(about)
    if site.blog.version == "1.2.1":  # which writes PHP's own format
        pairs = [text for pair in about.items() for text in pair]
        parts = "".join(f's:{len(part)}:"{part}";' for part in pairs)
        text = f"a:{len(about)}:{{{parts}}}"
    file = site.blog.insert_post(name, "", type="attachment")
    site.blog.sql("UPDATE {}contents SET text = ? WHERE cid = ?", [text, file])

    marker = word()
    cid = site.admin.publish("之后", marker)
    eventually(lambda: site.service.cids(marker) == [cid])
    assert site.service.cids(name) == []


def test_most_posts_deleted_at_once_are_gone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A sync refuses to lose most posts; but their owner deleted these."""
    one = make_site(tmp_path_factory.mktemp("small"), "1.3.0")
    try:
        said = word()
        cids = [one.admin.publish(f"小站 {n}", said) for n in range(4)]
        one.reindex()
        one.service.start()
        assert len(one.service.cids(said)) == 4

        one.admin.delete(*cids)

        eventually(lambda: one.service.cids(said) == [])
    finally:
        one.stop()


# Helpers


def word() -> str:
    """A word that stands nowhere yet."""
    digits = str.maketrans("0123456789", "ghijklmnop")
    return "zq" + uuid.uuid4().hex[:12].translate(digits)


def eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    while not true():
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.2)


def hit(site: Site, query: str) -> dict[str, Any]:
    """The only hit; an empty one while there is none."""
    answer = site.service.get("/api/search", q=query)
    assert answer.status_code == 200, answer.text
    hits = answer.json()["hits"] or [{}]
    assert len(hits) == 1
    empty = {"categories": None, "tags": (), "url": "", "author": ""}
    return {**empty, **hits[0]}


def tag(site: Site, name: str) -> int:
    query = "SELECT mid FROM {}metas WHERE type = 'tag' AND name = ?"
    return int(site.blog.sql(query, [name])[0][0])


def fill(site: Site, path: str, part: str, **values: str) -> None:
    """Fill in a form of the admin and send it."""
    page = site.admin.page(path)
    action, fields = read_form(page.text, part)
    send(site, page, action, put(fields, **values))


def new_category(site: Site, name: str) -> int:
    part = "metas-category-edit"
    fill(site, "category.php", part, name=name, slug=name, parent="0")
    query = "SELECT mid FROM {}metas WHERE type = 'category' AND name = ?"
    return int(site.blog.sql(query, [name])[0][0])


def new_user(site: Site, name: str, group: str = "editor") -> int:
    secret = "correct horse"
    fill(
        site, "user.php", "users-edit", name=name, screenName=name, group=group,
        mail=f"{name}@example.com", password=secret, confirm=secret,
    )  # fmt: skip
    query = "SELECT uid FROM {}users WHERE name = ?"
    return int(site.blog.sql(query, [name])[0][0])


def approved_comment(site: Site, cid: int, text: str) -> int:
    """A row as Typecho writes it, without any hook; its coid."""
    site.blog.sql(
        "INSERT INTO {}comments (cid, created, author, authorId, ownerId, mail, text, "
        "type, status, parent) VALUES (?, ?, '读者', 0, 1, 'r@example.com', ?, "
        "'comment', 'approved', 0)",
        [cid, int(time.time()), text],
    )
    return int(site.blog.sql("SELECT max(coid) FROM {}comments")[0][0])


def act_on_comment(site: Site, coid: int, do: str, **values: str) -> None:
    """Edit or answer in the list of comments, which does it by a script."""
    page = site.admin.page("manage-comments.php?status=all")
    links = [html.unescape(v) for v in re.findall(r'rel="([^"]+)"', page.text)]
    link = next(one for one in links if f"do={do}" in one and f"coid={coid}" in one)
    send(site, page, link, list(values.items()))


def press(
    site: Site, path: str, part: str, id: int, *, field: str = "mid[]", **values: object
) -> None:
    """Tick one line of a list and press a button, whose link is in href or rel."""
    page = site.admin.page(path)
    links = [html.unescape(v) for v in re.findall(r'(?:href|rel)="([^"]+)"', page.text)]
    link = next(link for link in links if f"/action/{part}" in link)
    more = [(name, str(value)) for name, value in values.items()]
    send(site, page, link, [(field, str(id)), *more])


def send(
    site: Site,
    page: requests.Response,
    action: str,
    fields: list[tuple[str, str]],
    **files: Any,
) -> requests.Response:
    answer = site.admin.session.post(
        urljoin(page.url, action),
        data=fields,
        headers={"Referer": page.url},
        timeout=30,
        **files,
    )
    assert answer.status_code == 200, answer.text[:300]
    return answer


def export_backup(site: Site) -> bytes:
    page = site.admin.page("backup.php")
    action, fields = read_form(page.text, "backup")
    found = send(site, page, action, put(fields, do="export")).content
    assert found.startswith(b"%TYPECHO_BACKUP_")
    return found


def import_backup(site: Site, backup: bytes) -> None:
    page = site.admin.page("backup.php")
    action, fields = read_form(page.text, "backup")
    files = {"file": ("blog.dat", backup)}
    send(site, page, action, put(fields, do="import"), files=files)
