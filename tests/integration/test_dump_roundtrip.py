"""Do hostile rows survive MariaDB, its own mysqldump and our reading?"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pymysql.cursors import DictCursor

from service.typecho import TABLES, Table
from service.typecho.mysqldump import DumpSource
from tests.support.mariadb import MariaDB
from tests.support.typecho_schema import columns, create_statements

pytestmark = pytest.mark.mariadb

DATABASE = "roundtrip"

OPTIONS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "hex": ("--hex-blob",),
    "a row a statement": ("--skip-extended-insert",),
    "columns": ("--complete-insert",),
    "columns without definitions": ("--no-create-info", "--complete-insert"),
    "ansi": ("--compatible=ansi", "--default-character-set=utf8mb4"),
    "replace": ("--replace", "--hex-blob", "--skip-extended-insert"),
    "ignore": ("--insert-ignore", "--complete-insert"),
    "compact": ("--compact",),
    "bare": ("--skip-opt", "--skip-comments"),
    "no locks": ("--skip-add-locks", "--skip-disable-keys", "--add-drop-database"),
    "short statements": ("--net-buffer-length=4096", "--quick"),
    "database named": ("--databases", "--single-transaction", "--no-autocommit"),
    "raw bytes": ("--default-character-set=binary",),
    "utf8": ("--default-character-set=utf8",),
    "gbk": ("--default-character-set=gbk",),
    "gbk in hex": ("--default-character-set=gbk", "--hex-blob"),
    "latin1": ("--default-character-set=latin1",),
}

# What quotes, escapes, comments and ends of statements are made of, and what a
# careless decoder trips over.
HOSTILE = list("'\"`\\%_;,()-#/*!\0\x1a\n\r\t\b\x7f\x01 0nNrtZbx") + [
    "\\'",
    "''",
    "\\\\",
    "*/",
    "/*!50000 ",
    "');\n",
    "-- Dump completed\n",
    "\nDELIMITER ;;\n",
    "\\N",
]
GBK = [
    text
    for lead in range(0x81, 0xFF)
    for second in (0x40, 0x5C, 0x60, 0x7C, 0x7E, 0x80, 0xA1, 0xD2, 0xFE)
    if (text := bytes([lead, second]).decode("gbk", "ignore"))
]
OTHERS: dict[str, st.SearchStrategy[str]] = {
    "utf8": st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]),
    "gbk": st.sampled_from(GBK),
    "gbk in hex": st.sampled_from(GBK),
    "latin1": st.characters(min_codepoint=0xA0, max_codepoint=0xFF),
}
ANY = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    "😀引力波é\u2028\ufeff"
)


def texts(kind: str, size: int) -> st.SearchStrategy[str]:
    """Texts that the charset of this kind of dump can hold."""
    pieces = st.sampled_from(HOSTILE) | OTHERS.get(kind, ANY)
    return st.lists(pieces, max_size=size // 20).map("".join)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[tuple[Any, ...]]]:
    kind = draw(st.sampled_from(sorted(OPTIONS)))
    row = st.tuples(
        texts(kind, 150) | st.none(),
        texts(kind, 1000),
        texts(kind, 150) | st.none(),
        st.integers(-(2**31), 2**31 - 1),
        st.floats(allow_nan=False, allow_infinity=False, width=64) | st.none(),
        st.binary(max_size=40),
    )
    return kind, draw(st.lists(row, min_size=1, max_size=12))


@pytest.fixture(scope="module")
def blog(mariadb: MariaDB) -> MariaDB:
    mariadb.create_database(DATABASE)
    for statement in create_statements():
        mariadb.execute(statement, database=DATABASE)
    mariadb.execute(
        "ALTER TABLE typecho_contents ADD number int, ADD ratio double, ADD raw blob",
        database=DATABASE,
    )
    return mariadb


@settings(
    max_examples=50,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases())
def test_every_row_comes_back_equal(
    blog: MariaDB, case: tuple[str, list[tuple[Any, ...]]]
) -> None:
    kind, given_rows = case
    store(blog, given_rows)
    stored = select(blog, "contents")
    # The server took them as they are; otherwise the comparison would say little.
    assert [(r["title"], r["text"], r["password"]) for r in stored] == [
        row[:3] for row in given_rows
    ]

    source = DumpSource(io.BytesIO(blog.dump(DATABASE, *OPTIONS[kind])))
    found = list(source.rows("contents"))
    source.close()

    if kind in OTHERS:  # which bytes a binary column holds is then not comparable
        for row in (*found, *stored):
            row.pop("raw")
    for row in found:
        if "raw" in row and isinstance(row["raw"], str):
            row["raw"] = row["raw"].encode()
    assert found == stored


@pytest.mark.parametrize("kind", OPTIONS)
def test_every_table_comes_back_equal(blog: MariaDB, kind: str) -> None:
    store(blog, [("it's\\", "x", None, -1, 0.5, b"x"), (None, "", "p", 0, None, b"y")])
    fill_other_tables(blog)

    source = DumpSource(io.BytesIO(blog.dump(DATABASE, *OPTIONS[kind])))

    for table in TABLES:
        rows = [as_text(row) for row in source.rows(table)]
        assert sort(rows) == sort([as_text(row) for row in select(blog, table)])
    source.close()


def test_a_large_post_of_quotes_comes_back_equal(blog: MariaDB) -> None:
    text = "引'\\\"\n" * 400_000
    store(blog, [("large", text, None, 0, 0.0, b"")])

    source = DumpSource(io.BytesIO(blog.dump(DATABASE, "--max-allowed-packet=64M")))
    (row,) = source.rows("contents")
    source.close()

    assert row["text"] == text


def store(blog: MariaDB, rows: Sequence[tuple[Any, ...]]) -> None:
    with blog.connect(DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM typecho_contents")
        cursor.executemany(
            "INSERT INTO typecho_contents"
            " (cid, slug, title, text, password, number, ratio, raw)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, _binary %s)",
            [(n, f"s{n}", *row) for n, row in enumerate(rows, 1)],
        )


def select(blog: MariaDB, table: Table) -> list[dict[str, Any]]:
    with (
        blog.connect(DATABASE, cursorclass=DictCursor) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT * FROM typecho_{table} ORDER BY 1")
        return list(cursor.fetchall())


def fill_other_tables(blog: MariaDB) -> None:
    """One row in each table but contents, every column with a value."""
    for table in TABLES:
        if table == "contents":
            continue
        names = columns(table)
        with blog.connect(DATABASE) as connection, connection.cursor() as cursor:
            cursor.execute(
                f"REPLACE INTO typecho_{table} ({', '.join(f'`{n}`' for n in names)})"
                f" VALUES ({', '.join(str(n) for n in range(1, len(names) + 1))})"
            )


def as_text(row: dict[str, Any]) -> dict[str, str]:
    """A row whose numbers and binary texts compare with those of the server."""
    return {
        name: value.decode()
        if isinstance(value, bytes)
        else str(float(value) if isinstance(value, int) else value)
        for name, value in row.items()
    }


def sort(rows: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    return sorted(sorted(row.items()) for row in rows)
