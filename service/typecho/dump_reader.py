"""What do the statements of a dump say about Typecho's tables?

Follows CREATE, INSERT, REPLACE, DROP, TRUNCATE, USE and SET; steps over all else.
Whatever would change rows in a way that is not followed here is an error, never
ignored: a post that was hidden by an UPDATE must not come up again.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from service.errors import SourceIncomplete, SourceInvalid
from service.typecho import TABLES, Table
from service.typecho.dump_ending import Ending
from service.typecho.dump_tables import Spool, Stored
from service.typecho.sql_lexer import Lexer
from service.typecho.sql_parts import (
    Columns,
    assignments,
    column_list,
    definitions,
    table_name,
)
from service.typecho.sql_session import Session
from service.typecho.sql_values import read_rows

Key = tuple[str, str]
"""Database ("" where the dump names none) and table."""

REQUIRED: dict[Table, frozenset[str]] = {
    "contents": frozenset({"cid", "title", "text"}),
    "metas": frozenset({"mid", "name", "type"}),
    "relationships": frozenset({"cid", "mid"}),
    "users": frozenset({"uid", "name"}),
    "comments": frozenset({"coid", "cid", "text"}),
    "fields": frozenset({"cid", "name"}),
    "options": frozenset({"name", "value"}),
}
"""Columns by which Typecho's tables are told from those of other programs."""

KEYS: dict[Table, Columns] = {
    "contents": ("cid",),
    "metas": ("mid",),
    "relationships": ("cid", "mid"),
    "users": ("uid",),
    "comments": ("coid",),
    "fields": ("cid", "name"),
    "options": ("name", "user"),
}

_SEARCHED = frozenset(
    {"title", "text", "slug", "type", "status", "password", "name", "description"}
    | {"screenName", "author", "str_value", "value"}
)
"""Columns whose texts must be texts; what stands in others, a browser's name or a
binary column of some plugin, must not keep the blog from being searched."""
_STEPPED_OVER = re.compile(
    "ALTER|ANALYZE|BEGIN|BINLOG|CALL|CHANGE|CHECK|COMMIT|DEALLOCATE|DO|EXECUTE|EXPLAIN"
    "|FLUSH|GRANT|INSTALL|KILL|LOAD|LOCK|OPTIMIZE|PREPARE|PURGE|RELEASE|RENAME|REPAIR"
    "|RESET|REVOKE|ROLLBACK|SAVEPOINT|SELECT|SHOW|START|STOP|UNLOCK|WITH|XA"
)
# What `mysqldump ... > dump.sql 2>&1` leaves among the SQL.
_STDERR = re.compile(
    rb"(?:Warning: |(?:[\w./-]*/)?(?:mysqldump|mariadb-dump)(?:\.exe)?: )"
)
_TROUBLE = re.compile(rb"error|couldn't|denied|unknown", re.IGNORECASE)


