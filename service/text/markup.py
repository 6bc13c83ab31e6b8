"""What is the visible text of a post, and which parts of it are not prose?

Markdown goes through markdown-it-py, HTML (also inside Markdown) through
`html_text`; both write into one builder. Knows nothing of Typecho's tables: the
caller says which of the two the source is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from service.model import Segment
from service.text import markdown_rules
from service.text.builder import TextBuilder
from service.text.html_text import HtmlReader

LARGE = 50_000
"""Characters above which the density of markup is looked at before parsing."""
DENSE = 0.3
"""Share of markup characters that no human document has; measured prose: 0.02."""
_MARKUP = re.compile(r"[\[\]<>&*_`$\\~!#\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_CELL_ENDS = frozenset(("td_open", "td_close", "th_open", "th_close"))


class _Parser(MarkdownIt):
    """URLs are not shown, so checking and encoding them would be wasted time."""

    def validateLink(self, url: str) -> bool:
        return True

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link


def _new_parser() -> _Parser:
    parser = _Parser("commonmark", {"html": True})
    parser.enable(["table", "strikethrough"])
    markdown_rules.install(parser)
    return parser


_parser = _new_parser()


def to_text(source: str, markdown: bool) -> tuple[str, tuple[Segment, ...]]:
    """The visible text of `source` and its segments (see `model.Post`).

    Never raises, and takes time proportional to the length: text with more markup
    than a human writes is read as HTML, where no rule looks ahead.
    """
    source = _CONTROL.sub("\ufffd", source).replace("\r\n", "\n").replace("\r", "\n")
    out = TextBuilder()
    reader = HtmlReader(out)
    if markdown and not _too_dense(source):
        _write_blocks(_parser.parse(source), out, reader)
    else:
        reader.feed(source)
    reader.close()
    return out.result()


def _too_dense(source: str) -> bool:
    if len(source) < LARGE:
        return False
    return len(_MARKUP.findall(source)) > DENSE * len(source)


def _write_blocks(tokens: Sequence[Token], out: TextBuilder, html: HtmlReader) -> None:
    for token in tokens:
        kind = token.type
        if kind == "inline":
            _write_inline(token.children or (), out, html)
        elif kind in _CELL_ENDS:
            out.blank()
        elif kind == "heading_open":
            out.newline()
            out.begin("heading", int(token.tag[1]))
        elif kind == "heading_close":
            out.end()
            out.newline()
        elif kind in ("fence", "code_block"):
            out.newline()
            out.segment("code", token.content.strip("\n").rstrip())
            out.newline()
        elif kind == "html_block":
            out.newline()
            html.feed(token.content)
            out.newline()
        else:
            out.newline()


def _write_inline(tokens: Sequence[Token], out: TextBuilder, html: HtmlReader) -> None:
    for token in tokens:
        kind = token.type
        if kind in ("text", "text_special"):
            out.write(token.content)
        elif kind in ("softbreak", "hardbreak"):
            out.newline()
        elif kind == "code_inline":
            out.segment("code", token.content)
        elif kind == "formula":
            out.segment("formula", token.content)
        elif kind == "html_inline":
            html.feed(token.content)
        elif kind == "image":
            _write_inline(token.children or (), out, html)
