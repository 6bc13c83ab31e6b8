"""What does this failure of a database mean for the owner?

Driver errors become our named ones, with the next step. Messages are made of our
own words and the server's short text; never of the URL, which may hold a password.
Codes: dev.mysql.com/doc/mysql-errors, mariadb.com/kb/en/mariadb-error-codes,
postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import URL

from service.errors import (
    ConfigError,
    SearchError,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
    SourceUnreachable,
)

_NO_LOGIN = {1045, 1130, 1698, 1251, 1862}
_NO_RIGHT = {1044, 1142, 1143, 1227, 1370}
_LOST = {1053, 1158, 1159, 1160, 1161, 1317, 1927, 2006, 2013, 2014, 4031}
_NO_TABLE = {1146, 1054}


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Whatever the driver raises within leaves as an error of ours."""
    try:
        yield
    except SearchError:
        raise
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the driver for this database is not installed: {error.name}",
            "pip install 'typecho-search[postgresql]'",
        ) from error
    except (sa.exc.SQLAlchemyError, OSError, RuntimeError) as error:
        raise explain(url, error) from error
    except Exception as error:
        # Errors of the drivers have no common root; those of ours must not hide.
        if type(error).__module__.partition(".")[0] not in ("pymysql", "psycopg"):
            raise
        raise explain(url, error) from error


def explain(url: URL, error: BaseException) -> SearchError:
    """The named error for what a driver said."""
    cause = getattr(error, "orig", None) or error
    if url.drivername == "sqlite":
        return _sqlite(str(cause))
    if url.drivername.startswith("mysql"):
        return _mysql(url, cause)
    return _postgresql(url, cause)


def grant(url: URL) -> str:
    """The statement that gives a read-only account what it needs."""
    if url.drivername.startswith("mysql"):
        return f"GRANT SELECT ON `{url.database}`.* TO '{url.username}'@'HOST';"
    return f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{url.username}";'


def _mysql(url: URL, cause: BaseException) -> SearchError:
    code = cause.args[0] if cause.args and isinstance(cause.args[0], int) else 0
    said = _said(cause.args[1] if len(cause.args) > 1 else cause)
    if "'cryptography' package" in said:  # MySQL 8's passwords, sent without TLS
        return SourceRefused(
            "this MySQL takes passwords over TLS or a socket only, and offers no TLS",
            "turn TLS on in the server, or add ?unix_socket=/path to source, "
            "or: pip install 'PyMySQL[rsa]'",
        )
    if code in _NO_LOGIN:
        return _no_login(url, said)
    if code in _NO_RIGHT:
        return _no_right(url, said)
    if code == 1049:
        return _no_database(url, "SHOW DATABASES")
    if code in _NO_TABLE:
        return SourceInvalid(f"a table has gone: {said}", "is it a Typecho database?")
    if code == 2026 or "SSL" in said or "TLS" in said or "certificate" in said.lower():
        return SourceRefused(
            f"no TLS connection: {said}", "check tls_ca, tls_cert, tls_key, tls_verify"
        )
    if code in _LOST or code == 0:
        return _lost(said)
    return _unreachable(url, said)


def _postgresql(url: URL, cause: BaseException) -> SearchError:
    state, said = getattr(cause, "sqlstate", None) or "", _said(cause)
    # A refused connection carries no code, only the server's English text.
    if state.startswith("28") or re.search(r"authentication|pg_hba|role .* not", said):
        return _no_login(url, said)
    if state == "42501" or "permission denied" in said:
        return _no_right(url, said)
    if state == "3D000" or re.search(r'database ".*" does not exist', said):
        return _no_database(url, "psql --list")
    if state.startswith("42"):
        return SourceInvalid(f"a table has gone: {said}", "is it a Typecho database?")
    if "certificate" in said or "SSL" in said and "closed" not in said:
        return SourceRefused(
            f"no TLS connection: {said}", "check tls_ca, tls_cert, tls_key, tls_verify"
        )
    if state or "terminat" in said or "closed" in said or "lost" in said:
        return _lost(said)
    return _unreachable(url, said)


def _sqlite(said: str) -> SearchError:
    if "locked" in said or "busy" in said:
        return SourceUnreachable(f"SQLite file is busy: {said}", "try again")
    if "unable to open" in said or "readonly" in said or "permission" in said:
        return SourceRefused(
            f"SQLite file cannot be read: {said}",
            "let the service's user read the file and enter its folder",
        )
    return SourceInvalid(f"not a healthy SQLite file: {said}", "check the path")


def _no_login(url: URL, said: str) -> SearchError:
    return SourceRefused(
        f"the database refuses user {url.username!r}: {said}",
        "check the user and source_password",
    )


def _no_right(url: URL, said: str) -> SearchError:
    return SourceRefused(f"the database account may not read: {said}", grant(url))


def _no_database(url: URL, listing: str) -> SearchError:
    return SourceNotFound(
        f"no database {url.database!r} on this server",
        f"`{listing}` lists the names; it stands after the last / of source",
    )


def _lost(said: str) -> SearchError:
    return SourceUnreachable(
        f"the connection to the database was lost: {said}",
        "nothing was changed; run it again",
    )


def _unreachable(url: URL, said: str) -> SearchError:
    where = url.query.get("unix_socket") or f"{url.host or 'localhost'}"
    return SourceUnreachable(
        f"no database answers at {where}: {said}",
        "check that it runs, and the host, port or socket in source",
    )


def _said(cause: object) -> str:
    """The server's words on one short line."""
    return " ".join(str(cause).split())[:300] or type(cause).__name__
