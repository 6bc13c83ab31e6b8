"""Typecho's seven tables on MySQL, as its installer creates them.

Names, types and defaults are those of install/Mysql.sql (the same in 1.2.1 and
1.3.0); `int` and `text` columns are spelled as the server prints them.
"""

from __future__ import annotations

_ID = "int(10) unsigned NOT NULL"
_COUNT = "int(10) unsigned DEFAULT '0'"


def _text(size: int, default: str | None = None) -> str:
    return f"varchar({size}) DEFAULT " + ("NULL" if default is None else f"'{default}'")


_AUTO = f"{_ID} AUTO_INCREMENT"
_FLAG = "char(1) DEFAULT '0'"

TABLES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "comments": (
        {
            "coid": _AUTO,
            "cid": _COUNT,
            "created": _COUNT,
            "author": _text(150),
            "authorId": _COUNT,
            "ownerId": _COUNT,
            "mail": _text(150),
            "url": _text(255),
            "ip": _text(64),
            "agent": _text(511),
            "text": "text",
            "type": _text(16, "comment"),
            "status": _text(16, "approved"),
            "parent": _COUNT,
        },
        ("PRIMARY KEY (`coid`)", "KEY `cid` (`cid`)", "KEY `created` (`created`)"),
    ),
    "contents": (
        {
            "cid": _AUTO,
            "title": _text(150),
            "slug": _text(150),
            "created": _COUNT,
            "modified": _COUNT,
            "text": "longtext",
            "order": _COUNT,
            "authorId": _COUNT,
            "template": _text(32),
            "type": _text(16, "post"),
            "status": _text(16, "publish"),
            "password": _text(32),
            "commentsNum": _COUNT,
            "allowComment": _FLAG,
            "allowPing": _FLAG,
            "allowFeed": _FLAG,
            "parent": _COUNT,
        },
        (
            "PRIMARY KEY (`cid`)",
            "UNIQUE KEY `slug` (`slug`)",
            "KEY `created` (`created`)",
        ),
    ),
    "fields": (
        {
            "cid": _ID,
            "name": "varchar(150) NOT NULL",
            "type": _text(8, "str"),
            "str_value": "text",
            "int_value": "int(10) DEFAULT '0'",
            "float_value": "float DEFAULT '0'",
        },
        (
            "PRIMARY KEY (`cid`,`name`)",
            "KEY `int_value` (`int_value`)",
            "KEY `float_value` (`float_value`)",
        ),
    ),
    "metas": (
        {
            "mid": _AUTO,
            "name": _text(150),
            "slug": _text(150),
            "type": "varchar(32) NOT NULL",
            "description": _text(150),
            "count": _COUNT,
            "order": _COUNT,
            "parent": _COUNT,
        },
        ("PRIMARY KEY (`mid`)", "KEY `slug` (`slug`)"),
    ),
    "options": (
        {
            "name": "varchar(32) NOT NULL",
            "user": f"{_ID} DEFAULT '0'",
            "value": "text",
        },
        ("PRIMARY KEY (`name`,`user`)",),
    ),
    "relationships": ({"cid": _ID, "mid": _ID}, ("PRIMARY KEY (`cid`,`mid`)",)),
    "users": (
        {
            "uid": _AUTO,
            "name": _text(32),
            "password": _text(64),
            "mail": _text(150),
            "url": _text(150),
            "screenName": _text(32),
            "created": _COUNT,
            "activated": _COUNT,
            "logged": _COUNT,
            "group": _text(16, "visitor"),
            "authCode": _text(64),
        },
        (
            "PRIMARY KEY (`uid`)",
            "UNIQUE KEY `name` (`name`)",
            "UNIQUE KEY `mail` (`mail`)",
        ),
    ),
}


def create_statements(
    prefix: str = "typecho_", charset: str = "utf8mb4", engine: str = "InnoDB"
) -> list[str]:
    """One CREATE TABLE for each table, without the closing semicolon."""
    return [
        f"CREATE TABLE `{prefix}{table}` (\n  "
        + ",\n  ".join([*(f"`{name}` {kind}" for name, kind in columns.items()), *keys])
        + f"\n) ENGINE={engine} DEFAULT CHARSET={charset}"
        for table, (columns, keys) in TABLES.items()
    ]


def columns(table: str) -> tuple[str, ...]:
    """The columns of a table in the order of its definition."""
    return tuple(TABLES[table][0])
