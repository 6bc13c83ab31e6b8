"""What rows does one of Typecho's own backup files (.dat) hold?

Follows Typecho 1.3, var/Widget/Backup.php and var/Typecho/Common.php 936-998, both
versions of the format (FILE of 1.1, 0001 since). The whole file is checked when it is
opened; then each table is read where it lies. A backup holds no options, so the
address of the blog comes from the settings.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from service.errors import ConfigError, SourceIncomplete, SourceInvalid
from service.settings import Settings
from service.typecho import Row, Table
from service.typecho.cells import number
from service.typecho.columns import COLUMNS
from service.typecho.dumpfile import open_file

MAGIC = b"%TYPECHO_BACKUP_"
_HEADER = re.compile(rb"%TYPECHO_BACKUP_([A-Z0-9]{4})%")
_HEADER_SIZE = 21
_MD5_SIZE = 32
_TABLES: dict[int, Table] = {
    1: "contents",
    2: "comments",
    3: "metas",
    4: "relationships",
    5: "users",
    6: "fields",
}


@dataclass(frozen=True, slots=True)
class _Record:
    """One row, or something a plugin added under a type of its own."""

    type: int
    lengths: dict[str, int | None]
    body: bytes
    end: int
    intact: bool


class BackupSource:
    """One blog in a backup file. Implements `service.typecho.Source`."""

    def __init__(self, path: Path, settings: Settings) -> None:
        if not settings.site_url:
            raise ConfigError(
                "a .dat backup holds no options, so the blog's address is unknown",
                "set site_url and permalink, for example https://blog.example and "
                "/archives/{cid}/",
            )
        self._name, self._site = path.name, settings.site_url
        self._file = open_file(path)
        try:
            self._size = self._file.seek(0, 2)
            self._old = self._version() == b"FILE"
            self._runs = self._check()
        except BaseException:
            self._file.close()
            raise

    def rows(self, table: Table, cids: Collection[int] | None = None) -> Iterator[Row]:
        """The rows of `table` in the order of the file, harmless columns only."""
        if table == "options":
            yield {"name": "siteUrl", "user": 0, "value": self._site}
            return
        wanted = None if cids is None else set(cids)
        for start, end in self._runs.get(table, ()):
            while start < end:
                record = self._record(start)
                start = record.end
                row = _row(record, COLUMNS[table])
                if wanted is None or "cid" not in row or number(row["cid"]) in wanted:
                    yield row

    def describe(self) -> str:
        return f"Typecho backup {self._name}"

    def close(self) -> None:
        self._file.close()

    def _version(self) -> bytes:
        header = _read(self._file, 0, _HEADER_SIZE)
        found = _HEADER.fullmatch(header)
        if not found:
            raise SourceInvalid(
                f"{self._name} is no Typecho backup",
                "make one in the admin: 控制台, 备份",
            )
        if found[1] not in (b"FILE", b"0001"):
            raise SourceInvalid(
                f"{self._name} has the unknown version {found[1].decode()}",
                "make the backup with Typecho 1.1 to 1.3",
            )
        footer = _read(self._file, self._size - _HEADER_SIZE, _HEADER_SIZE)
        if self._size < 2 * _HEADER_SIZE or footer != header:
            raise SourceIncomplete(
                f"{self._name} has no closing mark: it ends at byte {self._size}",
                "download the backup again",
            )
        return found[1]

    def _check(self) -> dict[Table, list[tuple[int, int]]]:
        """Where each table lies, once every record has proved to be intact."""
        runs: dict[Table, list[tuple[int, int]]] = {}
        position, last = _HEADER_SIZE, None
        while position < self._size - _HEADER_SIZE:
            record = self._record(position)
            if not record.intact:
                raise self._damaged(position)
            table = _TABLES.get(record.type)
            if table is not None:
                found = runs.setdefault(table, [])
                if table == last:
                    found[-1] = (found[-1][0], record.end)
                else:
                    found.append((position, record.end))
            position, last = record.end, table
        if "contents" not in runs:
            raise SourceInvalid(f"{self._name} holds no posts", "is it the right file?")
        return runs

    def _record(self, position: int) -> _Record:
        meta_size = 6 if self._old else 8
        meta = self._part(position, meta_size, position)
        layout = "<HHH" if self._old else "<HHI"
        type, header_size, body_size = struct.unpack(layout, meta)
        header = self._part(position + meta_size, header_size, position)
        lengths = self._lengths(header, position)
        total = sum(size or 0 for size in lengths.values())
        if self._old:
            body_size = total  # sixteen bits were too few for long posts
        elif type in _TABLES and total != body_size:
            raise self._damaged(position)
        start = position + meta_size + header_size
        body = self._part(start, body_size, position)
        digest = self._part(start + body_size, _MD5_SIZE, position)
        end = start + body_size + _MD5_SIZE
        expected = hashlib.md5(meta + header + body, usedforsecurity=False).hexdigest()
        return _Record(type, lengths, body, end, digest == expected.encode())

    def _lengths(self, header: bytes, position: int) -> dict[str, int | None]:
        with suppress(ValueError, RecursionError):
            lengths = json.loads(header)
            if lengths == []:  # how PHP writes an empty array
                return {}
            if isinstance(lengths, dict) and all(
                size is None or (type(size) is int and size >= 0)
                for size in lengths.values()
            ):
                return lengths
        raise self._damaged(position)

    def _part(self, start: int, size: int, record: int) -> bytes:
        """`size` bytes, which must lie before the closing mark."""
        if start + size > self._size - _HEADER_SIZE:
            raise SourceIncomplete(
                f"{self._name} breaks off in the record at byte {record}",
                "download the backup again",
            )
        return _read(self._file, start, size)

    def _damaged(self, position: int) -> SourceInvalid:
        return SourceInvalid(
            f"{self._name} is damaged in the record at byte {position}",
            "download the backup again, in binary mode",
        )


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(max(start, 0))
    return file.read(size)


def _row(record: _Record, columns: tuple[str, ...]) -> Row:
    row: Row = {}
    start = 0
    for name, size in record.lengths.items():
        value = record.body[start : start + (size or 0)]
        if name in columns:
            row[name] = None if size is None else value.decode("utf-8", "replace")
        start += size or 0
    return row
