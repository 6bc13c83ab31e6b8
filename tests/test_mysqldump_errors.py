"""What is said about a dump that cannot be read, and where does it say the fault is?"""

from __future__ import annotations

import pytest

from service.errors import (
    SourceAmbiguous,
    SourceError,
    SourceIncomplete,
    SourceInvalid,
)
from tests.support.dumps import POSTS, read

TABLE = POSTS.decode()
INSERT = "INSERT INTO `typecho_contents` VALUES "

FAULTS: dict[str, tuple[str | bytes, type[SourceError], str]] = {
    "empty": ("", SourceIncomplete, "dump is empty"),
    "only a byte order mark": ("\ufeff", SourceInvalid, "dump holds no tables"),
    "only comments": ("-- hello\n", SourceInvalid, "dump holds no tables"),
    "cut in a text": (
        TABLE + INSERT + "(1,'a','x\nyz",
        SourceIncomplete,
        "the dump ends inside a text that begins at line 2 (byte 122 is the last)",
    ),
    "cut behind a backslash": (
        TABLE + INSERT + "(1,'a','x\\",
        SourceIncomplete,
        "the dump ends inside a text that begins at line 2 (byte 120 is the last)",
    ),
    "cut between two rows": (
        TABLE + INSERT + "(1,'a','x'),",
        SourceIncomplete,
        "the dump ends inside a statement that begins at line 2 (byte 122 is the last)",
    ),
    "cut between two values": (
        TABLE + INSERT + "(1,'a',",
        SourceIncomplete,
        "the dump ends inside a statement that begins at line 2 (byte 117 is the last)",
    ),
    "cut before its semicolon": (
        TABLE + INSERT + "(1,'a','x')",
        SourceIncomplete,
        "the dump ends inside a statement that begins at line 2 (byte 121 is the last)",
    ),
    "cut in a definition": (
        TABLE[:40],
        SourceIncomplete,
        "the dump ends inside a statement that begins at line 1 (byte 40 is the last)",
    ),
    "cut in another program's rows": (
        TABLE + "INSERT INTO stat VALUES (1,'agent",
        SourceIncomplete,
        "the dump ends inside a text that begins at line 2 (byte 105 is the last)",
    ),
    "cut in a comment": (
        TABLE + "/* never closed",
        SourceIncomplete,
        "the dump ends inside a comment that begins at line 2 (byte 87 is the last)",
    ),
    "mysqldump failed half-way": (
        TABLE + "mysqldump: Error 2013: Lost connection to MySQL server\n",
        SourceIncomplete,
        "mysqldump reported an error at line 2",
    ),
    "prose": ("Hello, world\n", SourceInvalid, "not SQL at line 1 (byte 0)"),
    "random bytes": (b"\x8f\x01\x02\xfe" * 9, SourceInvalid, "not SQL at line 1"),
    "web page": ("\n<!DOCTYPE html>", SourceInvalid, "a web page, not SQL at line 2"),
    "xml": ('<?xml version="1.0"?>', SourceInvalid, "XML, not SQL at line 1 (byte 0)"),
    "postgresql": (
        "--\n-- PostgreSQL database dump\n--\n",
        SourceInvalid,
        "a PostgreSQL dump begins at line 2",
    ),
    "sqlite": (
        "PRAGMA foreign_keys=OFF;\n",
        SourceInvalid,
        "PRAGMA is not MySQL at line 1",
    ),
    "prose in the middle": (
        TABLE + "oops;\n",
        SourceInvalid,
        "something that is no statement at line 2",
    ),
    "too few values": (
        TABLE + INSERT + "(1,'a','x'),\n(2,'b');",
        SourceInvalid,
        "a row of typecho_contents has 2 values for 3 columns at line 3 (byte 130)",
    ),
    "a lost comma": (
        TABLE + INSERT + "(1,'a' 7,'x');",
        SourceInvalid,
        "b'7' stands where one of b',)' should at line 2",
    ),
    "a lost semicolon": (
        TABLE + INSERT + "(1,'a','x')\nINSERT INTO b VALUES (1);",
        SourceInvalid,
        "no end of the rows of typecho_contents at line 3",
    ),
    "rows from elsewhere": (
        TABLE + "INSERT INTO typecho_contents SELECT * FROM x;",
        SourceInvalid,
        "INSERT into typecho_contents without VALUES at line 2",
    ),
    "update": (
        TABLE + INSERT + "(1,'a','x');\nUPDATE typecho_contents SET status='hidden';",
        SourceInvalid,
        "UPDATE changes rows of typecho_contents at line 3",
    ),
    "delete of some": (
        TABLE + INSERT + "(1,'a','x');\nDELETE FROM typecho_contents WHERE cid=1;",
        SourceInvalid,
        "DELETE changes rows of typecho_contents at line 3",
    ),
    "unknown charset": (
        "\nSET NAMES swe7;",
        SourceInvalid,
        "the dump declares the unknown charset 'swe7' at line 2",
    ),
    "wrong charset": (
        b"SET NAMES utf8;\n" + POSTS + INSERT.encode() + b"(1,'\xd2\xfd','x');",
        SourceInvalid,
        "a text is not utf8, which the dump declares: bytes 0xd2fd at line 3",
    ),
    "no names of columns": (
        INSERT + "(1,'a','x');",
        SourceInvalid,
        "nothing names the columns of typecho_contents in dump (line 1)",
    ),
    "no names in one table": (
        TABLE + "INSERT INTO typecho_options VALUES ('title',0,'T');",
        SourceInvalid,
        "nothing names the columns of typecho_options in dump (line 2)",
    ),
    "no rows": (TABLE, SourceInvalid, "dump defines tables but holds no rows"),
    "another program": (
        "CREATE TABLE wp_posts (ID int); CREATE TABLE wp_users (ID int);"
        "INSERT INTO wp_users VALUES (1);",
        SourceInvalid,
        "no Typecho blog in dump: it holds wp_posts, wp_users",
    ),
    "no contents": (
        "INSERT INTO typecho_metas (mid,name,type) VALUES (1,'m','tag');",
        SourceInvalid,
        "no Typecho blog in dump: it holds typecho_metas",
    ),
    "many tables of another program": (
        "".join(f"CREATE TABLE t{n} (a int);" for n in range(10)),
        SourceInvalid,
        "no Typecho blog in dump: it holds t0, t1, t2, t3, t4, t5, t6, t7 and 2 more",
    ),
    "utf-16": (
        ("\ufeff" + TABLE).encode("utf-16-le"),
        SourceInvalid,
        "dump is UTF-16 text, not what mysqldump wrote (byte 0)",
    ),
    "utf-16 without a mark": (
        TABLE.encode("utf-16-be"),
        SourceInvalid,
        "dump is UTF-16 text, not what mysqldump wrote (byte 0)",
    ),
}


