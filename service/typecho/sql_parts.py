"""What do the parts of CREATE TABLE and INSERT say: which table, which columns?"""

from __future__ import annotations

import re

from service.typecho.sql_lexer import Lexer
from service.typecho.sql_values import Value, read_value

Columns = tuple[str, ...]

_MODIFIERS = frozenset(
    {"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "QUICK"}
    | {"INTO", "FROM", "TABLE", "IF", "NOT", "EXISTS"}
)
_NO_COLUMNS = frozenset(
    {"PRIMARY", "KEY", "UNIQUE", "INDEX", "FULLTEXT", "SPATIAL"}
    | {"CONSTRAINT", "FOREIGN", "CHECK", "PERIOD"}
)
_SPELLING = {
    name.lower(): name
    for name in (
        *("authorId", "ownerId", "commentsNum", "screenName", "authCode"),
        *("allowComment", "allowPing", "allowFeed"),
    )
}
_PLAIN = re.compile(rb"[^,()'\"`#/*\-\s]+")


def table_name(lexer: Lexer) -> tuple[str, str, frozenset[str]]:
    """Database ("" if none is named), table, and the words before them."""
    words: set[str] = set()
    name, quoted = lexer.name()
    while not quoted and name.upper() in _MODIFIERS:
        words.add(name.upper())
        name, quoted = lexer.name()
    if lexer.accept(b"."):
        return name, lexer.name()[0], frozenset(words)
    return "", name, frozenset(words)


def column_list(lexer: Lexer) -> Columns:
    """The columns that an INSERT lists; empty if it lists none."""
    if not lexer.accept(b"("):
        return ()
    names: list[str] = []
    while not lexer.accept(b")"):
        names.append(_spelled(lexer.name()[0]))
        lexer.accept(b",")
    return tuple(names)


def definitions(lexer: Lexer) -> Columns:
    """The columns of a CREATE TABLE, behind its opening parenthesis."""
    names: list[str] = []
    end = b","
    while end == b",":
        name, quoted = lexer.name()
        if quoted or name.upper() not in _NO_COLUMNS:
            names.append(_spelled(name))
        _step_over_definition(lexer)
        end = lexer.expect(b",)")
    return tuple(names)


def assignments(lexer: Lexer) -> tuple[Columns, list[Value]]:
    """`a = 1, b = 'x'` as columns and a row."""
    names: list[str] = []
    row: list[Value] = []
    while not names or lexer.accept(b","):
        names.append(_spelled(lexer.name()[0]))
        lexer.expect(b"=")
        row.append(read_value(lexer))
    return tuple(names), row


def _step_over_definition(lexer: Lexer) -> None:
    """Go to the comma or parenthesis that ends a column's definition."""
    depth = 0
    while (mark := lexer.peek()) and (depth or mark not in b",)"):
        depth += (mark == b"(") - (mark == b")")
        if mark in b"'\"`":
            lexer.text()
        elif not lexer.take(_PLAIN):
            lexer.pos += 1


def _spelled(name: str) -> str:
    """A column as Typecho spells it; some tools change the case."""
    lower = name.lower()
    return _SPELLING.get(lower) or (lower if name.isupper() else name)
