"""Which approved comments stand under a post?

Comments may be far more than memory holds and come in any order, so they are
grouped in a private temporary SQLite file, which SQLite itself keeps in memory
while it is small and removes with the connection (sqlite.org/inmemorydb.html,
"Temporary databases").
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeAlias

from service.model import Comment
from service.text.markup import to_text
from service.typecho import Row, Source
from service.typecho.cells import number, text

_Stored: TypeAlias = tuple[int, int, int, str, str]
BATCH = 1000


class Comments:
    """The approved comments of one blog, by post, the oldest first."""

    def __init__(
        self, source: Source, markdown: bool, cids: Collection[int] | None = None
    ) -> None:
        self._markdown = markdown
        # One writer, one reader, and they may be different threads.
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE comments (cid INTEGER, created INTEGER, coid INTEGER, "
            "author TEXT, text TEXT, PRIMARY KEY (cid, created, coid)) WITHOUT ROWID"
        )
        rows = _approved(source.rows("comments", cids))
        while batch := list(islice(rows, BATCH)):
            # IGNORE: a backup taken while people comment may hold a row twice.
            self._database.executemany(
                "INSERT OR IGNORE INTO comments VALUES (?, ?, ?, ?, ?)", batch
            )

    def of(self, cid: int) -> tuple[Comment, ...]:
        found = self._database.execute(
            "SELECT coid, author, text, created FROM comments WHERE cid = ? "
            "ORDER BY created, coid",
            (cid,),
        )
        return tuple(
            Comment(coid, author, to_text(source, self._markdown)[0], created)
            for coid, author, source, created in found
        )

    def close(self) -> None:
        self._database.close()


def _approved(rows: Iterator[Row]) -> Iterator[_Stored]:
    """Pingbacks and trackbacks are other people's pages, not comments."""
    for row in rows:
        kind = text(row.get("type")) or "comment"
        if text(row.get("status")) != "approved" or kind != "comment":
            continue
        yield (
            _signed(number(row.get("cid"))),
            _signed(number(row.get("created"))),
            _signed(number(row.get("coid"))),
            _storable(text(row.get("author"))),
            _storable(text(row.get("text"))),
        )


def _signed(value: int) -> int:
    """SQLite's integers have 64 bits; a damaged row must not stop the rest."""
    return max(min(value, 2**63 - 1), -(2**63))


def _storable(value: str) -> str:
    """Half a surrogate pair, from a damaged dump, cannot be written as UTF-8."""
    return value.encode("utf-8", "replace").decode("utf-8")
