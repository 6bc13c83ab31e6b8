"""What stands between the words of SQL?

White space and comments, of which some are SQL after all:
https://dev.mysql.com/doc/refman/8.4/en/comments.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from service.typecho.sql_cursor import Cursor

_HEAD = 400
"""Bytes of a comment that anybody looks at."""
_MAY_BEGIN = b" \t\r\n\v\f/#-*"
_SPACE = re.compile(rb"\s*")
_EXECUTABLE = re.compile(rb"/\*M?!(\d*)")


class Spaces(Cursor):
    """A cursor that steps over them; comments are shown to `on_comment`."""

    def __init__(
        self, read: Callable[[int], bytes], on_comment: Callable[[bytes], None]
    ) -> None:
        super().__init__(read)
        self._on_comment = on_comment
        self._executable = 0

    def skip_space(self) -> None:
        """Step over white space and comments.

        The inside of `/*! ... */` is SQL and is read; its marks are white space.
        """
        here = self.buf[self.pos : self.pos + 1]
        if here and here not in _MAY_BEGIN:
            return
        while True:
            self.take(_SPACE)
            self.see()
            two = self.buf[self.pos : self.pos + 2]
            if two == b"/*":
                self._block_comment()
            elif two[:1] == b"#" or (two == b"--" and self._dashes_are_comment()):
                self._on_comment(self.rest_of_line())
            elif two == b"*/" and self._executable:
                self._executable -= 1
                self.pos += 2
            else:
                return

    def peek(self) -> bytes:
        """The next byte that is no space; b"" at the end."""
        self.skip_space()
        return self.buf[self.pos : self.pos + 1]

    def accept(self, mark: bytes) -> bool:
        if self.peek() != mark:
            return False
        self.pos += 1
        return True

    def expect(self, marks: bytes) -> bytes:
        """The next byte, which must be one of `marks`."""
        found = self.peek()
        if not found:
            self.cut("a statement", self.line)
        if found not in marks:
            self.fail(f"{found!r} stands where one of {marks!r} should")
        self.pos += 1
        return found

    def _dashes_are_comment(self) -> bool:
        third = self.buf[self.pos + 2 : self.pos + 3]
        return third <= b" "

    def rest_of_line(self) -> bytes:
        """The beginning of what stands on this line, stepped over."""
        head = b""
        while (end := self.buf.find(b"\n", self.pos)) < 0:
            head = (head + self.buf[self.pos : self.pos + _HEAD])[:_HEAD]
            self.pos = len(self.buf)
            if not self.fill():
                return head.strip()
        head += self.buf[self.pos : min(end, self.pos + _HEAD)]
        self.pos = end
        return head[:_HEAD].strip()

    def _block_comment(self) -> None:
        executable = _EXECUTABLE.match(self.buf, self.pos)
        if executable:
            version = int(executable[1] or 0)
            # 99999 and MariaDB's 999999 are versions that no server has.
            if version != 99999 and version < 900000:
                self._executable += 1
                self.pos = executable.end()
                return
        line, head = self.line, self.buf[self.pos : self.pos + _HEAD]
        self.pos += 2
        while (end := self.buf.find(b"*/", self.pos)) < 0:
            self.pos = max(self.pos, len(self.buf) - 1)
            if not self.fill():
                self.cut("a comment", line)
        self.pos = end + 2
        self._on_comment(head)
