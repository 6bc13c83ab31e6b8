"""Where does a blog's Markdown differ from CommonMark?

Rules for markdown-it: formulas come before everything that eats backslashes and
underscores, and four habits of Typecho's own parser (var/Utils/HyperDown.php) that
change what a reader sees: `#heading` without a blank, `**emphasis**` beside Chinese
punctuation, footnotes that are not link definitions.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

from service.text.formulas import formula_end

FORMULA_LINES_MAX = 200
_DISPLAY = re.compile(r"\$\$|\\\\?\[|\\begin\{")
_OTHER_BLOCKS = frozenset("#>-*+|`~<0123456789")
"""First characters of lines that other rules may want: they look first."""


def install(md: MarkdownIt) -> None:
    """Teach `md` these rules."""
    md.inline.ruler.before("escape", "formula", _formula)
    md.inline.ruler.at("emphasis", _emphasis)
    md.block.ruler.before(
        "table",
        "formula",
        _formula_block,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    md.block.ruler.at(
        "heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]}
    )
    md.block.ruler.at("reference", _reference)


def _formula(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if state.src[start] not in "$\\":
        return False
    end = formula_end(state.src, start, state.posMax)
    if end < 0:
        return False
    if not silent:
        state.push("formula", "", 0).content = state.src[start:end]
    state.pos = end
    return True


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines that a display formula holds together are one paragraph.

    Otherwise a line such as `- b` or `=` within the formula would end it.
    """
    at, stop = state.bMarks[start] + state.tShift[start], state.eMarks[start]
    if at >= stop or state.src[at] in _OTHER_BLOCKS or state.is_code_block(start):
        return False
    opener = _DISPLAY.search(state.src, at, stop)
    if opener is None or "`" in state.src[at : opener.start()]:
        return False
    last = min(end, start + FORMULA_LINES_MAX)
    if formula_end(state.src, opener.start(), state.eMarks[last - 1]) < 0:
        return False  # cheap, and a thousand openers without an end are possible
    # Within a quote or a list the lines must be free of their `>` and indent.
    text = state.getLines(start, last, state.blkIndent, False).lstrip()
    close = formula_end(text, opener.start() - at)
    if close < 0:
        return False
    if silent:
        return True
    rest = text.find("\n", close)
    state.push("paragraph_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content = text if rest < 0 else text[:rest]
    token.children = []
    state.push("paragraph_close", "p", -1)
    state.line = start + 1 + text.count("\n", 0, close)
    return True


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    at, stop = state.bMarks[start] + state.tShift[start], state.eMarks[start]
    if at >= stop or state.src[at] != "#" or state.is_code_block(start):
        return False
    level = state.skipCharsStr(at, "#") - at
    if level > 6:
        return False
    if silent:
        return True
    content = state.src[at + level : stop].strip()
    state.line = start + 1
    state.push("heading_open", f"h{level}", 1)
    token = state.push("inline", "", 0)
    token.content = content.rstrip("#").rstrip() if content.endswith("#") else content
    token.children = []
    state.push("heading_close", f"h{level}", -1)
    return True


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.src.startswith("[^", state.bMarks[start] + state.tShift[start]):
        return False
    return reference(state, start, end, silent)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """As in markdown-it, but Chinese has no blanks that would say which side."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    run = state.scanDelims(state.pos, marker == "*")
    before = state.src[state.pos - 1 : state.pos] if state.pos else " "
    after = state.src[state.pos + run.length : state.pos + run.length + 1] or " "
    wide = marker == "*" and (before >= "\u2e80" or after >= "\u2e80")
    for _ in range(run.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=run.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=run.can_open or (wide and not after.isspace()),
                close=run.can_close or (wide and not before.isspace()),
            )
        )
    state.pos += run.length
    return True
