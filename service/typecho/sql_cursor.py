"""Where in a stream of bytes are we, and how is it read in constant memory?

One buffer: what stands before `pos` is forgotten at the next read, so memory is
bounded by the longest single piece that somebody holds on to. Knows nothing of
SQL but the two ways in which a dump can disappoint: damaged, or cut short.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from service.errors import SourceIncomplete, SourceInvalid

CHUNK = 1 << 18
MAX_TEXT = 256 << 20
"""Longest text that is read, in bytes. MySQL's own packets end at 1 GB, but the
longest post anybody writes is far below, and a lost quote must not eat the memory."""
LOOK = 16
"""Bytes in sight before a mark is judged: the longest is `/*M!999999`."""


class Cursor:
    """A place in what `read(n)` gives. `buf` and `pos` are open to the hot loop."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self.buf = b""
        self.pos = 0
        self._read = read
        self._eof = False
        self._gone_bytes = 0
        self._lines = 1
        self._lines_at = 0

    @property
    def line(self) -> int:
        # Counted on from where it was last asked; asked for each statement.
        if self.pos >= self._lines_at:
            self._lines += self.buf.count(b"\n", self._lines_at, self.pos)
        else:
            self._lines -= self.buf.count(b"\n", self.pos, self._lines_at)
        self._lines_at = self.pos
        return self._lines

    @property
    def offset(self) -> int:
        return self._gone_bytes + self.pos

    def fail(self, what: str, hint: str = "") -> NoReturn:
        """`SourceInvalid` that names this place."""
        raise SourceInvalid(
            f"{what} at line {self.line} (byte {self.offset})",
            hint or "the dump is damaged here: make it again with mysqldump",
        )

    def cut(self, what: str, line: int) -> NoReturn:
        raise SourceIncomplete(
            f"the dump ends inside {what} that begins at line {line}"
            f" (byte {self._gone_bytes + len(self.buf)} is the last)",
            "make or copy the dump again; the disk may have been full",
        )

    def fill(self) -> bool:
        """Read on, forgetting what stands before `pos`; False at the end."""
        if self._eof:
            return False
        rest = len(self.buf) - self.pos
        if rest > MAX_TEXT:
            self.fail(f"a single text is longer than {MAX_TEXT >> 20} MB")
        # As much again as is held: a long text is copied a constant number of times.
        more = self._read(max(CHUNK, rest))
        if not more:
            self._eof = True
            return False
        self._lines, self._lines_at = self.line, 0
        self._gone_bytes += self.pos
        self.buf = self.buf[self.pos :] + more
        self.pos = 0
        return True

    def see(self, count: int = LOOK) -> bool:
        """True if `count` bytes are in sight; fewer remain only at the end."""
        while len(self.buf) - self.pos < count:
            if not self.fill():
                return False
        return True

    def take(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """The longest match here, stepped over."""
        self.see()
        while True:
            match = pattern.match(self.buf, self.pos)
            if match is None or match.end() < len(self.buf) or not self.fill():
                break
        if match is not None:
            self.pos = match.end()
        return match
