"""Live databases: one snapshot, only what is needed, every failure named."""

from __future__ import annotations

import gc
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest

from service.errors import (
    ConfigError,
    SearchError,
    SourceAmbiguous,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
    SourceUnreachable,
)
from service.settings import Settings
from service.typecho import TABLES
from service.typecho.connect import parse
from service.typecho.database import DatabaseSource
from service.typecho.database_errors import explained
from service.typecho.rows import read_posts
from tests.support.blog import BLOG, NOW, PUBLIC, content
from tests.support.mariadb import MariaDB
from tests.support.postgres import Postgres
from tests.support.processes import free_port
from tests.support.tables import fill_mariadb, fill_postgres, fill_sqlite

PASSWORD = "p@ss:w/rd%2F"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def blog_db(mariadb: MariaDB) -> MariaDB:
    """A blog, and `reader`, who may do nothing but read it."""
    fill_mariadb(mariadb, "blog", BLOG)
    mariadb.execute(f"CREATE OR REPLACE USER reader@'%' IDENTIFIED BY '{PASSWORD}'")
    mariadb.execute("GRANT SELECT ON blog.* TO reader@'%'")
    return mariadb


def mysql(
    server: MariaDB,
    database: str = "blog",
    user: str = "reader",
    password: str = PASSWORD,
    prefix: str = "",
    query: str = "",
) -> Settings:
    return Settings(
        source=f"mysql://{user}@127.0.0.1:{server.port}/{database}{query}",
        source_password=password,
        table_prefix=prefix,
    )


def cids(settings: Settings) -> list[int]:
    with closing(DatabaseSource(settings)) as source:
        return sorted(post.cid for post in read_posts(source, settings, NOW))


def test_an_account_that_may_only_select_is_enough(blog_db: MariaDB) -> None:
    assert cids(mysql(blog_db)) == PUBLIC


def test_columns_granted_one_by_one_are_enough(blog_db: MariaDB) -> None:
    blog_db.execute("CREATE OR REPLACE USER narrow@'%'")
    for table in ("contents", "metas", "relationships", "comments", "options"):
        blog_db.execute(f"GRANT SELECT ON blog.typecho_{table} TO narrow@'%'")
    blog_db.execute("GRANT SELECT (uid,screenName) ON blog.typecho_users TO narrow@'%'")

    settings = mysql(blog_db, user="narrow", password="")
    assert cids(settings) == PUBLIC


def test_the_unix_socket_is_reached(blog_db: MariaDB) -> None:
    settings = Settings(
        source=f"mysql://root@localhost/blog?unix_socket={blog_db.socket}"
    )

    assert cids(settings) == PUBLIC
    with closing(DatabaseSource(settings)) as source:
        assert str(blog_db.socket) in source.describe()


def test_a_password_in_the_address_is_used_but_never_shown(blog_db: MariaDB) -> None:
    settings = Settings(
        source=f"mysql://reader:p%40ss%3Aw%2Frd%252F@127.0.0.1:{blog_db.port}/blog"
    )

    with closing(DatabaseSource(settings)) as source:
        assert source.describe() == (
            f"MySQL database blog on 127.0.0.1:{blog_db.port} (tables typecho_*)"
        )


def test_only_harmless_columns_leave_the_database(blog_db: MariaDB) -> None:
    with closing(DatabaseSource(mysql(blog_db))) as source:
        everything = repr([list(source.rows(table)) for table in TABLES])

    assert "天象" in everything
    for secret in ("secret", "mail.example", "192.0.2.7", "Mozilla", "authCode"):
        assert secret not in everything


def test_cids_narrow_the_big_tables(blog_db: MariaDB) -> None:
    many = [1, 11, *range(1000, 3000)]
    with closing(DatabaseSource(mysql(blog_db))) as source:
        assert [row["cid"] for row in source.rows("contents", many)] == [1, 11]
        assert {row["cid"] for row in source.rows("comments", [11])} == {11}
        assert {row["cid"] for row in source.rows("relationships", [1])} == {1}
        assert len(list(source.rows("metas", [1]))) == 5
        assert list(source.rows("contents", [])) == []


def test_later_writes_are_not_seen_by_an_open_source(blog_db: MariaDB) -> None:
    fill_mariadb(blog_db, "moment", BLOG)
    settings = mysql(blog_db, "moment", "root", "")
    with closing(DatabaseSource(settings)) as source:
        blog_db.execute("DELETE FROM typecho_contents", database="moment")
        blog_db.execute("UPDATE typecho_users SET screenName='x'", database="moment")
        old = {post.author for post in read_posts(source, settings, NOW)}

    assert old == {"站长", "guest", ""}
    assert cids(settings) == []


