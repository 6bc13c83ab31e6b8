"""Which value does each way of writing a literal in a dump mean?"""

from __future__ import annotations

import io
from typing import Any

import pytest

from service.errors import SourceInvalid
from service.typecho.dump_reader import DumpReader
from service.typecho.dump_tables import Spool
from tests.support.dumps import POSTS, read, read_post

GBK = b"/*!40101 SET NAMES gbk */;\n"
LATIN1 = b"SET NAMES latin1;\n"
PLAIN = b"SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO,NO_BACKSLASH_ESCAPES';\n"

TEXTS: dict[str, tuple[bytes, Any]] = {
    "plain": (b"'abc'", "abc"),
    "empty": (b"''", ""),
    "double quotes": (b'"abc"', "abc"),
    "doubled quote": (b"'it''s'", "it's"),
    "only a doubled quote": (b"''''", "'"),
    "two doubled quotes": (b"''''''", "''"),
    "doubled quote at the end": (b"'abc'''", "abc'"),
    "doubled double quote": (b'"say ""hi"""', 'say "hi"'),
    "single quotes in double quotes": (b"\"it''s\"", "it''s"),
    "escaped quote": (rb"'it\'s'", "it's"),
    "escaped quote before a doubled one": (rb"'\''''", "''"),
    "escaped double quote": (rb"'\"x\"'", '"x"'),
    "escaped backslash at the end": (rb"'C:\\'", "C:\\"),
    "two escaped backslashes": (rb"'\\\\alpha'", r"\\alpha"),
    "escaped backslash before n": (rb"'\\nabla'", r"\nabla"),
    "backslash then line feed": (rb"'\\\n'", "\\\n"),
    "escaped backslash before doubled quote": (rb"'\\'''", "\\'"),
    "control escapes": (rb"'\0\b\t\n\r\Z'", "\0\b\t\n\r\x1a"),
    "escapes for LIKE stay": (rb"'100\% a\_b'", r"100\% a\_b"),
    "unknown escape is its letter": (rb"'\q\$'", "q$"),
    "raw line feed": (b"'a\nb\r\nc'", "a\nb\r\nc"),
    "raw zero byte": (b"'a\0b'", "a\0b"),
    "semicolon": (b"'a; b);'", "a; b);"),
    "what looks like a row": (b"'),(2,''x'',''y'''", "),(2,'x','y'"),
    "what looks like a comment": (b"'-- /* # */'", "-- /* # */"),
    "what looks like a closing line": (b"'\n-- Dump completed'", "\n-- Dump completed"),
    "emoji": ("'😀 引力波'".encode(), "😀 引力波"),
    "texts side by side": (b"'abc' \n 'def'", "abcdef"),
    "national": (b"N'abc'", "abc"),
    "introducer": (b"_utf8mb4'abc'", "abc"),
    "introducer with a blank": ("_utf8mb4 '引'".encode(), "引"),
    "introducer of another charset": (b"_gbk 0xd2fd", "引"),
    "binary introducer": (b"_binary 'a\\0b'", "a\0b"),
    "binary that is no text": (b"_binary '\xff\xfe'", b"\xff\xfe"),
    "hex": (b"0x616263", "abc"),
    "hex in capitals": (b"0X4E4F", "NO"),
    "hex that is no text": (b"0xFFFE", b"\xff\xfe"),
    "hex of nothing": (b"0x", ""),
    "odd hex": (b"0xA", "\n"),
    "hex in quotes": (b"X'616263'", "abc"),
    "small hex in quotes": (b"x'e5bc95'", "引"),
    "hex with introducer": (b"_utf8mb4 0xe5bc95", "引"),
    "quoted hex with introducer": (b"_binary X'6162'", "ab"),
    "bits": (b"b'101'", 5),
    "no bits": (b"b''", 0),
    "bits without quotes": (b"0b11", 3),
    "null": (b"NULL", None),
    "small null": (b"null", None),
    "null of LOAD DATA": (rb"\N", None),
    "true": (b"TRUE", 1),
    "false": (b"false", 0),
    "integer": (b"1262275200", 1262275200),
    "negative": (b"-7", -7),
    "with plus": (b"+7", 7),
    "zerofill": (b"0000000042", 42),
    "quoted number": (b"'42'", "42"),
    "larger than 64 bits": (b"1" + b"0" * 25, 10**25),
    "float": (b"3.25", 3.25),
    "negative float": (b"-0.5", -0.5),
    "float without zero": (b".5", 0.5),
    "scientific": (b"1.5e-7", 1.5e-7),
    "scientific without point": (b"1E10", 1e10),
}


@pytest.mark.parametrize(("literal", "meant"), TEXTS.values(), ids=TEXTS.keys())
def test_a_literal_means(literal: bytes, meant: Any) -> None:
    assert read_post(b"1, " + literal + b" ,'x'") == [1, meant, "x"]


@pytest.mark.parametrize(("literal", "meant"), TEXTS.values(), ids=TEXTS.keys())
def test_a_literal_means_the_same_in_single_byte_reads(
    literal: bytes, meant: Any
) -> None:
    dump = POSTS + b"INSERT INTO `typecho_contents` VALUES (1," + literal + b",'x');\n"
    file, spool = io.BytesIO(dump), Spool(None)
    reader = DumpReader(lambda size: file.read(1), spool)

    reader.run()

    ((_, rows),) = spool.rows(reader.tables["", "typecho_contents"])
    assert rows == [[1, meant, "x"]]


