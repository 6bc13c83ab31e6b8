"""What values stand between the parentheses of VALUES?

The hot loop of a dump. `_PLAIN` recognises, at one place, the three values of which
a dump mostly consists, together with the mark that ends them; all else, and all that
the end of the buffer cuts in two, goes the slow way through the lexer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import EllipsisType

from service.typecho.sql_lexer import Lexer
from service.typecho.sql_session import CHARSETS
from service.typecho.sql_text import resolve, resolve_bytes

Value = str | int | float | bytes | None | EllipsisType
"""`...` stands for the word DEFAULT: the dump does not say."""

_PLAIN = re.compile(rb"\s*(?:'([^'\\]*)'|([+-]?\d{1,18})|(NULL))\s*[,)]")
_CLOSE = ord(")")
_NUMBER = re.compile(rb"[+-]?(?:0[xX][0-9A-Fa-f]*|0b[01]+|[0-9.][0-9.eE+-]*)")
_NULL_MARK = re.compile(rb"\\N")
_WORDS: dict[str, Value] = {"NULL": None, "DEFAULT": ..., "TRUE": 1, "FALSE": 0}


def read_rows(
    lexer: Lexer, lenient: frozenset[int] = frozenset()
) -> Iterator[list[Value]]:
    """The rows behind the word VALUES, up to what is no further row.

    At the places in `lenient` a quoted text that is none in the charset of the dump is
    given as bytes: MariaDB writes binary columns so, without `_binary`.
    """
    while True:
        lexer.expect(b"(")
        yield _row(lexer, lenient)
        if not lexer.accept(b","):
            return


def read_value(lexer: Lexer, lenient: bool = False) -> Value:
    """One literal, however it is written."""
    mark = lexer.peek()
    if mark in (b"'", b'"'):
        return _text(lexer, lenient)
    if match := lexer.take(_NUMBER):
        return _number(lexer, match[0])
    if lexer.take(_NULL_MARK):
        return None
    word = lexer.word()
    if word in _WORDS:
        return _WORDS[word]
    if word in ("X", "B", "N") and lexer.peek() == b"'":
        return _prefixed(lexer, word)
    if word.startswith("_") and (word == "_BINARY" or word[1:].lower() in CHARSETS):
        return _introduced(lexer, word[1:].lower())
    if not mark:
        lexer.cut("a statement", lexer.line)
    return lexer.fail(
        f"cannot read the value {word or mark.decode('latin-1')!r}",
        "only literal values are read: make the dump with mysqldump",
    )


def _row(lexer: Lexer, lenient: frozenset[int]) -> list[Value]:
    row: list[Value] = []
    plain = _PLAIN.match
    decode = lexer.session.charset.decode
    buf, pos = lexer.buf, lexer.pos
    while True:
        match = plain(buf, pos)
        if match is None:
            lexer.pos = pos
            if not row and lexer.accept(b")"):
                return row
            row.append(read_value(lexer, len(row) in lenient))
            last = lexer.expect(b",)") == b")"
            buf, pos = lexer.buf, lexer.pos
        else:
            kind = match.lastindex
            if kind == 1:
                try:
                    row.append(decode(match[1]))
                except UnicodeDecodeError:
                    lexer.pos = pos
                    if len(row) not in lenient:
                        _decoded(lexer, match[1])
                    row.append(match[1])
            else:
                row.append(int(match[2]) if kind == 2 else None)
            pos = match.end()
            last = buf[pos - 1] == _CLOSE
        if last:
            lexer.pos = pos
            return row


def _text(lexer: Lexer, lenient: bool = False) -> str | bytes:
    """A quoted text, or several side by side, which SQL takes for one.

    Decoded first, for then every backslash that is left is one.
    """
    session, texts = lexer.session, ""
    while (quote := lexer.peek()) in (b"'", b'"'):
        raw = lexer.raw_text()
        try:
            text = session.charset.decode(raw)
        except UnicodeDecodeError:
            if not lenient:
                _decoded(lexer, raw)
            lead, escapes = session.charset.lead, session.backslash
            return resolve_bytes(raw, quote, lead, escapes)
        if b"\\" in raw or quote in raw:
            text = resolve(text, quote.decode("ascii"), session.backslash)
        texts += text
    return texts


def _adjacent_texts(lexer: Lexer) -> bytes:
    """The bytes of a text whose charset is told elsewhere."""
    raw = lexer.text()
    while lexer.peek() in (b"'", b'"'):
        raw += lexer.text()
    return raw


def _decoded(lexer: Lexer, raw: bytes) -> str:
    """The text, or the error that says why it is none."""
    charset = lexer.session.charset
    try:
        return charset.decode(raw)
    except UnicodeDecodeError as error:
        bad = raw[error.start : error.start + 2].hex()
        lexer.fail(
            f"a text is not {charset.name}, which the dump declares: bytes 0x{bad}",
            "dump again with: mysqldump --default-character-set=utf8mb4",
        )


def _number(lexer: Lexer, raw: bytes) -> Value:
    if raw[:2] in (b"0x", b"0X"):
        return _binary(lexer, _from_hex(raw[2:]), "binary")
    try:
        if raw[:2] == b"0b":
            return int(raw[2:], 2)
        return int(raw)
    except ValueError:
        pass  # it may still be a float
    try:
        return float(raw)
    except ValueError:
        lexer.fail(f"cannot read the number {raw[:40].decode()!r}")


def _prefixed(lexer: Lexer, word: str) -> Value:
    """`X'4E'`, `B'01'` or `N'text'`."""
    if word == "N":
        return _text(lexer)
    raw = lexer.text()
    try:
        if word == "B":
            return int(raw or b"0", 2)
        return _binary(lexer, _from_hex(raw), "binary")
    except ValueError:
        lexer.fail(f"cannot read the literal {word}'{raw[:40].decode('latin-1')}'")


def _introduced(lexer: Lexer, charset: str) -> Value:
    """What follows `_binary` or `_utf8mb4`: a quoted, hex or bit literal."""
    if lexer.peek() in (b"'", b'"'):
        return _binary(lexer, _adjacent_texts(lexer), charset)
    if (match := lexer.take(_NUMBER)) and match[0][:2] in (b"0x", b"0X"):
        return _binary(lexer, _from_hex(match[0][2:]), charset)
    if lexer.word() == "X" and lexer.peek() == b"'":
        return _binary(lexer, _from_hex(lexer.text()), charset)
    return lexer.fail(f"no literal follows _{charset}")


def _binary(lexer: Lexer, raw: bytes, charset: str) -> str | bytes:
    """Text where the bytes are text.

    A binary column holds what PHP sent, mostly UTF-8, whatever the dump declares
    for its texts.
    """
    order = [CHARSETS["utf8mb4"].decode, lexer.session.charset.decode]
    if charset != "binary":
        order = [CHARSETS[charset].decode]
    for decode in order:
        try:
            return decode(raw)
        except UnicodeDecodeError:
            continue
    return raw


def _from_hex(digits: bytes) -> bytes:
    text = digits.decode("ascii")
    return bytes.fromhex("0" + text if len(text) % 2 else text)