def test_a_second_table_can_be_read_while_the_first_streams(blog_db: MariaDB) -> None:
    with closing(DatabaseSource(mysql(blog_db))) as source:
        contents = source.rows("contents")
        first = next(contents)
        metas = list(source.rows("metas"))
        rest = list(contents)

    assert len(metas) == 5
    assert [first["cid"], *(row["cid"] for row in rest)] == list(range(1, 15))


def test_a_stream_may_be_abandoned(blog_db: MariaDB) -> None:
    rows = [content(cid, text="x" * 10_000) for cid in range(1, 2001)]
    fill_mariadb(blog_db, "large", {**BLOG, "contents": rows})
    source = DatabaseSource(mysql(blog_db, "large", "root", ""))
    next(source.rows("contents"))

    started = time.monotonic()
    source.close()
    del source
    gc.collect()

    assert time.monotonic() - started < 1


def test_a_connection_killed_in_the_middle_is_named(blog_db: MariaDB) -> None:
    rows = [content(cid, text="x" * 10_000) for cid in range(1, 3001)]
    fill_mariadb(blog_db, "killed", {**BLOG, "contents": rows})
    settings = mysql(blog_db, "killed", "root", "")
    with closing(DatabaseSource(settings)) as source:
        reading = read_posts(source, settings, NOW)
        next(reading)
        with blog_db.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE db = 'killed'"
            )
            for (number,) in cursor.fetchall():
                cursor.execute(f"KILL {number}")

        with pytest.raises(SourceUnreachable, match="connection .* was lost"):
            list(reading)


def failure(settings: Settings) -> SearchError:
    with pytest.raises(SearchError) as caught:
        DatabaseSource(settings).close()
    said = caught.value.message + caught.value.hint
    assert PASSWORD not in said
    assert caught.value.hint
    return caught.value


def test_nobody_listening_is_unreachable() -> None:
    settings = Settings(source=f"mysql://u:{'x' * 9}@127.0.0.1:{free_port()}/blog")

    error = failure(settings)

    assert isinstance(error, SourceUnreachable)
    assert "xxxxxxxxx" not in error.message + error.hint


def test_a_server_that_says_nothing_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.typecho.connect.READ_TIMEOUT_S", 1)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        settings = Settings(source=f"mysql://u@127.0.0.1:{deaf.getsockname()[1]}/blog")

        assert isinstance(failure(settings), SourceUnreachable)


def test_a_password_that_needs_tls_says_so() -> None:
    """MySQL 8 without TLS: what PyMySQL raises is asked of PyMySQL itself."""
    from pymysql import _auth

    url = parse(Settings(source="mysql://u@h/b"))
    with (
        mock.patch.object(_auth, "_have_cryptography", False),
        pytest.raises(SourceRefused) as caught,
        explained(url),
    ):
        _auth.sha2_rsa_encrypt(b"secret", b"salt", b"key")

    assert "offers no TLS" in caught.value.message
    assert "unix_socket" in caught.value.hint


def test_rows_are_streamed_through_a_servers_cursor(blog_db: MariaDB) -> None:
    """A table of 60 MB must not come into memory, not even in the driver."""
    rows = [content(cid, text="x" * 20_000) for cid in range(1, 3001)]
    fill_mariadb(blog_db, "streamed", {**BLOG, "contents": rows})
    script = (
        "import sys; from service.settings import Settings\n"
        "from service.typecho.database import DatabaseSource\n"
        "from benchmarks.dump_memory import peak_mb\n"
        "source = DatabaseSource(Settings(source=sys.argv[1]))\n"
        "next(source.rows('metas')); before = peak_mb()\n"
        "print(sum(1 for row in source.rows('contents')), peak_mb() - before)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, mysql(blog_db, "streamed", "root", "").source],
        capture_output=True,
        text=True,
        check=True,
    )

    count, grown_mb = done.stdout.split()
    assert count == "3000"
    assert float(grown_mb) < 10


def test_a_wrong_password_is_refused(blog_db: MariaDB) -> None:
    error = failure(mysql(blog_db, password="wrong"))

    assert isinstance(error, SourceRefused)
    assert "source_password" in error.hint


def test_a_wrong_database_is_not_found(blog_db: MariaDB) -> None:
    error = failure(mysql(blog_db, "nowhere", "root", ""))

    assert isinstance(error, SourceNotFound)
    assert "'nowhere'" in error.message


def test_a_database_without_rights_shows_the_grant(blog_db: MariaDB) -> None:
    error = failure(mysql(blog_db, "mysql"))

    assert isinstance(error, SourceRefused)
    assert "GRANT SELECT ON `mysql`.* TO 'reader'" in error.hint