@pytest.mark.parametrize(("dump", "kind", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named(
    dump: str | bytes, kind: type[SourceError], said: str
) -> None:
    with pytest.raises(SourceError) as raised:
        read(dump)

    assert type(raised.value) is kind
    assert raised.value.message.removeprefix("dump: ").startswith(said)
    assert raised.value.hint


BLOGS = (
    TABLE
    + INSERT
    + "(1,'a','x');\n"
    + (TABLE + INSERT).replace("typecho_", "blog_")
    + "(2,'b','y');\n"
)


def test_two_blogs_in_one_dump_are_listed() -> None:
    with pytest.raises(SourceAmbiguous) as raised:
        read(BLOGS)

    assert raised.value.message == "2 blogs in dump: blog_, typecho_"
    assert raised.value.hint == "set table_prefix to one of them, for example: blog_"


def test_the_setting_chooses_one_of_two_blogs() -> None:
    assert read(BLOGS, prefix="blog_") == [{"cid": 2, "title": "b", "text": "y"}]


def test_a_prefix_that_is_not_there_is_named() -> None:
    with pytest.raises(SourceInvalid) as raised:
        read(BLOGS, prefix="my_")

    assert raised.value.message == (
        "no table my_contents of Typecho in dump, only blog_contents, typecho_contents"
    )


def test_the_same_prefix_in_two_databases_is_ambiguous() -> None:
    rows = TABLE + INSERT + "(1,'a','x');\n"

    with pytest.raises(SourceAmbiguous) as raised:
        read("USE `one`;\n" + rows + "USE `two`;\n" + rows)

    assert raised.value.message == (
        "dump holds typecho_contents of several databases: one, two"
    )


def test_a_lost_quote_does_not_eat_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.typecho.sql_cursor.MAX_TEXT", 1 << 20)

    with pytest.raises(SourceInvalid, match="a single text is longer than 1 MB"):
        read(TABLE + INSERT + "(1,'a','" + "x" * (3 << 20))
