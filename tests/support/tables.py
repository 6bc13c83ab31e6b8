"""Typecho's tables with rows in them, in any of its three databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.typecho import Row, Table
from tests.support.mariadb import MariaDB
from tests.support.postgres import Postgres

KEYS: dict[Table, str] = {
    "contents": "cid",
    "metas": "mid",
    "relationships": "cid,mid",
    "users": "uid",
    "comments": "coid",
    "fields": "cid,name",
    "options": "name,user",
}
LONG = {"text", "value", "str_value", "agent"}
NUMBERS = {
    *("cid", "mid", "uid", "coid", "created", "modified", "order", "authorId"),
    *("ownerId", "parent", "commentsNum", "count", "user", "activated", "logged"),
    "int_value",
}


def fill_mariadb(
    server: MariaDB,
    database: str,
    blog: Mapping[Table, list[Row]],
    prefix: str = "typecho_",
    *,
    create: bool = True,
    engine: str = "InnoDB",
) -> None:
    if create:
        server.create_database(database)
    with server.connect(database) as connection, connection.cursor() as cursor:
        for table, rows in blog.items():
            types = {"number": "int(10) unsigned", "long": "longtext", "float": "float"}
            columns = _columns(rows[0], types, "varchar(150)", "`")
            keys = ",".join(f"`{key}`" for key in KEYS[table].split(","))
            cursor.execute(
                f"CREATE TABLE `{prefix}{table}` ({columns}, PRIMARY KEY ({keys})) "
                f"ENGINE={engine} DEFAULT CHARSET=utf8mb4"
            )
            cursor.executemany(
                _insert(prefix + table, rows[0], "%s", "`"),
                [tuple(row.values()) for row in rows],
            )


def fill_postgres(
    server: Postgres,
    database: str,
    blog: Mapping[Table, list[Row]],
    prefix: str = "typecho_",
) -> None:
    import psycopg

    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}"')
        connection.execute(f'CREATE DATABASE "{database}"')
    with psycopg.connect(server.url(database)) as connection:
        for table, rows in blog.items():
            types = {"number": "bigint", "long": "text", "float": "real"}
            columns = _columns(rows[0], types, "varchar(150)", '"')
            connection.execute(f'CREATE TABLE "{prefix}{table}" ({columns})')
            connection.cursor().executemany(
                _insert(prefix + table, rows[0], "%s", '"'),
                [tuple(row.values()) for row in rows],
            )


def fill_sqlite(
    path: Path, blog: Mapping[Table, list[Row]], prefix: str = "typecho_"
) -> None:
    with sqlite3.connect(path) as connection:
        for table, rows in blog.items():
            types = {"number": "int(10)", "long": "text", "float": "real"}
            columns = _columns(rows[0], types, "varchar(150)", '"')
            connection.execute(f'CREATE TABLE "{prefix}{table}" ({columns})')
            connection.executemany(
                _insert(prefix + table, rows[0], "?", '"'),
                [tuple(row.values()) for row in rows],
            )
    connection.close()


def _columns(row: Row, types: Mapping[str, str], other: str, quote: str) -> str:
    kinds = (f"{quote}{name}{quote} {_type(name, types, other)}" for name in row)
    return ", ".join(kinds)


def _type(name: str, types: Mapping[str, Any], other: str) -> str:
    if name in NUMBERS:
        return str(types["number"])
    if name == "float_value":
        return str(types["float"])
    return str(types["long"]) if name in LONG else other


def _insert(table: str, row: Row, mark: str, quote: str) -> str:
    names = ", ".join(f"{quote}{name}{quote}" for name in row)
    marks = ", ".join([mark] * len(row))
    return f"INSERT INTO {quote}{table}{quote} ({names}) VALUES ({marks})"
