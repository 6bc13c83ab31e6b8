"""Typecho's own search: LIKE over title and text, newest first, on a real MariaDB.

The statements of Typecho 1.3 (var/Widget/Archive.php, searchHandle and execute): the
page, and the count for its page links. A phrase is not known to it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.blog import create_blog, private_mariadb
from benchmarks.data import Doc
from benchmarks.peers import Missing, Mode

DATABASE = "like"
WHERE = (
    "FROM typecho_contents WHERE status = 'publish' "
    "AND created < %s AND (password IS NULL OR password = '') "
    "AND (title LIKE %s OR text LIKE %s) AND type = 'post'"
)
PAGE = f"SELECT * {WHERE} ORDER BY created DESC LIMIT %s OFFSET %s"
COUNT = f"SELECT COUNT(DISTINCT cid) AS num {WHERE}"


class TypechoLike:
    name = "Typecho's LIKE (MariaDB)"

    def __init__(self, folder: Path) -> None:
        if not (shutil.which("mariadbd") or Path("/usr/sbin/mariadbd").exists()):
            raise Missing("mariadbd (Debian package mariadb-server)")
        self.open = ExitStack()
        self.folder = folder / "mariadb"
        self.folder.mkdir(exist_ok=True)
        self.server = self.open.enter_context(private_mariadb(self.folder))
        self.cursor: Any = None
        self.with_count = True

    def build(self, docs: Sequence[Doc]) -> None:
        create_blog(self.server, DATABASE, docs)
        connection = self.open.enter_context(self.server.connect(DATABASE))
        self.cursor = self.open.enter_context(connection.cursor())

    def prepare(self, text: str, mode: Mode = "words") -> str:
        return "%" + text.replace(" ", "%") + "%"

    def run(self, prepared: str, limit: int, offset: int = 0) -> list[int]:
        values = (int(time.time()), prepared, prepared)
        if self.with_count:
            self.cursor.execute(COUNT, values)
            self.cursor.fetchall()
        self.cursor.execute(PAGE, (*values, limit, offset))
        return [row[0] for row in self.cursor.fetchall()]

    def close(self) -> None:
        self.open.close()
