"""A real Typecho blog on 127.0.0.1: installed, served, ready for a test.

The browser's part (forms, sessions) is in typecho_admin.py.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import requests

from tests.support.mariadb import MariaDB
from tests.support.processes import Server, free_port
from tests.support.typecho_source import typecho_source
from tests.support.webserver import WebServer, serve

PLUGIN = Path(__file__).parents[2] / "typecho-plugin" / "SearchBridge"
USER, PASSWORD = "admin", "correct horse"
Version = Literal["1.2.1", "1.3.0"]


class Blog:
    """One installed blog; `start` serves it, `stop` ends the server."""

    def __init__(
        self,
        folder: Path,
        version: Version,
        mariadb: MariaDB | None = None,
        *,
        rewrite: bool = False,
        subfolder: str = "",
        prefix: str = "typecho_",
        adapter: str = "",
        server: WebServer = "php -S and a router",
    ) -> None:
        self.folder, self.version, self.mariadb = folder, version, mariadb
        self.rewrite, self.prefix = rewrite, prefix
        self.subfolder = f"/{subfolder}" if subfolder else ""
        self.adapter = adapter or ("Pdo_Mysql" if mariadb else "Pdo_SQLite")
        self.docroot = folder / "www"
        self.root = self.docroot / subfolder if subfolder else self.docroot
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{self.subfolder}"
        self.index = self.url if rewrite else f"{self.url}/index.php"
        self.error_log = folder / "php-errors.log"
        self.temp = folder / "tmp"
        self.sqlite_file = folder / "blog.db"
        self.database = f"blog_{self.port}"
        self.kind = server
        self.servers: list[Server] = []

    @property
    def source(self) -> str:
        """What `search.toml` says to read this blog's live database."""
        if self.mariadb is None:
            return f"sqlite:///{self.sqlite_file}"
        return f"mysql://root@127.0.0.1:{self.mariadb.port}/{self.database}"

    def install(self) -> Blog:
        shutil.copytree(typecho_source(self.version), self.root)
        shutil.copytree(PLUGIN, self.root / "usr" / "plugins" / "SearchBridge")
        self.temp.mkdir()
        if self.mariadb:
            self.mariadb.create_database(self.database)
        values = {
            "DB_ADAPTER": self.adapter,
            "DB_PREFIX": self.prefix,
            "DB_SSL_VERIFY": "off",
            "DB_NEXT": "none",
            "SITE_URL": self.url,
            "USER_NAME": USER,
            "USER_PASSWORD": PASSWORD,
            "USER_MAIL": "admin@example.com",
            **self._database_values(),
        }
        done = subprocess.run(
            ["php", "-d", "variables_order=EGPCS", "install.php"],
            cwd=self.root,
            env={**os.environ, **{f"TYPECHO_{k}": v for k, v in values.items()}},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.sql("UPDATE {}options SET value = ? WHERE name = 'rewrite'", [
            "1" if self.rewrite else "0"
        ])  # fmt: skip
        return self

    def _database_values(self) -> dict[str, str]:
        if self.mariadb is None:
            return {"DB_FILE": str(self.sqlite_file)}
        return {
            "DB_HOST": "127.0.0.1",
            "DB_PORT": str(self.mariadb.port),
            "DB_USER": "root",
            "DB_PASSWORD": "",
            "DB_DATABASE": self.database,
        }

    def start(self, **php: str) -> Blog:
        """Serve it; `php` adds settings of PHP, such as its limits."""
        settings = {
            "error_log": str(self.error_log),
            "log_errors": "1",
            "display_errors": "0",
            "error_reporting": "32767",
            "sys_temp_dir": str(self.temp),
            **php,
        }
        self.servers = serve(
            self.kind, self.folder, self.docroot, self.subfolder, self.port, settings
        )
        return self

    def stop(self) -> None:
        while self.servers:
            self.servers.pop().stop()

    def sql(self, query: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query; `{}` stands for the table prefix, `?` for a value."""
        query = query.replace("{}", self.prefix)
        if self.mariadb is None:
            with closing(sqlite3.connect(self.sqlite_file, timeout=60)) as connection:
                rows = connection.execute(query, tuple(args)).fetchall()
                connection.commit()
                return rows
        with (
            self.mariadb.connect(self.database) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(query.replace("%", "%%").replace("?", "%s"), tuple(args))
            return list(cursor.fetchall())

    def insert_rows(
        self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Many rows at once."""
        mark, quote = ("%s", "`") if self.mariadb else ("?", '"')
        columns = ", ".join(f"{quote}{name}{quote}" for name in names)
        query = (
            f"INSERT INTO {self.prefix}{table} ({columns}) "
            f"VALUES ({', '.join([mark] * len(names))})"
        )
        if self.mariadb is None:
            with closing(sqlite3.connect(self.sqlite_file, timeout=60)) as connection:
                connection.executemany(query, rows)
                connection.commit()
            return
        with (
            self.mariadb.connect(self.database) as connection,
            connection.cursor() as cursor,
        ):
            cursor.executemany(query, rows)

    def option(self, name: str) -> str:
        rows = self.sql("SELECT value FROM {}options WHERE name = ?", [name])
        return str(rows[0][0]) if rows else ""

    def insert_post(
        self, title: str, text: str, *, created: int | None = None, **columns: Any
    ) -> int:
        """A row of contents as Typecho would write it, without any hook; its cid."""
        moment = int(time.time()) - 100 if created is None else created
        row = {
            "title": title,
            "slug": f"s{time.time_ns()}",
            "created": moment,
            "modified": moment,
            "text": f"<!--markdown-->{text}",
            "authorId": 1,
            "type": "post",
            "status": "publish",
            "commentsNum": 0,
            "allowComment": "1",
            "allowPing": "1",
            "allowFeed": "1",
            "parent": 0,
            **columns,
        }
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self.sql(
            f"INSERT INTO {{}}contents ({names}) VALUES ({marks})", list(row.values())
        )
        return int(
            self.sql("SELECT cid FROM {}contents WHERE slug = ?", [row["slug"]])[0][0]
        )

    def php_errors(self) -> list[str]:
        """What PHP logged, one entry a line."""
        if not self.error_log.exists():
            return []
        return self.error_log.read_text("utf-8", "replace").splitlines()

    def get(self, path: str, **options: Any) -> requests.Response:
        """A visitor's request; `path` starts behind the blog's address."""
        return requests.get(self.url + path, timeout=60, **options)

    def search(self, text: str, **options: Any) -> requests.Response:
        """What the theme's box does with GET."""
        return self.get("/", params={"s": text}, **options)
