"""What does a visitor of the blog wait for: search, category page, Typecho's own?

Two real Typecho 1.3.0 by PHP's own server on one MariaDB, one with the plugin and the
service beside it, one as it comes. The address is the one that a search ends at.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import pytest
import requests

from benchmarks.blog import fill
from benchmarks.report import ms, table
from benchmarks.room import Room
from benchmarks.rows import Goal, Section
from benchmarks.timing import Call, interleaved
from tests.support.typecho import Blog, Version
from tests.support.typecho_admin import Admin

VERSION: Version = "1.3.0"
WHAT = f"the blog's search page, Typecho {VERSION} on MariaDB, median"
KINDS = ("rare word", "common word")
CATEGORY_MOST, OWN_LEAST = 1.3, 3.0
QUERIES, BUDGET_S = 20, 40.0
CATEGORY = "category page"


def measure(room: Room) -> Section:
    try:
        return _measure(room)
    except pytest.skip.Exception as problem:  # no PHP, no Typecho
        return Section(goals=[Goal(WHAT, "compared", str(problem), None)])


def _measure(room: Room) -> Section:
    ours, plain = _blog(room, "with"), _blog(room, "without")
    admin = Admin(ours)
    admin.activate()
    key = str(json.loads(ours.option("searchBridge"))["key"])
    service = room.new_service("blog-service", ours.source, key)
    # patient: a fallback to Typecho's own search would be measured as ours
    admin.configure(url=service.url, connectMs="2000", totalMs="5000")
    room.reindex(service)
    room.start(service)
    slug = ours.sql("SELECT slug FROM {}metas WHERE type = ?", ["category"])[0][0]
    pages = f"{ours.index}/category/{slug}/"
    asked: dict[str, list[Call]] = {
        CATEGORY: _visits([pages if n < 1 else f"{pages}{n + 1}/" for n in range(3)])
    }
    for kind in KINDS:
        queries = room.queries[kind][:QUERIES]
        asked[f"{kind}, with the plugin"] = _visits(_landed(ours, queries))
        asked[f"{kind}, Typecho's own"] = _visits(_landed(plain, queries))
    samples = interleaved(asked, min(room.rounds, 3), BUDGET_S)
    base = samples[CATEGORY].median()
    with_ = {kind: samples[f"{kind}, with the plugin"].median() for kind in KINDS}
    own = {kind: samples[f"{kind}, Typecho's own"].median() for kind in KINDS}
    slowest = max(with_.values())
    gain = min(own[kind] / with_[kind] for kind in KINDS)
    rows = [
        [n, *map(ms, (s.median(), s.p95(), *s.spread()))] for n, s in samples.items()
    ]
    return Section(
        goals=[
            Goal(
                WHAT,
                f"at most {CATEGORY_MOST}x a category page",
                f"{slowest / base:.2f}x ({ms(slowest)} : {ms(base)} ms)",
                slowest <= CATEGORY_MOST * base,
            ),
            Goal(
                f"{WHAT}, against Typecho's own search",
                f"at least {OWN_LEAST:g}x faster",
                f"{gain:.1f}x for the kind with the smaller gain",
                gain >= OWN_LEAST,
            ),
        ],
        tables=[table(["page, ms", "p50", "p95", "lowest p50", "highest p50"], rows)],
    )


def _blog(room: Room, name: str) -> Blog:
    """An installed and running blog that holds the posts."""
    folder = room.folder / f"blog-{name}"
    folder.mkdir()
    server = room.blog.server
    blog = Blog(folder, VERSION, server).install()
    for rows in ("contents", "metas", "relationships", "comments"):
        blog.sql(f"DELETE FROM {{}}{rows}")
    fill(server, blog.database, room.docs)
    blog.start()
    room.open.callback(blog.stop)
    room.say(f"Typecho {name} the plugin is ready")
    return blog


def _landed(blog: Blog, queries: Sequence[str]) -> list[str]:
    """Where a visitor who types these queries ends up."""
    return [blog.search(query).url for query in queries]


def _visits(urls: Sequence[str]) -> list[Call]:
    session = requests.Session()
    return [partial(_visit, session, url) for url in urls]


def _visit(session: requests.Session, url: str) -> None:
    answer = session.get(url, timeout=30)
    if answer.status_code != 200:
        raise RuntimeError(f"{url}: {answer.status_code}")
