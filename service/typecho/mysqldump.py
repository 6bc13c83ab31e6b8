"""What rows does a dump of a blog hold?

`DumpSource` reads the file once, from end to end, when it is opened: only then is it
known that the dump is whole and which blog it holds, and a half-written dump must give
no row at all. The rows of Typecho's tables go to an anonymous spool file on the way, so
that each table can then be read as often as the indexer likes, in constant memory, and
a compressed dump is unpacked once and not seven times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from service.errors import SourceAmbiguous, SourceIncomplete, SourceInvalid
from service.typecho import TABLES, Row, Table
from service.typecho.dump_reader import DumpReader, Key
from service.typecho.dump_tables import Spool, Stored
from service.typecho.dumpfile import open_file, unpack

_NARROWED = ("contents", "relationships", "comments", "fields")
_SHOWN_MAX = 8


class DumpSource:
    """One blog in a dump. Implements `service.typecho.Source`.

    `file` is a path, or an open binary file, which is then ours to close. `work_dir`
    holds the spool, about as large as the unpacked dump; None is the system's
    temporary folder. `label` is what people are told instead of the file's name.
    """

    def __init__(
        self,
        file: Path | BinaryIO,
        table_prefix: str = "",
        work_dir: Path | None = None,
        *,
        label: str = "",
    ) -> None:
        self._label = label or (file.name if isinstance(file, Path) else "dump")
        self._spool = Spool(work_dir)
        try:
            stream = open_file(file) if isinstance(file, Path) else file
            with stream:
                reader = DumpReader(
                    unpack(stream, self._label), self._spool, table_prefix
                )
                self._run(reader)
            self._tool = reader.ending.tool
            self._prefix, self._tables = _choose(reader, self._label, table_prefix)
        except BaseException:
            self._spool.close()
            raise

    @property
    def table_prefix(self) -> str:
        return self._prefix

    def rows(self, table: Table, cids: Collection[int] | None = None) -> Iterator[Row]:
        """The rows of `table` in the order of the dump; see `Source.rows`."""
        stored = self._tables.get(table)
        if stored is None:
            return
        wanted = set(cids) if cids is not None and table in _NARROWED else None
        for columns, rows in self._spool.rows(stored):
            at = columns.index("cid") if wanted is not None else 0
            for values in rows:
                if wanted is not None and _number(values[at]) not in wanted:
                    continue
                row = dict(zip(columns, values, strict=True))
                if ... in values:
                    row = {name: value for name, value in row.items() if value != ...}
                yield row

    def _run(self, reader: DumpReader) -> None:
        try:
            reader.run()
        except (SourceIncomplete, SourceInvalid) as error:
            # The reader knows lines and bytes, not of which file.
            if not error.message.startswith(self._label):
                error.message = f"{self._label}: {error.message}"
                error.args = (error.message,)
            raise

    def describe(self) -> str:
        tool = f"{self._tool} file" if self._tool else "SQL dump"
        return f"{tool} {self._label} (tables {self._prefix}*)"

    def close(self) -> None:
        self._spool.close()


def _number(value: object) -> int | None:
    """A cid as the dump gives it, quoted or not."""
    try:
        return int(value) if isinstance(value, (int, str)) else None
    except ValueError:
        return None


def _choose(
    reader: DumpReader, label: str, prefix: str
) -> tuple[str, dict[Table, Stored]]:
    """The prefix and the tables of the one blog that is meant."""
    blogs: dict[Key, dict[Table, Stored]] = {}
    for (database, name), stored in reader.tables.items():
        for table in TABLES:
            if name.lower().endswith(table):
                key = (database, name[: -len(table)])
                blogs.setdefault(key, {})[table] = stored
    found = {key: tables for key, tables in blogs.items() if "contents" in tables}
    _check_names(reader, label, list(found))
    # A copy of the one table, kept aside by somebody, is no second blog.
    whole = [key for key in found if {"metas", "relationships"} <= set(found[key])]
    candidates = whole or list(found)
    if not candidates:
        raise _no_blog(reader, label, prefix)
    if len(candidates) > 1:
        raise _ambiguous(candidates, label)
    if not reader.inserts:
        raise SourceInvalid(
            f"{label} defines tables but holds no rows",
            "make the dump without --no-data and without --tab",
        )
    return candidates[0][1], found[candidates[0]]


def _check_names(reader: DumpReader, label: str, found: list[Key]) -> None:
    """Rows without names of columns are an error if they may be the blog's."""
    for (database, name), line in reader.unnamed.items():
        prefix = next(
            name[: -len(table)] for table in TABLES if name.lower().endswith(table)
        )
        if not found or (database, prefix) in found:
            raise SourceInvalid(
                f"nothing names the columns of {name} in {label} (line {line})",
                "make the dump without --no-create-info, or with --complete-insert",
            )


def _ambiguous(candidates: list[Key], label: str) -> SourceAmbiguous:
    prefixes = sorted({prefix for _, prefix in candidates})
    if len(prefixes) > 1:
        return SourceAmbiguous(
            f"{len(candidates)} blogs in {label}: {', '.join(prefixes)}",
            f"set table_prefix to one of them, for example: {prefixes[0]}",
        )
    databases = ", ".join(sorted(database for database, _ in candidates))
    return SourceAmbiguous(
        f"{label} holds {prefixes[0]}contents of several databases: {databases}",
        "dump the one database that is meant into a file of its own",
    )


def _no_blog(reader: DumpReader, label: str, prefix: str) -> SourceInvalid:
    if not reader.seen and not reader.inserts:
        return SourceInvalid(
            f"{label} holds no tables", "give a dump made by mysqldump"
        )
    names = sorted(reader.seen)
    shown = ", ".join(names[:_SHOWN_MAX])
    if len(names) > _SHOWN_MAX:
        shown += f" and {len(names) - _SHOWN_MAX} more"
    if prefix:
        return SourceInvalid(
            f"no table {prefix}contents of Typecho in {label}, only {shown}",
            "correct table_prefix, or leave it empty to find the blog",
        )
    return SourceInvalid(
        f"no Typecho blog in {label}: it holds {shown}",
        "give a dump of the blog's database with the table contents",
    )
