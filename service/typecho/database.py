"""What rows does the blog's live database hold at this moment?

`DatabaseSource` reads MySQL/MariaDB, PostgreSQL and SQLite in one consistent
read-only snapshot, streaming, and asks only for the columns that a post is made of:
no password hash, mail or IP address ever leaves the database.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.sql import quoted_name

from service.settings import Settings
from service.typecho import Row, Table
from service.typecho.connect import open_snapshot, parse, place
from service.typecho.database_errors import explained
from service.typecho.database_tables import find_blog

_NARROWED = ("contents", "relationships", "comments", "fields")
OPTIONS = (
    "siteUrl",
    "rewrite",
    "routingTable",
    "timezone",
    "title",
    "commentsMarkdown",
)
"""Other options hold secrets and the settings of plugins."""
CIDS_MAX = 500
"""Most cids in one IN (...); SQLite before 3.32 takes 999 parameters."""
ROWS_AT_ONCE = 50
"""Rows fetched in one go: fifty long posts are about a megabyte."""


class DatabaseSource:
    """One blog in a live database. Implements `service.typecho.Source`.

    Sees the moment of its opening (SQLite: of its first read); open a new one for
    a newer moment, that takes a few milliseconds.
    """

    def __init__(self, settings: Settings) -> None:
        self._url = parse(settings)
        self._connection = open_snapshot(self._url, settings)
        self._stream: _Stream | None = None
        self._temporary = 0
        try:
            with explained(self._url):
                self._prefix, self._tables = find_blog(
                    self._connection, self._url, settings.table_prefix
                )
        except BaseException:
            self.close()
            raise

    def rows(self, table: Table, cids: Collection[int] | None = None) -> Iterator[Row]:
        """The rows of `table`, ordered by key where order costs nothing."""
        columns = self._tables.get(table)
        if columns is None:
            return
        name = quoted_name(self._prefix + table, quote=True)
        source = sa.table(name, *(sa.column(quoted_name(c, True)) for c in columns))
        query = sa.select(*source.c)
        if table == "options":
            query = query.where(source.c.name.in_(OPTIONS))
        if cids is None or table not in _NARROWED:
            yield from self._streamed(query, table)
            return
        wanted = iter(sorted(set(cids)))
        while chunk := list(islice(wanted, CIDS_MAX)):
            yield from self._streamed(query.where(source.c.cid.in_(chunk)), "")

    def light_rows(self) -> Iterator[tuple[int, Row]]:
        """(cid, row) of contents, comments and relationships, without texts.

        A text is represented by its MD5, which the database makes where it lies.
        """
        for table in ("contents", "comments", "relationships"):
            columns = self._tables.get(table)
            if columns is None:
                continue
            name = quoted_name(self._prefix + table, quote=True)
            source = sa.table(name, *(sa.column(quoted_name(c, True)) for c in columns))
            asked = [
                sa.func.md5(self._bytes(c)).label("text") if c.name == "text" else c
                for c in source.c
            ]
            for row in self._streamed(sa.select(*asked), ""):
                yield int(row["cid"]), row

    def _bytes(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """For SQLite, whose function of ours would stumble over bad UTF-8."""
        sqlite = self._url.drivername == "sqlite"
        return sa.cast(column, sa.LargeBinary) if sqlite else column

    def describe(self) -> str:
        return f"{place(self._url)} (tables {self._prefix}*)"

    def close(self) -> None:
        if self._stream and not self._stream.done:
            self._stream.abandon()
            self._connection.invalidate()
        with explained(self._url):
            self._connection.close()

    def _streamed(self, query: sa.SelectBase, table: str) -> Iterator[Row]:
        with explained(self._url):
            if self._stream:
                self._stream.take_rest()
            if self._url.drivername == "sqlite" and table == "contents":
                query = self._copied(query)
            self._stream = stream = _Stream(self._connection, query)
        while True:
            # Only the driver's work is within: what the reader of these rows
            # raises is his own.
            with explained(self._url):
                row = stream.next()
            if row is None:
                return
            yield row

    def _copied(self, query: sa.SelectBase) -> sa.SelectBase:
        """A private copy of the large table, then the lock is given back.

        Whoever reads a SQLite file stops whoever publishes; a reindex takes
        minutes, the copy milliseconds.
        """
        self._temporary += 1
        name = f"copy_{self._temporary}"
        text = query.compile(self._connection)
        self._connection.exec_driver_sql(f"CREATE TEMP TABLE {name} AS {text}")
        self._connection.exec_driver_sql("COMMIT")
        self._connection.exec_driver_sql("BEGIN")
        columns: list[sa.ColumnClause[object]] = [
            sa.column(quoted_name(c.name, True)) for c in query.selected_columns
        ]
        return sa.select(*columns).select_from(sa.table(name, schema="temp"))


class _Stream:
    """One running query; MySQL allows one at a time on a connection."""

    def __init__(self, connection: sa.Connection, query: sa.SelectBase) -> None:
        self._result = connection.execution_options(
            stream_results=True, max_row_buffer=ROWS_AT_ONCE
        ).execute(cast(sa.Executable, query))
        self._names = list(self._result.keys())
        self._rest: deque[sa.Row[Any]] = deque()
        self.done = False

    def next(self) -> Row | None:
        if self._rest:
            return dict(zip(self._names, self._rest.popleft(), strict=True))
        if self.done:
            return None
        row = self._result.fetchone()
        if row is None:
            self.done = True
            return None
        return dict(zip(self._names, row, strict=True))

    def abandon(self) -> None:
        """Forget the query: ending it politely means to read all of its rows.

        PyMySQL would do that even when the cursor is collected as garbage.
        """
        self.done = True
        running: Any = getattr(self._result.cursor, "_result", None)
        if hasattr(running, "unbuffered_active"):
            running.unbuffered_active = False

    def take_rest(self) -> None:
        """Read on into memory, because the connection is wanted for another query."""
        if not self.done:
            self._rest.extend(self._result.fetchall())
            self.done = True
