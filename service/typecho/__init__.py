"""Where are posts read from?

The seam between a blog and the indexer: a `Source` yields rows of Typecho's own
tables, whatever they come from. `rows.read_posts` alone joins, filters and
converts them. Nothing here writes to a blog.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Literal, Protocol

Table = Literal[
    "contents", "metas", "relationships", "users", "comments", "fields", "options"
]
TABLES: tuple[Table, ...] = (
    "contents",
    "metas",
    "relationships",
    "users",
    "comments",
    "fields",
    "options",
)

Row = dict[str, Any]
"""Column name of Typecho's schema -> str, int, float, bytes or None.

Dumps give numbers as str or int; `rows.py` converts, nobody else."""


class Source(Protocol):
    """A read-only view of one blog's tables at one moment."""

    def rows(self, table: Table, cids: Collection[int] | None = None) -> Iterator[Row]:
        """The rows of `table`, in any order.

        `cids` narrows contents, relationships, comments and fields to these
        posts; the other tables ignore it. A missing table yields nothing, except
        contents, whose absence is `SourceInvalid`.
        """
        ...

    def describe(self) -> str:
        """One line for people and logs; never holds a password."""
        ...

    def close(self) -> None: ...
