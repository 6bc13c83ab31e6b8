"""Small dumps for tests: a table of Typecho's in a few words, read back as rows."""

from __future__ import annotations

import io
from typing import Any

from service.typecho import Table
from service.typecho.mysqldump import DumpSource

POSTS = b"CREATE TABLE `typecho_contents` (`cid` int, `title` text, `text` text);\n"


def read(
    dump: bytes | str, table: Table = "contents", prefix: str = ""
) -> list[dict[str, Any]]:
    """The rows of one table of a dump."""
    data = dump.encode() if isinstance(dump, str) else dump
    source = DumpSource(io.BytesIO(data), prefix)
    try:
        return list(source.rows(table))
    finally:
        source.close()


def read_post(values: bytes | str, before: bytes | str = b"") -> list[Any]:
    """The values of the one row whose literals are given."""
    literals = values.encode() if isinstance(values, str) else values
    head = before.encode() if isinstance(before, str) else before
    insert = b"INSERT INTO `typecho_contents` VALUES (" + literals + b");\n"
    (row,) = read(head + POSTS + insert)
    return [row["cid"], row["title"], row["text"]]