CHARSETS: dict[str, tuple[bytes, bytes, str]] = {
    "utf8": (b"SET NAMES utf8;", "'引力波é'".encode(), "引力波é"),
    "utf8mb3": (b"SET NAMES utf8mb3;", "'é'".encode(), "é"),
    "none declared": (b"", "'引力波😀'".encode(), "引力波😀"),
    "quoted name": (b"SET NAMES 'gbk';", "'引力波'".encode("gbk"), "引力波"),
    "with collation": (
        b"SET NAMES gbk COLLATE gbk_bin;",
        "'引力波'".encode("gbk"),
        "引力波",
    ),
    "SET CHARACTER SET": (b"SET CHARACTER SET gbk;", "'引'".encode("gbk"), "引"),
    "character_set_client": (
        b"/*!40101 SET character_set_client = gbk */;",
        "'引'".encode("gbk"),
        "引",
    ),
    "gbk": (GBK, "'引力波'".encode("gbk"), "引力波"),
    "gbk with a backslash as second byte": (GBK, b"'\x95\x5c'", "昞"),
    "gbk with two such": (GBK, b"'\x95\x5c\x95\x5c'", "昞昞"),
    "gbk with an escape behind it": (GBK, b"'\x95\x5c\\n'", "昞\n"),
    "gbk with an escaped quote behind it": (GBK, b"'\x95\x5c\\'s'", "昞's"),
    "gbk with a doubled quote behind it": (GBK, b"'\x95\x5c''s'", "昞's"),
    "gbk with an odd run before it": (GBK, b"'\xd2\xfd\x95\x5c'", "引昞"),
    "gbk after ascii": (GBK, b"'a\x95\x5cb\\\\c'", "a昞b\\c"),
    "gbk with a backtick as second byte": (GBK, b"'\x95\x60'", "昤"),
    "gb18030 with four bytes": (b"SET NAMES gb18030;", b"'\x94\x39\xfc\x36'", "😀"),
    "gb2312": (b"SET NAMES gb2312;", "'引力'".encode("gb2312"), "引力"),
    "big5": (b"SET NAMES big5;", b"'\xb3\x5c\xa5\x5c'", "許功"),
    "latin1": (LATIN1, b"'caf\xe9'", "café"),
    "latin1 is windows": (LATIN1, b"'\x80\x93x\x94'", "€“x”"),
    "latin1 holes are controls": (LATIN1, b"'\x81\x8d'", "\x81\x8d"),
    "binary": (b"SET NAMES binary;", "'引'".encode(), "引"),
    "the last one holds": (
        b"/*!40101 SET NAMES utf8 */;\n/*!50503 SET NAMES gbk */;",
        "'引'".encode("gbk"),
        "引",
    ),
    "surrogates of an old server": (
        b"SET NAMES utf8;",
        b"'\xed\xa0\xbd\xed\xb8\x80'",
        "😀",
    ),
}


@pytest.mark.parametrize(
    ("names", "literal", "meant"), CHARSETS.values(), ids=CHARSETS.keys()
)
def test_texts_are_in_the_declared_charset(
    names: bytes, literal: bytes, meant: str
) -> None:
    assert read_post(b"1," + literal + b",'x'", names) == [1, meant, "x"]


def test_a_backslash_is_plain_when_the_sql_mode_says_so() -> None:
    assert read_post(rb"1,'C:\new\','it''s \'", PLAIN) == [1, "C:\\new\\", "it's \\"]


def test_the_sql_mode_is_given_back_from_its_variable() -> None:
    before = (
        b"SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_BACKSLASH_ESCAPES';\n"
        b"/*!40101 SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '') */;\n"
    )

    assert read_post(rb"1,'a\nb','x'", before) == [1, "a\nb", "x"]


def test_the_charset_around_a_definition_does_not_stay() -> None:
    dump = (
        GBK
        + b"/*!40101 SET @saved_cs_client     = @@character_set_client */;\n"
        + b"/*!40101 SET character_set_client = utf8 */;\n"
        + POSTS
        + b"/*!40101 SET character_set_client = @saved_cs_client */;\n"
        + b"INSERT INTO `typecho_contents` VALUES (1,'\x95\x5c','x');\n"
    )

    assert read(dump) == [{"cid": 1, "title": "昞", "text": "x"}]


def test_bytes_outside_the_searched_columns_are_no_error() -> None:
    dump = (
        b"INSERT INTO `typecho_contents` (cid,title,text,raw,`plugin`) VALUES"
        b" (1,'a','x','\xff','\x80\\0\\''''),(2,'b','y','z','\\n');\n"
    )

    assert read(dump) == [
        {"cid": 1, "title": "a", "text": "x", "raw": b"\xff", "plugin": b"\x80\0''"},
        {"cid": 2, "title": "b", "text": "y", "raw": "z", "plugin": "\n"},
    ]


def test_default_leaves_the_column_out() -> None:
    dump = POSTS + b"INSERT INTO `typecho_contents` VALUES (1,DEFAULT,'x');\n"

    assert read(dump) == [{"cid": 1, "text": "x"}]


@pytest.mark.parametrize(
    ("literal", "said"),
    [
        (b"'\xff'", "a text is not utf8mb4, which the dump declares: bytes 0xff"),
        (b"NOW()", "cannot read the value 'NOW' at line 2"),
        (b"1.2.3", "cannot read the number '1.2.3' at line 2"),
        (b"X'GG'", "cannot read the literal X'GG' at line 2"),
        (b"B'12'", "cannot read the literal B'12' at line 2"),
        (b"_binary 5", "no literal follows _binary at line 2"),
        (b"", "cannot read the value ',' at line 2"),
    ],
    ids=["not utf8", "function", "number", "hex", "bits", "introducer", "nothing"],
)
def test_what_is_no_literal_is_named_with_its_line(literal: bytes, said: str) -> None:
    with pytest.raises(SourceInvalid) as raised:
        read_post(b"1," + literal + b",'x'")

    assert raised.value.message.removeprefix("dump: ").startswith(said)
    assert raised.value.hint
