"""What does a reader see of this HTML?

A tag scanner of our own instead of `html.parser`: that one is quadratic on unclosed
constructs in Pythons before the 2025 fixes (CVE-2025-6069), which are still in use,
and it is several times slower. Every step here moves forward: linear in the input.
"""

from __future__ import annotations

import html
import re

from service.text.builder import TextBuilder
from service.text.formulas import START, formula_end

SKIPPED = frozenset(["script", "style", "noscript", "template", "svg"])
CELLS = frozenset(("td", "th"))
BLOCKS = frozenset(
    """
    address article aside blockquote body br center dd details dialog div dl dt
    fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li
    main nav ol optgroup option p pre section summary table tbody tfoot thead tr ul
    """.split()  # noqa: SIM905 - thirty quoted names would be read by nobody
)
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]*)")
_QUOTE_OR_END = re.compile(r"=[ \t\n\r\f]*([\"'])|>")
_ATTRIBUTE = re.compile(
    r"(?<![^\s\"'/])([^\s=>\"'/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))"
)
_HEADING = re.compile(r"h[1-6]\Z")


class HtmlReader:
    """Feeds the visible part of HTML to a builder; may be fed in pieces."""

    def __init__(self, out: TextBuilder) -> None:
        self._out = out
        self._skipping = ""
        self._careless = False

    def feed(self, source: str) -> None:
        """Read one piece; a tag must not be cut in two by the caller."""
        position, size = 0, len(source)
        last_end = source.rfind(">")
        last_comment = source.rfind("-->")
        while position < size:
            at = source.find("<", position)
            if at < 0 or at > last_end:
                self._text(source[position:])
                return
            if at > position:
                self._text(source[position:at])
            if source.startswith("<!--", at):
                closed = last_comment >= at + 2
                position = source.find("-->", at + 2) + 3 if closed else at + 4
            elif source.startswith(("<!", "<?"), at):
                position = source.find(">", at) + 1
            elif name := _NAME.match(source, at):
                end = self._tag_end(source, name.end())
                self._tag(name[1].lower(), source[at:end])
                position = end
                if self._skipping:
                    position = self._skip(source, end)
            else:
                self._text("<")
                position = at + 1

    def close(self) -> None:
        """End what the author left open."""
        self._skipping, self._out.muted = "", False

    def _tag_end(self, source: str, position: int) -> int:
        """Behind the `>` that ends a tag; quoted attributes may hold others."""
        plain = source.find(">", position) + 1
        if not plain:
            return len(source)
        if self._careless:
            return plain
        while found := _QUOTE_OR_END.search(source, position):
            if not found[1]:
                return found.end()
            position = source.find(found[1], found.end()) + 1
            if not position:
                break
        # A quote is never closed. Not looked for again: that would be quadratic.
        self._careless = True
        return plain

    def _skip(self, source: str, position: int) -> int:
        end = re.compile(f"</{self._skipping}", re.IGNORECASE).search(source, position)
        return end.start() if end else len(source)

    def _tag(self, name: str, tag: str) -> None:
        out, closing = self._out, tag.startswith("</")
        if name in SKIPPED:
            selfclosed = tag.endswith("/>")
            self._skipping = "" if closing or selfclosed else name
            out.muted = bool(self._skipping)
        elif name == "code" and out.inside in (None, "code"):
            self._code(closing)
        elif name in BLOCKS:
            self._block(name, tag, closing)
        elif name in CELLS:
            out.blank()
        elif name == "img":
            out.write(_attribute(tag, "alt"))
        elif name == "a" and out.inside == "heading":
            out.name_heading(_attribute(tag, "id") or _attribute(tag, "name"))

    def _code(self, closing: bool) -> None:
        if self._in_pre:
            return
        if closing:
            self._out.end()
        else:
            self._out.begin("code")

    _in_pre = False

    def _block(self, name: str, tag: str, closing: bool) -> None:
        out = self._out
        if self._in_pre and name != "pre":
            if name == "br":
                out.verbatim("\n")
            elif not closing:
                out.newline()
            return
        if name != "br":
            out.end()  # inline code and headings never span blocks
        out.newline()
        if name == "pre":
            self._in_pre = not closing
            if not closing:
                out.begin("code")
        elif not closing and _HEADING.match(name):
            out.begin("heading", int(name[1]), _attribute(tag, "id"))

    def _text(self, text: str) -> None:
        out = self._out
        if out.muted:
            return
        text = unescape(text)
        if out.inside == "code":
            out.verbatim(text.replace("\r\n", "\n"))
        else:
            write_prose(out, text)


def write_prose(out: TextBuilder, text: str) -> None:
    """Write text in which formulas may stand."""
    done, found = 0, START.search(text)
    while found:
        at = found.start()
        end = formula_end(text, at)
        if end > 0:
            out.write(text[done:at])
            out.segment("formula", text[at:end])
            done = end
        # A backslash hides the next character, a dollar for instance.
        step = 2 if text[at] == "\\" else 1
        found = START.search(text, end if end > 0 else at + step)
    out.write(text[done:] if done else text)


def unescape(text: str) -> str:
    """Entities as characters; absurd ones (`&#9999..;`) are left as they are."""
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except (ValueError, OverflowError):  # more digits than int() takes
        return text


def _attribute(tag: str, wanted: str) -> str:
    for found in _ATTRIBUTE.finditer(tag):
        if found[1].lower() == wanted:
            return unescape(found[2] or found[3] or found[4] or "").strip()
    return ""