class DumpReader:
    """Reads a dump once; afterwards `tables` holds Typecho's, `seen` all names."""

    def __init__(
        self, read: Callable[[int], bytes], spool: Spool, prefix: str = ""
    ) -> None:
        self.session = Session()
        self.ending = Ending()
        self.lexer = Lexer(read, self.session, self._comment)
        self.tables: dict[Key, Stored] = {}
        self.unnamed: dict[Key, int] = {}
        """Tables whose columns nobody names, and the line of their first INSERT."""
        self.seen: set[str] = set()
        self.inserts = 0
        self._foreign: set[Key] = set()
        """Tables that are only named like Typecho's."""
        self._spool = spool
        self._prefix = prefix
        self._database = ""
        self._verbs: dict[str, Callable[[], None]] = {
            "CREATE": self._create,
            "INSERT": self._insert,
            "REPLACE": lambda: self._insert(replace=True),
            "DROP": self._drop,
            "TRUNCATE": self._truncate,
            "DELETE": self._delete,
            "UPDATE": self._update,
            "USE": self._use,
            "SET": self._set,
            "DELIMITER": self.lexer.delimiter_line,
        }

    def run(self) -> None:
        lexer = self.lexer
        first = True
        while lexer.next_statement():
            if lexer.take(_STDERR):
                self._stderr(lexer.rest_of_line())
                continue
            verb = lexer.word()
            if verb in self._verbs:
                self._verbs[verb]()
            elif _STEPPED_OVER.fullmatch(verb):
                self.ending.statement(verb)
                lexer.skip_statement()
            elif verb or not lexer.buf.startswith(b"\\-", lexer.pos):
                self._not_sql(verb, first)
            else:
                lexer.rest_of_line()  # a command of MariaDB's client
            first = False
        self.ending.check(lexer.line)
        self._spool.flush()
        for key, stored in self.tables.items():
            if stored.replaced and (table := self._wanted(key)):
                self._spool.settle(stored, KEYS[table])

    # --- statements -----------------------------------------------------------

    def _create(self) -> None:
        lexer = self.lexer
        verb = lexer.word()
        if verb == "TEMPORARY":
            verb = lexer.word()
        if verb != "TABLE":
            lexer.skip_statement()
            return
        key, modifiers = self._target()
        table = self._wanted(key)
        if table is None or not lexer.accept(b"("):
            lexer.skip_statement()
            return
        columns = definitions(lexer)
        lexer.skip_statement()
        if not REQUIRED[table] <= set(columns):
            self._foreign.add(key)
            return
        self._foreign.discard(key)
        if "IF" in modifiers and key in self.tables:
            self.tables[key].columns = columns
            return
        self._forget(key)
        self.tables[key] = Stored(columns)

    def _insert(self, replace: bool = False) -> None:
        lexer = self.lexer
        self.inserts += 1
        line = lexer.line
        key, _ = self._target()
        table = self._wanted(key)
        if table is None or key in self._foreign:
            lexer.skip_statement()
            return
        columns = column_list(lexer) or self.tables.get(key, Stored()).columns
        how = lexer.word()
        if how == "SET":
            columns, row = assignments(lexer)
        if not columns:
            self.unnamed.setdefault(key, line)
        if not columns or not REQUIRED[table] <= set(columns):
            lexer.skip_statement()
            return
        stored = self.tables.setdefault(key, Stored())
        if how == "SET":
            self._spool.add(stored, columns, row)
        elif how in ("VALUES", "VALUE"):
            self._rows(key, stored, columns)
        else:
            lexer.fail(f"INSERT into {key[1]} without VALUES")
        stored.replaced |= replace
        if not lexer.at_delimiter():
            if lexer.word() not in ("ON", "AS"):
                lexer.fail(f"no end of the rows of {key[1]}")
            stored.replaced = True  # ON DUPLICATE KEY UPDATE
        lexer.skip_statement()

    def _rows(self, key: Key, stored: Stored, columns: Columns) -> None:
        lenient = frozenset(
            at for at, name in enumerate(columns) if name not in _SEARCHED
        )
        for row in read_rows(self.lexer, lenient):
            if len(row) != len(columns):
                self.lexer.fail(
                    f"a row of {key[1]} has {len(row)} values for {len(columns)}"
                    " columns"
                )
            self._spool.add(stored, columns, row)

    def _drop(self) -> None:
        if self.lexer.word() == "TABLE":
            self._forget(self._target()[0])
            while self.lexer.accept(b","):
                self._forget(self._target()[0])
        self.lexer.skip_statement()

    def _truncate(self) -> None:
        self._empty(self._target()[0])
        self.lexer.skip_statement()

    def _delete(self) -> None:
        key, _ = self._target()
        if self.lexer.at_delimiter():
            self._empty(key)
        elif key in self.tables:
            self.lexer.fail(*_unfollowed("DELETE", key))
        self.lexer.skip_statement()

    def _update(self) -> None:
        key, _ = self._target()
        if key in self.tables:
            self.lexer.fail(*_unfollowed("UPDATE", key))
        self.lexer.skip_statement()

    def _use(self) -> None:
        self._database = self.lexer.name()[0]
        self.lexer.skip_statement()

    def _set(self) -> None:
        text = self.lexer.statement_text()
        self.ending.statement("SET", text)
        try:
            self.session.run_set(text)
        except SourceInvalid as error:
            self.lexer.fail(error.message, error.hint)

    # --- tables ---------------------------------------------------------------

    def _target(self) -> tuple[Key, frozenset[str]]:
        database, name, modifiers = table_name(self.lexer)
        self.seen.add(name)
        return (database or self._database, name), modifiers

    def _wanted(self, key: Key) -> Table | None:
        name = key[1].lower()
        for table in TABLES:
            if name.endswith(table):
                prefix = name[: -len(table)]
                matches = not self._prefix or prefix == self._prefix.lower()
                return table if matches else None
        return None

    def _empty(self, key: Key) -> None:
        if key in self.tables:
            self._spool.clear(self.tables[key])

    def _forget(self, key: Key) -> None:
        self._empty(key)
        self.tables.pop(key, None)

    # --- what is not SQL ------------------------------------------------------

    def _comment(self, text: bytes) -> None:
        if b"PostgreSQL database dump" in text:
            self.lexer.fail(
                "a PostgreSQL dump begins",
                "read the database itself: source = postgresql://user@host/db",
            )
        self.ending.comment(text)

    def _stderr(self, text: bytes) -> None:
        if _TROUBLE.search(text) and b"[Warning]" not in text:
            raise SourceIncomplete(
                f"mysqldump reported an error at line {self.lexer.line}",
                "read that line, mend the cause and make the dump again",
            )

    def _not_sql(self, verb: str, first: bool) -> None:
        self.lexer.pos -= len(verb)
        start = self.lexer.buf[self.lexer.pos : self.lexer.pos + 400].lstrip().lower()
        if verb in ("PRAGMA", "COPY"):
            self.lexer.fail(
                f"{verb} is not MySQL", "give the database itself as the source"
            )
        if start.startswith((b"<?xml", b"<mysqldump")):
            self.lexer.fail("XML, not SQL", "make the dump without --xml")
        if first and start.startswith(b"<"):
            self.lexer.fail(
                "a web page, not SQL", "check the address; does it ask for a log-in?"
            )
        if first:
            self.lexer.fail(
                "not SQL", "give a dump made by mysqldump, phpMyAdmin or the like"
            )
        self.lexer.fail("something that is no statement")


def _unfollowed(verb: str, key: Key) -> tuple[str, str]:
    return (
        f"{verb} changes rows of {key[1]}",
        "only INSERT and REPLACE are read: export the table with INSERT statements",
    )
