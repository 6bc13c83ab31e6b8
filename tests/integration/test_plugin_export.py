"""Can the service read the blog over HTTP, and nobody else, and nothing private?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from service import signing
from service.settings import Settings
from service.typecho.opening import open_source
from service.typecho.rows import read_posts
from tests.support.site import EXPORT_PATH, Site

pytestmark = pytest.mark.typecho

FORBIDDEN = {"mail", "ip", "agent", "authCode", "url", "group", "activated"}


def rows(
    site: Site, table: str, more: str = "", limit: int = 7
) -> list[dict[str, Any]]:
    """All rows of a table, page after page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = site.export(f"do=rows&table={table}&after={after}&limit={limit}{more}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["rows"]
        if page["next"] is None:
            return found
        after = page["next"]


def listed(site: Site, limit: int = 500) -> dict[int, str]:
    found: dict[int, str] = {}
    after: int | None = 0
    while after is not None:
        page = site.export(f"do=list&after={after}&limit={limit}").json()
        found.update(dict(page["posts"]))
        after = page["next"]
    return found


@pytest.fixture
def public(site: Site) -> list[int]:
    return [
        cid
        for (cid,) in site.blog.sql(
            "SELECT cid FROM {}contents WHERE type IN ('post', 'page') AND "
            "status = 'publish' AND (password IS NULL OR password = '') "
            "AND created <= ? ORDER BY cid",
            [int(time.time())],
        )
    ]


def test_hello_tells_who_is_there(site: Site, public: list[int]) -> None:
    said = site.export("do=hello").json()

    assert said["typecho"] == site.blog.version
    assert said["driver"] == ("mysql" if site.blog.mariadb else "sqlite")
    assert said["prefix"] == "typecho_"
    assert abs(said["time"] - time.time()) < 5
    assert said["counts"] == {"contents": len(public)}


def test_contents_are_the_public_posts_and_pages(site: Site, public: list[int]) -> None:
    found = rows(site, "contents")

    assert [row["cid"] for row in found] == public
    by_cid = {row["cid"]: row for row in found}
    stored = site.blog.sql("SELECT cid, title, text, created FROM {}contents")
    for cid, title, text, created in stored:
        if cid in by_cid:
            row = by_cid[cid]
            assert (row["title"], row["text"], row["created"]) == (title, text, created)


def test_page_size_makes_no_difference(site: Site) -> None:
    for table in ("contents", "relationships", "options"):
        assert rows(site, table, limit=4) == rows(site, table, limit=1000)


def test_cids_narrow_the_rows(site: Site) -> None:
    cid = site.facts["quoted"]
    hidden = site.facts["private"]

    found = rows(site, "contents", more=f"&cids={cid},{hidden}")

    assert [row["cid"] for row in found] == [cid]
    assert rows(site, "relationships", more=f"&cids={hidden}") == []
    assert rows(site, "contents", more="&cids=") == []


def test_no_column_tells_a_secret(site: Site) -> None:
    for table in (
        "contents", "metas", "relationships", "users", "comments", "fields", "options",
    ):  # fmt: skip
        found = rows(site, table, limit=1000)
        names = {name for row in found for name in row}
        assert not names & FORBIDDEN, table
    assert {name for row in rows(site, "users") for name in row} == {
        "uid", "name", "screenName",
    }  # fmt: skip
    assert not any(row["password"] for row in rows(site, "contents"))


def test_login_names_are_told_only_where_no_other_name_is_set(restored: Site) -> None:
    def login_names() -> dict[int, str]:
        return {int(row["uid"]): row["name"] for row in rows(restored, "users")}

    assert set(login_names().values()) == {""}

    restored.blog.sql("UPDATE {}users SET screenName = '' WHERE uid = 1")

    named = {uid: name for uid, name in login_names().items() if name}
    assert named == {1: "admin"}


def test_options_are_only_what_addresses_and_texts_need(site: Site) -> None:
    names = {row["name"] for row in rows(site, "options")}

    assert names == {
        "siteUrl", "rewrite", "routingTable", "timezone", "title", "charset",
        "commentsMarkdown",
    }  # fmt: skip


def test_list_names_every_public_post_once(site: Site, public: list[int]) -> None:
    assert sorted(listed(site)) == public
    assert listed(site, limit=3) == listed(site)


@pytest.fixture
def restored(site: Site) -> Iterator[Site]:
    yield site
    site.blog.sql("UPDATE {}metas SET name = ? WHERE mid = 1", ["默认分类"])
    site.blog.sql("UPDATE {}users SET screenName = 'admin' WHERE uid = 1")
    site.blog.sql(
        "UPDATE {}options SET value = ? WHERE name = 'siteUrl'", [site.blog.url]
    )


CHANGES = {
    "text": "UPDATE {}contents SET text = 'other' WHERE cid = 1",
    "category name": "UPDATE {}metas SET name = 'renamed' WHERE mid = 1",
    "author name": "UPDATE {}users SET screenName = 'renamed' WHERE uid = 1",
    "comment": "UPDATE {}comments SET text = 'other' WHERE coid = 1",
    "site address": "UPDATE {}options SET value = 'http://x' WHERE name = 'siteUrl'",
}


@pytest.mark.parametrize("what", CHANGES)
def test_list_hash_follows_what_is_searched(restored: Site, what: str) -> None:
    before = listed(restored)

    restored.blog.sql(CHANGES[what])

    after = listed(restored)
    assert before[1] != after[1]


def test_list_hash_follows_the_address_of_a_parent_page(site: Site) -> None:
    cid = site.facts["page"]
    child = site.blog.insert_post("下级页面", "zqchild", type="page", parent=cid)
    before = listed(site)

    site.blog.sql("UPDATE {}contents SET slug = 'moved' WHERE cid = ?", [cid])

    assert listed(site)[child] != before[child]
    site.blog.sql("DELETE FROM {}contents WHERE cid = ?", [child])


def test_posts_read_over_http_equal_those_read_from_the_database(site: Site) -> None:
    now = int(time.time())

    by_way = {}
    for way in (site.blog.source, f"export+{site.blog.index}"):
        settings = Settings(source=way, api_key=SecretStr(site.key))
        source = open_source(settings)
        try:
            by_way[way] = {p.cid: p for p in read_posts(source, settings, now)}
        finally:
            source.close()

    live, exported = by_way.values()
    assert len(live) > 10
    assert exported == live


def test_list_hash_stays_when_nothing_that_is_searched_changes(site: Site) -> None:
    before = listed(site)

    site.blog.sql("UPDATE {}contents SET modified = modified + 1, commentsNum = 7")

    assert listed(site) == before


def test_a_page_ends_early_when_posts_are_long(site: Site) -> None:
    cids = [site.blog.insert_post(f"大 {n}", "长文章。" * 24000) for n in range(30)]
    try:
        answer = site.export("do=rows&table=contents&after=0&limit=1000")
        page = answer.json()
        assert len(answer.content) < 5_000_000
        assert page["next"] is not None
        found = [row["cid"] for row in rows(site, "contents", limit=1000)]
        assert set(cids) <= set(found)
        assert len(found) == len(set(found))
    finally:
        marks = ",".join("?" * len(cids))
        site.blog.sql(f"DELETE FROM {{}}contents WHERE cid IN ({marks})", cids)


def refusal(answer: requests.Response) -> str:
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert error["code"] == "unauthorized"
    assert error["hint"]
    return str(error["message"])


def test_unsigned_request_is_refused(site: Site) -> None:
    assert "missing" in refusal(site.export("do=hello", signed={}))


def test_wrong_key_is_refused(site: Site) -> None:
    forged = signing.headers("x" * 32, "GET", EXPORT_PATH, "do=hello")

    assert "signature wrong" in refusal(site.export("do=hello", signed=forged))


def test_signature_of_another_query_is_refused(site: Site) -> None:
    other = signing.headers(site.key, "GET", EXPORT_PATH, "do=hello")

    assert "signature wrong" in refusal(site.export("do=list", signed=other))


@pytest.mark.parametrize("skew", [-301, 320])
def test_clock_that_differs_is_refused_with_both_times(site: Site, skew: int) -> None:
    then = int(time.time()) + skew
    late = signing.headers(site.key, "GET", EXPORT_PATH, "do=hello", time=then)

    message = refusal(site.export("do=hello", signed=late))

    assert "clock" in message
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(then)) in message


