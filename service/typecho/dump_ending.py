"""Is this dump whole, or did it end too early?

Every writer leaves something that it closes only at the end; which, depends on the
tool. mysqldump and mariadb-dump write `-- Dump completed` (mysqlpump `-- Dump end
time`) unless told to leave comments out; then, and in phpMyAdmin and HeidiSQL, the
saved `@OLD_CHARACTER_SET_CLIENT` is given back; phpMyAdmin and Navicat commit what they
began; Navicat 12 and later turn foreign keys on again; Adminer 4 and later ends with a
line that holds only the date. That each statement is closed, the lexer knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from service.errors import SourceIncomplete

_HEADERS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("mysqldump", re.compile(rb"-- (?:MySQL|MariaDB) dump ")),
    ("mysqlpump", re.compile(rb"-- Dump created by MySQL pump")),
    ("phpMyAdmin", re.compile(rb"(?:--|#) phpMyAdmin ")),
    ("Adminer", re.compile(rb"-- Adminer ")),
    ("HeidiSQL", re.compile(rb"-- HeidiSQL |#\s*HeidiSQL")),
    ("Navicat", re.compile(rb"/\*\s+Navicat ")),
)
_FOOTERS: dict[str, re.Pattern[bytes]] = {
    "mysqldump": re.compile(rb"-- Dump completed"),
    "mysqlpump": re.compile(rb"-- Dump end time"),
    "Adminer": re.compile(rb"-- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
}
_OLD_ADMINER = re.compile(rb"-- Adminer [123]\.")
_SAVED = re.compile(r"@OLD_CHARACTER_SET_CLIENT\s*=", re.IGNORECASE)
_GIVEN_BACK = re.compile(r"=\s*@OLD_CHARACTER_SET_CLIENT", re.IGNORECASE)
# With blanks around the sign: older versions write `=0` and never switch back.
_KEYS_OFF = re.compile(r"\s*FOREIGN_KEY_CHECKS = 0")
_KEYS_ON = re.compile(r"\s*FOREIGN_KEY_CHECKS = 1")
_HINT = "make or copy the dump again; the disk may have been full"


@dataclass
class Ending:
    """What a dump has opened so far and has yet to close."""

    tool: str = ""
    _open: dict[str, str] = field(default_factory=dict)

    def comment(self, text: bytes) -> None:
        footer = _FOOTERS.get(self.tool)
        if footer and footer.match(text):
            self._open.pop("footer", None)
            return
        for tool, header in _HEADERS:
            if header.match(text):
                self.tool = tool
                self._open.pop("footer", None)
                if tool in _FOOTERS and not _OLD_ADMINER.match(text):
                    self._open["footer"] = f"the closing comment of {tool}"

    def statement(self, word: str, text: str = "") -> None:
        """Take note of a statement that is not INSERT."""
        if word == "LOCK":
            self._open["lock"] = "UNLOCK TABLES"
        elif word == "UNLOCK":
            self._open.pop("lock", None)
        elif word in ("BEGIN", "START"):
            self._open["transaction"] = "COMMIT"
        elif word in ("COMMIT", "ROLLBACK"):
            self._open.pop("transaction", None)
        elif word == "SET":
            self._set(text)

    def check(self, line: int) -> None:
        """Raise `SourceIncomplete` if something was never closed."""
        if self._open:
            missing = next(iter(self._open.values()))
            raise SourceIncomplete(
                f"the dump ends at line {line} without {missing}", _HINT
            )

    def _set(self, text: str) -> None:
        if _SAVED.search(text):
            self._open["saved"] = "SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT"
        elif _GIVEN_BACK.search(text):
            self._open.pop("saved", None)
        if self.tool == "Navicat":
            if _KEYS_OFF.match(text):
                self._open["keys"] = "SET FOREIGN_KEY_CHECKS = 1"
            elif _KEYS_ON.match(text):
                self._open.pop("keys", None)


def looks_cut(head: bytes, tail: bytes) -> bool:
    """True if the two ends of a file alone show that mysqldump did not finish."""
    header = dict(_HEADERS)["mysqldump"]
    begun = any(header.match(line) for line in head.splitlines()[:5])
    return begun and not any(
        _FOOTERS["mysqldump"].match(line.strip()) for line in tail.splitlines()
    )
