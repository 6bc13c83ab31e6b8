"""A real MariaDB server of our own on 127.0.0.1 with a socket in a temp folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql

from tests.support.processes import Server, free_port, port_open, wait_until


class MariaDB:
    """`root` has no password; every test makes databases of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options = folder, options
        self.port = free_port()
        self.socket = folder / "mysql.sock"
        self.log = folder / "mariadbd.log"
        self.server: Server | None = None

    def install(self) -> None:
        """Create the data folder; mariadbd must be able to reach it."""
        data = self.folder / "data"
        for parent in (self.folder, *self.folder.parents):
            if parent.stat().st_uid == os.getuid() and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o055)
        command = [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        subprocess.run([*command, *_as_user()], check=True, capture_output=True)
        if os.getuid() == 0:
            shutil.chown(self.folder, "mysql")

    def start(self) -> None:
        self.server = Server(
            [
                shutil.which("mariadbd") or "/usr/sbin/mariadbd",
                "--no-defaults",
                f"--datadir={self.folder / 'data'}",
                f"--socket={self.socket}",
                f"--port={self.port}",
                "--bind-address=127.0.0.1",
                f"--pid-file={self.folder / 'mariadbd.pid'}",
                "--character-set-server=utf8mb4",
                "--innodb-buffer-pool-size=64M",
                "--innodb-flush-log-at-trx-commit=2",
                "--max-allowed-packet=64M",
                *self.options,
                *_as_user(),
            ],
            log=self.log,
        ).start()
        wait_until(lambda: port_open(self.port), 60, "mariadbd")

    def stop(self) -> None:
        if self.server:
            self.server.stop(30)
            self.server = None

    @contextmanager
    def connect(
        self, database: str | None = None, **options: Any
    ) -> Iterator[pymysql.connections.Connection[Any]]:
        connection = pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user="root",
            database=database,
            charset="utf8mb4",
            autocommit=True,
            **options,
        )
        try:
            yield connection
        finally:
            connection.close()

    def execute(self, sql: str, args: Any = None, database: str | None = None) -> None:
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(sql, args)

    def create_database(self, name: str, charset: str = "utf8mb4") -> str:
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")
        self.execute(f"CREATE DATABASE `{name}` CHARACTER SET {charset}")
        return name

    @contextmanager
    def listened(self) -> Iterator[list[str]]:
        """The statements that reach the server in the block; listed after it."""
        heard: list[str] = []
        self.execute("TRUNCATE mysql.general_log")
        self.execute("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = 1")
        try:
            yield heard
        finally:
            self.execute("SET GLOBAL general_log = 0")
        with self.connect("mysql") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT argument FROM general_log ORDER BY event_time")
            heard += [
                said.decode() if isinstance(said, bytes) else said
                for (said,) in cursor.fetchall()
            ]

    def dump(self, database: str, *options: str) -> bytes:
        """What the real mysqldump prints for this database."""
        return subprocess.run(
            [
                shutil.which("mariadb-dump") or "mysqldump",
                "--no-defaults",
                f"--socket={self.socket}",
                "-uroot",
                *options,
                database,
            ],
            check=True,
            capture_output=True,
        ).stdout


def _as_user() -> list[str]:
    return ["--user=mysql"] if os.getuid() == 0 else []
