"""Which tables of this database are the blog, and what may we read of them?

Old and small Typecho versions lack tables and columns, accounts may be limited to
some columns: what is not there is not asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import URL

from service.errors import SourceAmbiguous, SourceError, SourceInvalid, SourceRefused
from service.typecho import TABLES, Table
from service.typecho.columns import COLUMNS
from service.typecho.database_errors import grant

_NEEDED: dict[Table, tuple[str, ...]] = {
    "contents": ("cid", "title", "text", "type", "status", "created", "password"),
    "metas": ("mid", "name", "type"),
    "relationships": ("cid", "mid"),
    "comments": ("cid", "text", "status"),
    "users": ("uid",),
    "options": ("name", "value"),
}
_SHOWN_MAX = 8
_LISTINGS = {
    "mysql": "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = DATABASE()",
    "postgresql": "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = ANY (current_schemas(false))",
    "sqlite": "SELECT m.name, c.name FROM sqlite_master AS m, "
    "pragma_table_info(m.name) AS c WHERE m.type IN ('table', 'view')",
}

Columns = dict[Table, tuple[str, ...]]


def find_blog(connection: sa.Connection, url: URL, prefix: str) -> tuple[str, Columns]:
    """The prefix and, for each table that is there, the columns to ask for.

    Without a given prefix there must be exactly one blog.
    """
    found = _listing(connection)
    prefixes = [
        name[: -len("contents")]
        for name in sorted(found)
        if name.endswith("contents")
        and {"cid", "type", "status"} <= found[name]
        and name[: -len("contents")] + "metas" in found
    ]
    if prefix:
        prefixes = [p for p in prefixes if p.lower() == prefix.lower()]
    if not prefixes:
        raise _no_blog(url, found, prefix)
    if len(prefixes) > 1:
        raise SourceAmbiguous(
            f"several blogs in {url.database}: {_some(prefixes)}",
            f"set table_prefix to one of them, for example {prefixes[0]!r}",
        )
    chosen = prefixes[0]
    columns = {
        table: tuple(c for c in COLUMNS[table] if c in found[chosen + table])
        for table in TABLES
        if chosen + table in found
    }
    _check(url, chosen, columns)
    return chosen, columns


def _listing(connection: sa.Connection) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, column in connection.exec_driver_sql(_LISTINGS[connection.dialect.name]):
        found[str(name)].add(str(column))
    return dict(found)


def _check(url: URL, prefix: str, columns: Columns) -> None:
    """What every Typecho has but we do not see has been withheld from us."""
    for table, needed in _NEEDED.items():
        missing = [c for c in needed if c not in columns.get(table, ())]
        if not missing:
            continue
        raise SourceRefused(
            f"the database account may not read {prefix}{table} ({_some(missing)})",
            grant(url),
        )


def _no_blog(url: URL, found: Iterable[str], prefix: str) -> SourceError:
    names = sorted(found)
    if not names:
        return SourceInvalid(
            f"no tables to be seen in {url.database}",
            "check the database name; the account needs: " + grant(url),
        )
    wanted = f"with prefix {prefix!r} " if prefix else ""
    return SourceInvalid(
        f"no Typecho tables {wanted}in {url.database}; there are: {_some(names)}",
        "check the database name and table_prefix",
    )


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN_MAX
    shown = ", ".join(names[:_SHOWN_MAX])
    return f"{shown} and {more} more" if more > 0 else shown
