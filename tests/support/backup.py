"""A writer of Typecho's .dat backups, as var/Widget/Backup.php writes them."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping

from service.typecho import Row, Table

TYPES: dict[Table, int] = {
    "contents": 1,
    "comments": 2,
    "metas": 3,
    "relationships": 4,
    "users": 5,
    "fields": 6,
}


def backup(blog: Mapping[Table, list[Row]], version: str = "0001") -> bytes:
    mark = f"%TYPECHO_BACKUP_{version}%".encode()
    records = [
        record(number, row, version)
        for table, number in TYPES.items()
        for row in blog.get(table, [])
    ]
    return mark + b"".join(records) + mark


def record(type: int, row: Row, version: str = "0001") -> bytes:
    values = {k: None if v is None else str(v).encode() for k, v in row.items()}
    lengths = {k: None if v is None else len(v) for k, v in values.items()}
    header = json.dumps(lengths, separators=(",", ":")).encode()
    body = b"".join(v for v in values.values() if v is not None)
    if version == "FILE":
        # Sixteen bits for the length of the body, cut off as PHP's pack() does.
        meta = struct.pack("<HHH", type, len(header), len(body) & 0xFFFF)
    else:
        meta = struct.pack("<HHI", type, len(header), len(body))
    whole = meta + header + body
    return whole + hashlib.md5(whole).hexdigest().encode()
