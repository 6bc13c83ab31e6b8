"""Which charset and which SQL mode hold at this point of a dump?

A dump says so itself with SET statements, and may change its mind: mysqldump
switches `character_set_client` around every CREATE TABLE and saves the old value
in a user variable. The names and code pages are MySQL's:
https://dev.mysql.com/doc/refman/8.4/en/charset-charsets.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from service.errors import SourceInvalid


@dataclass(frozen=True, slots=True)
class Charset:
    """`decode` is strict. `lead` is a class of bytes, as in a pattern, that may begin
    a character whose second byte is 0x5c, which is then no backslash."""

    name: str
    decode: Callable[[bytes], str]
    lead: bytes = b""


def _utf8(raw: bytes) -> str:
    try:
        return str(raw, "utf-8")
    except UnicodeDecodeError:
        # Old servers took surrogate pairs, three bytes each, into 3-byte utf8.
        text = raw.decode("utf-8", "surrogatepass")
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _windows(code_page: str) -> Callable[[bytes], str]:
    """MySQL's latin1 is Windows-1252 whose five holes are control characters."""
    whole = [bytes([n]).decode(code_page, "ignore") or chr(n) for n in range(256)]
    table = {n: char for n, char in enumerate(whole) if ord(char) != n}
    return lambda raw: (
        str(raw, "ascii") if raw.isascii() else str(raw, "latin-1").translate(table)
    )


def _codec(name: str) -> Callable[[bytes], str]:
    return lambda raw: str(raw, name)


_GBK_LEAD = rb"\x81-\xfe"
_SJIS_LEAD = rb"\x81-\x9f\xe0-\xfc"

UTF8 = Charset("utf8mb4", _utf8)
CHARSETS: dict[str, Charset] = {
    charset.name: charset
    for charset in (
        UTF8,
        Charset("utf8", _utf8),
        Charset("utf8mb3", _utf8),
        Charset("latin1", _windows("cp1252")),
        # Python's gb18030 contains its gbk and the few signs more that MySQL has.
        Charset("gbk", _codec("gb18030"), _GBK_LEAD),
        Charset("gb18030", _codec("gb18030"), _GBK_LEAD),
        Charset("gb2312", _codec("gb2312")),
        Charset("big5", _codec("cp950"), _GBK_LEAD),
        Charset("sjis", _codec("cp932"), _SJIS_LEAD),
        Charset("cp932", _codec("cp932"), _SJIS_LEAD),
        Charset("euckr", _codec("cp949")),
        Charset("ujis", _codec("euc_jp")),
        Charset("ascii", _codec("ascii")),
        Charset("binary", _utf8),
        Charset("latin2", _codec("iso8859-2")),
        Charset("cp1250", _codec("cp1250")),
        Charset("cp1251", _codec("cp1251")),
        Charset("koi8r", _codec("koi8-r")),
    )
}

_NAMES = re.compile(
    r"\s*(?:NAMES|CHARACTER\s+SET|CHARSET)\s+[\"'`]?(\w+)", re.IGNORECASE
)
_ASSIGN = re.compile(
    r"(@?@?[\w.$]+)\s*:?=\s*(?:IFNULL\s*\(\s*)?"
    r"('[^']*'|\"[^\"]*\"|@?@?[\w.$]+)",
    re.IGNORECASE,
)


class Session:
    """The state of a client that would run the dump."""

    def __init__(self) -> None:
        self.charset = UTF8
        self.sql_mode = ""
        self.backslash = True
        """True if a backslash in a quoted text begins an escape."""
        self._variables: dict[str, str] = {}

    def run_set(self, text: str) -> None:
        """Follow what stands behind the word SET."""
        if names := _NAMES.match(text):
            self._use(names[1])
            return
        for target, value in _ASSIGN.findall(text):
            self._assign(target.lower(), value)

    def _assign(self, target: str, value: str) -> None:
        known = self._value(value)
        if known is None:
            return
        if target.startswith("@") and not target.startswith("@@"):
            self._variables[target] = known
            return
        name = target.removeprefix("@@").rpartition(".")[2]
        if name == "sql_mode":
            self.sql_mode = known
            self.backslash = "no_backslash_escapes" not in known.lower()
        elif name == "character_set_client":
            self._use(known)

    def _value(self, value: str) -> str | None:
        """The value as text; None for what we do not follow."""
        if value[0] in "'\"":
            return value[1:-1]
        name = value.lower()
        if name.startswith("@@"):
            name = name[2:].rpartition(".")[2]
            return {
                "sql_mode": self.sql_mode,
                "character_set_client": self.charset.name,
            }.get(name)
        return self._variables.get(name) if name.startswith("@") else value

    def _use(self, name: str) -> None:
        if name.lower() in ("default", "null"):
            self.charset = UTF8
            return
        charset = CHARSETS.get(name.lower())
        if charset is None:
            raise SourceInvalid(
                f"the dump declares the unknown charset {name[:40]!r}",
                "dump again with: mysqldump --default-character-set=utf8mb4",
            )
        self.charset = charset
