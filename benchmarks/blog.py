"""How do measured posts become a Typecho blog on MariaDB?

Tables as Typecho 1.3 creates them (install/Mysql.sql). The server is a private one
on 127.0.0.1; its buffer pool holds the whole table, which is the best case for LIKE.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.data import Doc
from tests.support.mariadb import MariaDB

BUFFER_POOL = 1024 * 1024 * 1024
SCHEMA = Path(__file__).with_name("typecho.sql")
ROUTES = {
    "post": {"url": "/archives/[cid:digital]/", "widget": "Widget_Archive"},
    "page": {"url": "/[slug].html", "widget": "Widget_Archive"},
}
OPTIONS = {
    "siteUrl": "http://127.0.0.1",
    "title": "Measured blog",
    "timezone": "28800",
    "charset": "UTF-8",
    "rewrite": "0",
    "routingTable": json.dumps(ROUTES),
}


@contextmanager
def private_mariadb(folder: Path) -> Iterator[MariaDB]:
    """A running server with an empty data folder below `folder`."""
    server = MariaDB(folder)
    server.install()
    server.start()
    try:
        server.execute(f"SET GLOBAL innodb_buffer_pool_size = {BUFFER_POOL}")
        yield server
    finally:
        server.stop()


def create_blog(server: MariaDB, name: str, docs: Iterable[Doc]) -> None:
    """A database of that name with one public post per document."""
    server.create_database(name)
    with server.connect(name) as connection, connection.cursor() as cursor:
        for statement in SCHEMA.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                cursor.execute(statement)
        cursor.execute("INSERT INTO typecho_users (uid, name) VALUES (1, 'author')")
        cursor.executemany(
            "INSERT INTO typecho_options (name, user, value) VALUES (%s, 0, %s)",
            list(OPTIONS.items()),
        )
    fill(server, name, docs)


def fill(server: MariaDB, name: str, docs: Iterable[Doc]) -> None:
    """Write the posts into a blog's tables, which hold no post yet."""
    with server.connect(name) as connection, connection.cursor() as cursor:
        mids: dict[tuple[str, str], int] = {}
        batch: list[Doc] = []
        for doc in docs:
            batch.append(doc)
            if len(batch) == 200:
                _insert(cursor, batch, mids)
                batch = []
        _insert(cursor, batch, mids)
        cursor.executemany(
            "INSERT INTO typecho_metas (mid, name, slug, type) VALUES (%s, %s, %s, %s)",
            [(mid, name, f"meta-{mid}", kind) for (kind, name), mid in mids.items()],
        )


def _insert(cursor: Any, docs: Sequence[Doc], mids: dict[tuple[str, str], int]) -> None:
    if not docs:
        return
    cursor.executemany(
        "INSERT INTO typecho_contents (cid, title, slug, created, modified, text, "
        "authorId, type, status) VALUES (%s, %s, %s, %s, %s, %s, 1, 'post', 'publish')",
        [
            (d.cid, d.title[:150], str(d.cid), d.created, d.created, _markdown(d))
            for d in docs
        ],
    )
    links = []
    for doc in docs:
        metas = [("category", name) for name in doc.categories]
        metas += [("tag", name) for name in doc.tags]
        for meta in dict.fromkeys(metas):
            links.append((doc.cid, mids.setdefault(meta, len(mids) + 1)))
    if links:
        cursor.executemany(
            "INSERT INTO typecho_relationships (cid, mid) VALUES (%s, %s)", links
        )


def _markdown(doc: Doc) -> str:
    return "<!--markdown-->" + doc.text
