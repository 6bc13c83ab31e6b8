"""How do pieces of a document become one text with segments?

The one place that counts offsets: Markdown tokens and HTML tags both write here.
It knows blanks, lines and segments, but no markup.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from service.model import Segment, SegmentKind

_BLANK = " \t\n\r\f"
_BLANKS = re.compile(r"[ \t\r\f]*\n[ \t\n\r\f]*|[ \t\r\f]{2,}|[\t\r\f]")
FRAGMENT_MAX = 200
"""A text fragment longer than this, in characters, would be an unusable URL."""


class TextBuilder:
    """Collects visible text; separators are written only between two pieces."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._separator = ""
        self._segments: list[Segment] = []
        self._kind: SegmentKind | None = None
        self._start = -1
        self._first_part = 0
        self._level = 0
        self._anchor = ""
        self.muted = False
        """True while nothing is visible, as inside a script."""

    def newline(self) -> None:
        self._separator = "\n"

    def blank(self) -> None:
        self._separator = self._separator or " "

    def write(self, text: str) -> None:
        """Prose: runs of blanks shrink to one blank, or to one newline."""
        if self.muted or not text:
            return
        core = text.strip(_BLANK)
        if not core:
            self._gap(text)
            return
        if text[0] in _BLANK:
            self._gap(text[: text.index(core[0])])
        if _BLANKS.search(core):
            core = _BLANKS.sub(_one_blank, core)
        self._append(core)
        if text[-1] in _BLANK:
            self._gap(text[text.rindex(core[-1]) + 1 :])

    def verbatim(self, text: str) -> None:
        """Text as it stands, blanks and newlines included."""
        if text and not self.muted:
            self._append(text)

    def segment(self, kind: SegmentKind, text: str) -> None:
        """A whole segment at once."""
        opened = self.begin(kind)
        self.verbatim(text)
        if opened:
            self.end()

    def begin(self, kind: SegmentKind, level: int = 0, anchor: str = "") -> bool:
        """Start a segment; False inside another one, which then goes on."""
        if self._kind is not None:
            return False
        self._kind, self._level, self._anchor = kind, level, anchor
        self._start = -1
        return True

    @property
    def inside(self) -> SegmentKind | None:
        return self._kind

    def name_heading(self, anchor: str) -> None:
        """An id found within the open heading; the first one counts."""
        if self._kind == "heading" and not self._anchor:
            self._anchor = anchor

    def end(self) -> None:
        """Close the open segment; an empty one leaves no trace."""
        kind, self._kind = self._kind, None
        if kind is None or self._start < 0:
            return
        anchor = ""
        if kind == "heading":
            anchor = self._heading_anchor("".join(self._parts[self._first_part :]))
        self._segments.append(
            Segment(kind, self._start, self._size, self._level, anchor)
        )
        self._start = -1

    def result(self) -> tuple[str, tuple[Segment, ...]]:
        self.end()
        return "".join(self._parts), tuple(self._segments)

    def _heading_anchor(self, text: str) -> str:
        if self._anchor:
            return quote(self._anchor, safe="-._~:", errors="replace")
        if len(text) > FRAGMENT_MAX:
            return ""
        # `-`, `,` and `&` mean something in a text fragment:
        # https://wicg.github.io/scroll-to-text-fragment/#syntax
        words = quote(" ".join(text.split()), safe="", errors="replace")
        return ":~:text=" + words.replace("-", "%2D")

    def _gap(self, blanks: str) -> None:
        if "\n" in blanks:
            self._separator = "\n"
        else:
            self._separator = self._separator or " "

    def _append(self, text: str) -> None:
        if self._separator:
            if self._size:
                self._parts.append(self._separator)
                self._size += 1
            self._separator = ""
        if self._kind is not None and self._start < 0:
            self._start, self._first_part = self._size, len(self._parts)
        self._parts.append(text)
        self._size += len(text)


def _one_blank(run: re.Match[str]) -> str:
    return "\n" if "\n" in run.group() else " "