def test_replayed_request_is_refused(site: Site) -> None:
    headers = signing.headers(site.key, "GET", EXPORT_PATH, "do=hello")
    assert site.export("do=hello", signed=headers).status_code == 200

    assert "replayed" in refusal(site.export("do=hello", signed=headers))


@pytest.mark.parametrize(
    "query",
    ["do=", "do=drop", "do=rows&table=users;", "do=rows&table=contents&after=x",
     "do=rows&table=contents&cids=1,x", "do=list&after=-1", "do%5B%5D=list",
     "do=rows&table%5B%5D=x", "do=list&limit=99999999999"],
)  # fmt: skip
def test_questions_without_meaning_are_refused_politely(site: Site, query: str) -> None:
    answer = site.export(query)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "request_invalid"


def test_answers_are_pure_json_even_when_php_prints_notices(site: Site) -> None:
    file = site.blog.root / "usr" / "themes" / "noise.php"
    config = site.blog.root / "config.inc.php"
    original = config.read_text("utf-8")
    config.write_text(original + "\nini_set('display_errors', '1');\necho $nowhere;\n")
    try:
        time.sleep(2.5)  # OPcache looks at a file every two seconds
        answer = site.export("do=hello")
        assert answer.json()["typecho"] == site.blog.version
    finally:
        config.write_text(original)
        file.unlink(missing_ok=True)
        time.sleep(2.5)
        forget_noise(site)


def forget_noise(site: Site) -> None:
    """The notice was this test's own; the log is judged at the end of the run."""
    kept = [line for line in site.blog.php_errors() if "$nowhere" not in line]
    site.blog.error_log.write_text("".join(f"{line}\n" for line in kept))
