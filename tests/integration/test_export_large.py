"""Does the export of a large blog stay within the limits of shared hosting?

10,000 posts through the real plugin, with PHP's own defaults: 128 MB and 30 seconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from service.settings import Settings
from service.typecho.export import ExportSource
from tests.support.mariadb import MariaDB
from tests.support.typecho import Blog, Version
from tests.support.typecho_admin import Admin

pytestmark = pytest.mark.typecho

POSTS = 10_000
LONG = "今天的观测记录写在这里，云层散开以后可以看到木星和它的卫星。" * 60
HUGE_CID, HUGE = 5000, 3_000_000
"""One post of 9 MB: a novel, or a log that somebody pasted."""
BLOGS: dict[str, tuple[Version, bool]] = {
    "1.2.1 SQLite": ("1.2.1", False),
    "1.3.0 MariaDB": ("1.3.0", True),
}


@pytest.fixture(scope="module", params=BLOGS)
def blog(
    request: pytest.FixtureRequest,
    mariadb: MariaDB,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Blog]:
    version, on_mariadb = BLOGS[request.param]
    folder = tmp_path_factory.mktemp("large")
    made = Blog(folder, version, mariadb if on_mariadb else None)
    made.install().start(memory_limit="128M", max_execution_time="30")
    Admin(made).activate()
    fill(made)
    yield made
    made.stop()


def fill(blog: Blog) -> None:
    for table in ("contents", "relationships", "comments", "fields"):
        blog.sql(f"DELETE FROM {{}}{table}")
    blog.insert_rows(
        "contents",
        ("cid", "title", "slug", "created", "modified", "text", "authorId", "type",
         "status", "commentsNum", "allowFeed", "parent"),
        [
            (cid, f"文章 {cid}", f"p{cid}", 1_500_000_000 + cid, 1_500_000_000,
             f"<!--markdown-->{LONG} zq{cid}", 1, "post", "publish", 3, "1", 0)
            for cid in range(1, POSTS + 1)
        ],
    )  # fmt: skip
    blog.sql("UPDATE {}contents SET text = ? WHERE cid = ?", ["长" * HUGE, HUGE_CID])
    blog.insert_rows(
        "relationships", ("cid", "mid"), [(cid, 1) for cid in range(1, POSTS + 1)]
    )
    blog.insert_rows(
        "comments",
        ("cid", "created", "author", "mail", "ip", "text", "type", "status"),
        [
            (cid, 1_500_000_000, "读者", "secret@mail.example", "192.0.2.7",
             "写得好！" * 20, "comment", "approved")
            for cid in range(1, POSTS + 1)
            for _ in range(3)
        ],
    )  # fmt: skip


def source(blog: Blog) -> ExportSource:
    key = json.loads(blog.option("searchBridge"))["key"]
    return ExportSource(Settings(source=f"export+{blog.url}", api_key=key))


def test_every_post_comes_over(blog: Blog) -> None:
    with closing(source(blog)) as export:
        contents = {row["cid"]: row["text"] for row in export.rows("contents")}
        comments = sum(1 for _ in export.rows("comments"))
        relationships = sum(1 for _ in export.rows("relationships"))

    assert len(contents) == POSTS
    assert contents[POSTS].endswith(f"zq{POSTS}")
    assert len(contents[HUGE_CID]) == HUGE
    assert (comments, relationships) == (3 * POSTS, POSTS)


def test_list_shows_what_changed_in_pages_far_from_the_limit(blog: Blog) -> None:
    slowest = 0.0
    with closing(source(blog)) as export:
        once = export._once

        def timed(query: str) -> dict[str, object]:
            nonlocal slowest
            started = time.monotonic()
            answer = once(query)
            slowest = max(slowest, time.monotonic() - started)
            return answer

        export._once = timed  # type: ignore[method-assign]
        before = export.listing()
        blog.sql("UPDATE {}contents SET text = 'other' WHERE cid = 77")
        after = export.listing()

    changed = {cid for cid in after if before[cid] != after[cid]}
    assert len(before) == POSTS
    assert changed == {77}
    assert slowest < 20


def test_php_never_met_a_limit(blog: Blog) -> None:
    errors = [line for line in blog.php_errors() if "SearchBridge" in line]

    assert not [line for line in errors if "Fatal" in line or "exhausted" in line]
    assert not [line for line in blog.php_errors() if "exhausted" in line]