def test_missing_select_right_shows_the_grant(blog_db: MariaDB) -> None:
    blog_db.execute("CREATE OR REPLACE USER half@'%'")
    blog_db.execute("GRANT SELECT ON blog.typecho_contents TO half@'%'")
    blog_db.execute("GRANT SELECT (mid) ON blog.typecho_metas TO half@'%'")

    error = failure(mysql(blog_db, user="half", password=""))

    assert isinstance(error, SourceRefused)
    assert "GRANT SELECT ON `blog`.* TO 'half'" in error.hint


def test_a_database_without_typecho_lists_its_tables(blog_db: MariaDB) -> None:
    blog_db.create_database("other")
    blog_db.execute("CREATE TABLE wp_posts (id int)", database="other")

    error = failure(mysql(blog_db, "other", "root", ""))

    assert isinstance(error, SourceInvalid)
    assert "wp_posts" in error.message


def test_an_empty_database_is_invalid(blog_db: MariaDB) -> None:
    blog_db.create_database("empty")

    assert isinstance(failure(mysql(blog_db, "empty", "root", "")), SourceInvalid)


def test_two_blogs_need_a_choice(blog_db: MariaDB) -> None:
    fill_mariadb(blog_db, "two", BLOG)
    other = {**BLOG, "contents": [content(77)]}
    fill_mariadb(blog_db, "two", other, "blog-b_", create=False)

    error = failure(mysql(blog_db, "two", "root", ""))

    assert isinstance(error, SourceAmbiguous)
    assert "blog-b_, typecho_" in error.message
    assert cids(mysql(blog_db, "two", "root", "", "blog-b_")) == [77]
    wrong = failure(mysql(blog_db, "two", "root", "", "c_"))
    assert isinstance(wrong, SourceInvalid)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """server.crt, server.key and other.crt: self-signed, so each is its own CA."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "other"):
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
                *("-days", "2", "-subj", "/CN=localhost"),
                *("-addext", "subjectAltName=DNS:localhost"),
                *("-keyout", str(folder / f"{name}.key")),
                *("-out", str(folder / f"{name}.crt")),
            ],
            check=True,
            capture_output=True,
        )
    for path in (folder.parent, folder, *folder.iterdir()):
        path.chmod(path.stat().st_mode | 0o055)
    return folder


@pytest.fixture(scope="module")
def tls_server(
    tmp_path_factory: pytest.TempPathFactory, certificates: Path
) -> Iterator[MariaDB]:
    server = MariaDB(
        tmp_path_factory.mktemp("tls-server"),
        f"--ssl-cert={certificates / 'server.crt'}",
        f"--ssl-key={certificates / 'server.key'}",
    )
    server.install()
    server.start()
    fill_mariadb(server, "blog", BLOG)
    server.execute("CREATE USER reader@'%' REQUIRE SSL")
    server.execute("GRANT SELECT ON blog.* TO reader@'%'")
    yield server
    server.stop()


def tls(server: MariaDB, host: str, ca: Path, verify: bool = True) -> Settings:
    return Settings(
        source=f"mysql://reader@{host}:{server.port}/blog",
        tls_ca=ca,
        tls_verify=verify,
    )


def test_tls_checks_authority_with_host_name(
    tls_server: MariaDB, certificates: Path
) -> None:
    ours, other = certificates / "server.crt", certificates / "other.crt"

    assert cids(tls(tls_server, "localhost", ours)) == PUBLIC
    assert cids(tls(tls_server, "127.0.0.1", ours, verify=False)) == PUBLIC
    wrong_host = failure(tls(tls_server, "127.0.0.1", ours))
    wrong_authority = failure(tls(tls_server, "localhost", other))
    assert isinstance(wrong_host, SourceRefused)
    assert isinstance(wrong_authority, SourceRefused)
    assert "TLS" in wrong_host.message


def test_tls_that_the_server_lacks_is_named(
    blog_db: MariaDB, certificates: Path
) -> None:
    error = failure(tls(blog_db, "localhost", certificates / "other.crt"))

    assert isinstance(error, SourceRefused)
    assert "TLS" in error.message


def test_a_missing_tls_file_is_named(blog_db: MariaDB, tmp_path: Path) -> None:
    error = failure(tls(blog_db, "localhost", tmp_path / "none.pem"))

    assert isinstance(error, ConfigError)
    assert "tls_ca" in error.message


@pytest.mark.parametrize("source", ["mysql://", "mysql://u@h", "oracle://u@h/d"])
def test_an_unusable_address_is_a_configuration_error(source: str) -> None:
    assert isinstance(failure(Settings(source=source)), ConfigError)


def test_an_unknown_kind_of_source_is_named() -> None:
    error = failure(Settings(source="ftp://u:geheim@h/dump.sql"))

    assert error.message == "unknown kind of source 'ftp://'"
    assert "a dump's path" in error.hint


# PostgreSQL


def test_postgresql_is_read_by_a_reader(postgres: Postgres) -> None:
    import psycopg

    fill_postgres(postgres, "blog", BLOG, "b2_")
    with psycopg.connect(postgres.url("blog"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    settings = Settings(
        source=f"postgresql://reader@127.0.0.1:{postgres.port}/blog",
        source_password=PASSWORD,
    )

    before = failure(settings)
    with psycopg.connect(postgres.url("blog"), autocommit=True) as connection:
        connection.execute(before.hint.partition("needs: ")[2] or before.hint)

    assert "GRANT SELECT ON ALL TABLES" in before.hint
    assert cids(settings) == PUBLIC


def test_postgresql_holds_its_moment(postgres: Postgres) -> None:
    import psycopg

    fill_postgres(postgres, "moment", BLOG)
    settings = Settings(source=postgres.url("moment"))
    with closing(DatabaseSource(settings)) as source:
        with psycopg.connect(postgres.url("moment")) as connection:
            connection.execute("DELETE FROM typecho_contents")
        assert len(list(read_posts(source, settings, NOW))) == len(PUBLIC)
        assert "root-pw" not in source.describe()

    assert cids(settings) == []


def test_postgresql_failures_are_named(postgres: Postgres) -> None:
    wrong = failure(Settings(source=postgres.url("postgres", password="wrong")))
    nowhere = failure(Settings(source=postgres.url("nowhere")))
    empty = failure(Settings(source=postgres.url("postgres")))
    dead = failure(Settings(source=f"postgresql://u@127.0.0.1:{free_port()}/b"))

    assert isinstance(wrong, SourceRefused)
    assert isinstance(nowhere, SourceNotFound)
    assert isinstance(empty, SourceInvalid)
    assert isinstance(dead, SourceUnreachable)


def test_postgresql_connection_lost_in_the_middle_is_named(postgres: Postgres) -> None:
    import psycopg

    rows = [content(cid, text="x" * 10_000) for cid in range(1, 2001)]
    fill_postgres(postgres, "killed", {**BLOG, "contents": rows})
    settings = Settings(source=postgres.url("killed"))
    with closing(DatabaseSource(settings)) as source:
        reading = read_posts(source, settings, NOW)
        next(reading)
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = 'killed'"
            )

        with pytest.raises(SourceUnreachable, match="connection .* was lost"):
            list(reading)


# SQLite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "天 db%20.sqlite"
    fill_sqlite(path, BLOG)
    return path


def sqlite(path: Path) -> Settings:
    return Settings(source=f"sqlite:///{path}")


def test_sqlite_is_read(file: Path) -> None:
    assert cids(sqlite(file)) == PUBLIC


def test_sqlite_stays_writable_for_the_blog_during_a_reindex(file: Path) -> None:
    settings = sqlite(file)
    with closing(DatabaseSource(settings)) as source:
        reading = read_posts(source, settings, NOW)
        first = next(reading)
        with closing(sqlite3.connect(file, timeout=0.1)) as blog:
            blog.execute("DELETE FROM typecho_contents")
            blog.commit()
        rest = list(reading)

    assert [first.cid, *(post.cid for post in rest)] == PUBLIC
    assert cids(settings) == []


def test_sqlite_is_never_written(file: Path) -> None:
    before = file.read_bytes()
    cids(sqlite(file))

    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_sqlite_that_is_busy_for_long_is_unreachable(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.typecho.connect.CONNECT_TIMEOUT_S", 0.1)
    with closing(sqlite3.connect(file, isolation_level=None)) as blog:
        blog.execute("BEGIN EXCLUSIVE")

        assert isinstance(failure(sqlite(file)), SourceUnreachable)


def test_sqlite_failures_are_named(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database, however long it may be" * 9)
    (tmp_path / "empty.db").touch()

    assert isinstance(failure(sqlite(tmp_path / "none.db")), SourceNotFound)
    assert isinstance(failure(sqlite(tmp_path / "text.db")), SourceInvalid)
    assert isinstance(failure(sqlite(tmp_path / "empty.db")), SourceInvalid)


def test_a_source_may_be_read_in_another_thread(file: Path) -> None:
    found: list[int] = []
    with closing(DatabaseSource(sqlite(file))) as source:
        read = threading.Thread(
            target=lambda: found.extend(r["cid"] for r in source.rows("contents"))
        )
        read.start()
        read.join()

    assert len(found) == 14
