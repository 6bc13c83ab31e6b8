"""Where are the rows of a dump kept, so that each table can be read again?

In an anonymous temporary file, in blocks of rows, so that memory does not grow with
the dump. The file has no name: it vanishes with the process, however that ends, and
nobody else can open it (it holds drafts and password hashes, as the dump does).
"""

from __future__ import annotations

import errno
import marshal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from service.errors import IndexFull, SourceError
from service.typecho.sql_parts import Columns
from service.typecho.sql_values import Value

_BLOCK_BYTES = 1 << 18
_ROW_BYTES = 200
"""What a row weighs besides its texts, roughly."""


@dataclass(slots=True)
class Stored:
    """One table of a dump; `columns` as its CREATE TABLE names them."""

    columns: Columns = ()
    blocks: list[tuple[int, int, Columns]] = field(default_factory=list)
    listed: Columns = ()
    """The columns of the last INSERT."""
    replaced: bool = False
    """True if a row may take the place of an earlier one: it came by REPLACE."""
    superseded: set[int] = field(default_factory=set)
    """The numbers of the rows whose place was taken."""


class Spool:
    """Rows on disk. One table is written at a time."""

    def __init__(self, folder: Path | None) -> None:
        self._file = temporary_file(folder)
        self._end = 0
        self._rows: list[Sequence[Value]] = []
        self._weight = 0
        self._table: Stored | None = None

    def add(self, table: Stored, columns: Columns, row: Sequence[Value]) -> None:
        if self._table is not table or table.listed != columns:
            self.flush()
            self._table, table.listed = table, columns
        self._rows.append(row)
        self._weight += _ROW_BYTES + sum(
            [len(value) for value in row if isinstance(value, (str, bytes))]
        )
        if self._weight > _BLOCK_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._table is None or not self._rows:
            return
        # Version 2 keeps no table of references, which is slower and larger here.
        block = marshal.dumps(self._rows, 2)
        self._file.seek(self._end)
        write_all(self._file, block)
        self._table.blocks.append((self._end, len(block), self._table.listed))
        self._end += len(block)
        self._rows, self._weight = [], 0

    def rows(self, table: Stored) -> Iterator[tuple[Columns, list[Sequence[Value]]]]:
        """Blocks of rows, each with the names of its columns."""
        number = 0
        for start, length, columns in table.blocks:
            self._file.seek(start)
            rows = marshal.loads(self._file.read(length))
            first, number = number, number + len(rows)
            if table.superseded:
                kept = table.superseded.isdisjoint
                rows = [row for n, row in enumerate(rows, first) if kept((n,))]
            yield columns, rows

    def settle(self, table: Stored, key: Columns) -> None:
        """Find the rows of a `replaced` table whose place a later one took.

        Takes about 100 bytes a row, and only for dumps with REPLACE.
        """
        self.flush()
        last: dict[str, int] = {}
        number = 0
        for columns, rows in self.rows(table):
            at = [columns.index(name) for name in key if name in columns]
            for row in rows:
                # A number may stand in quotes here and without there.
                name = "\0".join(str(row[place]) for place in at)
                if len(at) == len(key) and name in last:
                    table.superseded.add(last[name])
                last[name] = number
                number += 1

    def clear(self, table: Stored) -> None:
        """Forget the rows of a table; their place in the file stays used."""
        self.flush()
        table.blocks.clear()
        table.replaced = False

    def close(self) -> None:
        self._file.close()


def write_all(file: BinaryIO, data: bytes) -> None:
    """Write at the place where `file` stands; it is not buffered."""
    view = memoryview(data)
    with disk_errors():
        while view:
            view = view[file.write(view) :]


def temporary_file(folder: Path | None) -> BinaryIO:
    """An open file without a name; whoever asked for it closes it."""
    with disk_errors():
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        return cast(BinaryIO, tempfile.TemporaryFile(dir=folder, buffering=0))


@contextmanager
def disk_errors() -> Iterator[None]:
    """Failures to write a temporary file as our own errors."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise IndexFull(
                "no space left for the rows of the dump",
                "free some space below data_dir, about the size of the dump",
            ) from error
        raise SourceError(
            f"cannot keep the rows of the dump: {error.strerror}",
            "check the disk that holds data_dir",
        ) from error
