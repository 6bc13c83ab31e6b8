"""Where do the statements, names and quoted texts of an SQL dump begin and end?

A state machine over bytes. It knows MySQL's quotes and DELIMITER, and nothing of
tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from service.typecho.sql_session import Session
from service.typecho.sql_space import Spaces
from service.typecho.sql_text import inside, resolve_bytes

_KEPT_MAX = 1 << 20
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_BARE_NAME = re.compile(rb"[0-9A-Za-z_$\x80-\xff]+")


class Lexer(Spaces):
    """Steps through a dump as the `session` of the moment reads it."""

    def __init__(
        self,
        read: Callable[[int], bytes],
        session: Session,
        on_comment: Callable[[bytes], None] = lambda text: None,
    ) -> None:
        super().__init__(read, on_comment)
        self.session = session
        self._set_delimiter(b";")

    # --- words, names, texts --------------------------------------------------

    def word(self) -> str:
        """The next bare word in upper case, "" if there is none."""
        self.skip_space()
        match = self.take(_WORD)
        return match[0].decode("ascii").upper() if match else ""

    def name(self) -> tuple[str, bool]:
        """The next identifier, and whether it was quoted."""
        quote = self.peek()
        if quote in (b"`", b'"'):
            return self.text().decode("utf-8", "replace"), True
        match = self.take(_BARE_NAME)
        if match is None:
            if not quote:
                self.cut("a statement", self.line)
            self.fail(f"{quote.decode('latin-1')!r} stands where a name should")
        return match[0].decode("utf-8", "replace"), False

    def text(self) -> bytes:
        """The quoted text that begins here, its escapes resolved."""
        quote = self.buf[self.pos : self.pos + 1]
        raw = self.raw_text()
        lead, escapes = self.session.charset.lead, self._escapes(quote)
        return resolve_bytes(raw, quote, lead, escapes)

    def raw_text(self, keep: bool = True) -> bytes:
        """The inside of the quoted text that begins here, as it is written.

        Without `keep` it is only stepped over and not held.
        """
        line = self.line
        quote = self.buf[self.pos : self.pos + 1]
        run = inside(quote, self.session.charset.lead, self._escapes(quote))
        self.pos += 1
        at = self.pos
        while True:
            end = run.match(self.buf, at).end()  # type: ignore[union-attr]
            if end > at:
                at = end
            elif at + 1 < len(self.buf):
                if self.buf[at : at + 1] == quote:
                    break
                at += 1  # the first half of a character without its second
            else:
                at -= self.pos
                if not self.fill():
                    at += self.pos
                    if self.buf[at:] == quote:
                        break
                    self.cut("a text", line)
            if not keep:
                self.pos = at
        raw = self.buf[self.pos : at]
        self.pos = at + 1
        return raw

    def _escapes(self, quote: bytes) -> bool:
        return quote != b"`" and self.session.backslash

    # --- statements -----------------------------------------------------------

    def next_statement(self) -> bool:
        """Go to the next statement; False at the end of the file."""
        while self.peek():
            if self.buf.startswith(self._delimiter, self.pos):
                self.pos += len(self._delimiter)
            elif self.buf.startswith(b";", self.pos):
                self.pos += 1
            else:
                return True
        if self._executable:
            self.cut("a statement", self.line)
        return False

    def delimiter_line(self) -> None:
        """Follow what stands behind the client's word DELIMITER."""
        self._set_delimiter(self.rest_of_line().split(b" ")[0] or b";")

    def at_delimiter(self) -> bool:
        """True if this statement ends here, or the file does."""
        return not self.peek() or self.buf.startswith(self._delimiter, self.pos)

    def skip_statement(self) -> None:
        """Step behind the delimiter of this statement."""
        line = self.line
        while True:
            match = self._plain.match(self.buf, self.pos)
            if match is not None and match.end() > self.pos:
                self.pos = match.end()
                continue
            if self._statement_ends(line):
                return
            mark = self.buf[self.pos : self.pos + 1]
            if mark in (b"'", b'"', b"`"):
                self.raw_text(keep=False)
            else:
                self._skip_mark()

    def statement_text(self) -> str:
        """The rest of this statement without comments, stepped over; long ones
        are cut."""
        line, kept, size = self.line, [], 0
        while not self._statement_ends(line):
            mark = self.buf[self.pos : self.pos + 1]
            if mark in (b"'", b'"', b"`"):
                piece = mark + self.text() + mark
            elif match := _WORD.match(self.buf, self.pos):
                piece = match[0]
                self.pos = match.end()
            else:
                piece = self._skip_mark()
            size += len(piece)
            if size < _KEPT_MAX:
                kept.append(piece)
        return b"".join(kept).decode("latin-1")

    def _statement_ends(self, line: int) -> bool:
        """True, and stepped over, if the delimiter stands here."""
        if not self.see() and self.pos >= len(self.buf):
            self.cut("a statement", line)
        if not self.buf.startswith(self._delimiter, self.pos):
            return False
        self.pos += len(self._delimiter)
        return True

    def _skip_mark(self) -> bytes:
        """Step over a comment, white space or one byte."""
        before = self.offset
        self.skip_space()
        if self.offset != before:
            return b" "
        self.pos += 1
        return self.buf[self.pos - 1 : self.pos]

    def _set_delimiter(self, delimiter: bytes) -> None:
        self._delimiter = delimiter
        # Runs of what can hold neither a comment nor the delimiter, in C; bounded,
        # for each repetition of a group costs memory in Python's matcher.
        first = re.escape(delimiter[:1])
        self._plain = re.compile(
            rb"(?:[^'\"`#/*\\\-" + first + rb"]+|'[^'\\]*'){0,500}"
        )
