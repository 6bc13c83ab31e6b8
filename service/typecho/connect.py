"""How is the blog's database reached?

One connection in one read-only snapshot. Knows URLs, TLS and transactions; what a
failure means is said by `database_errors`, and rows are read by `database`.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from service.errors import ConfigError, SourceNotFound
from service.settings import Settings
from service.typecho.database_errors import explained

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 30
"""A server that says nothing for so long is taken for dead, also when connecting."""
SLOW_READER_S = 3600
"""How long MySQL waits while the index is busy and nobody reads on; its own
default, net_write_timeout = 60 s, would cut a large reindex in the middle."""
_DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "sqlite": "sqlite",
}


def parse(settings: Settings) -> URL:
    """The source as a URL, with the password of the settings if it has none."""
    if settings.source.startswith("sqlite:///"):
        # As it is: SQLAlchemy 2.1 reads %20 in it as a blank, 2.0 does not.
        return URL.create("sqlite", database=settings.source[len("sqlite:///") :])
    kind = re.split(r"[+:]", settings.source)[0].lower()
    if kind not in _DRIVERS:
        raise ConfigError(
            f"unknown kind of source {kind + '://'!r}",
            "give mysql://, postgresql:// or sqlite:///, https:// or a dump's path",
        )
    try:
        url = make_url(settings.source).set(drivername=_DRIVERS[kind])
    except (sa.exc.ArgumentError, ValueError) as error:
        # The text itself may hold a password: it is not repeated.
        raise ConfigError(
            "source is not a database address",
            "write mysql://user@host/database, postgresql://... or sqlite:///path",
        ) from error
    if not url.database:
        raise ConfigError(
            "source names no database", f"append it: {_plain(url)}/database"
        )
    secret = settings.source_password.get_secret_value()
    if url.password is None and secret and url.drivername != "sqlite":
        url = url.set(password=secret)
    return url


def place(url: URL) -> str:
    """Where it is, for people: never with a password."""
    if url.drivername == "sqlite":
        return f"SQLite {Path(url.database or '').name}"
    name = "MySQL" if url.drivername.startswith("mysql") else "PostgreSQL"
    return f"{name} database {url.database} on {server(url)}"


def server(url: URL) -> str:
    socket = url.query.get("unix_socket")
    if socket:
        return str(socket)
    host = url.host or "localhost"
    return f"{host}:{url.port}" if url.port else host


def open_snapshot(url: URL, settings: Settings) -> sa.Connection:
    """A connection that sees one moment of the database and cannot write."""
    if url.drivername == "sqlite":
        return _open_sqlite(url)
    _check_tls_files(settings)
    mysql = url.drivername.startswith("mysql")
    arguments = _mysql_arguments(settings) if mysql else _pg_arguments(settings)
    with explained(url):
        engine = sa.create_engine(
            url,
            poolclass=NullPool,
            isolation_level="REPEATABLE READ",
            connect_args=arguments,
            hide_parameters=True,
        )
        connection = engine.connect()
        try:
            if mysql:
                # Does nothing for MyISAM, which has no snapshots at all.
                connection.exec_driver_sql(
                    f"SET SESSION net_write_timeout = {SLOW_READER_S}"
                )
                connection.exec_driver_sql(
                    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
                )
            else:
                connection = connection.execution_options(postgresql_readonly=True)
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        return connection


def _open_sqlite(url: URL) -> sa.Connection:
    path = Path(url.database or "")
    if not path.is_file():
        raise SourceNotFound(
            f"no SQLite file at {path}",
            "check the path; an absolute one has four slashes: sqlite:////var/...",
        )

    def creator() -> sqlite3.Connection:
        opened = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro",
            uri=True,
            timeout=CONNECT_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        opened.text_factory = lambda data: data.decode("utf-8", "replace")
        opened.create_function("md5", 1, _md5, deterministic=True)
        return opened

    with explained(url):
        engine = sa.create_engine("sqlite://", creator=creator, poolclass=NullPool)
        connection = engine.connect()
        connection.exec_driver_sql("BEGIN")
        return connection


def _md5(value: str | bytes | None) -> str | None:
    """What MySQL and PostgreSQL bring along and SQLite does not."""
    if value is None:
        return None
    data = value.encode() if isinstance(value, str) else value
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _mysql_arguments(settings: Settings) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_TIMEOUT_S,
        "read_timeout": READ_TIMEOUT_S,
    }
    if settings.tls_ca:
        arguments["ssl_ca"] = str(settings.tls_ca)
        arguments["ssl_verify_cert"] = True
        arguments["ssl_verify_identity"] = settings.tls_verify
    if settings.tls_cert:
        arguments["ssl_cert"] = str(settings.tls_cert)
    if settings.tls_key:
        arguments["ssl_key"] = str(settings.tls_key)
    return arguments


def _pg_arguments(settings: Settings) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "client_encoding": "utf8",
        "tcp_user_timeout": READ_TIMEOUT_S * 1000,
    }
    if settings.tls_ca:
        arguments["sslmode"] = "verify-full" if settings.tls_verify else "verify-ca"
        arguments["sslrootcert"] = str(settings.tls_ca)
    if settings.tls_cert:
        arguments["sslcert"] = str(settings.tls_cert)
    if settings.tls_key:
        arguments["sslkey"] = str(settings.tls_key)
    return arguments


def _check_tls_files(settings: Settings) -> None:
    """Drivers say only "no such file", not which."""
    for name in ("tls_ca", "tls_cert", "tls_key"):
        path: Path | None = getattr(settings, name)
        try:
            if path is not None:
                path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"cannot read {name} {path}: {error.strerror}",
                "check the path, and let the service's user read it",
            ) from error


def _plain(url: URL) -> str:
    return url.set(
        password=None, drivername=url.drivername.partition("+")[0]
    ).render_as_string()
