"""Where does a formula end that may begin here?

The delimiters that MathJax and KaTeX know: `$..$`, `$$..$$`, `\\(..\\)`, `\\[..\\]`
(also with the backslash doubled, as some write it for Markdown) and
`\\begin{x}..\\end{x}`. Prices are not formulas: pandoc's rule for a single dollar,
https://pandoc.org/MANUAL.html#math.
"""

from __future__ import annotations

import re

LENGTH_MAX = 5_000
"""Longer formulas, in characters, do not exist; it bounds the search for an end."""
INLINE_MAX = 1_000
START = re.compile(r"[$\\]")
_BEGIN = re.compile(r"\\begin\{([A-Za-z]{1,20}\*?)\}")
_PAIRS = {"$$": "$$", r"\(": r"\)", r"\[": r"\]"}
_DOUBLED = {r"\\(": r"\\)", r"\\[": r"\\]"}


def formula_end(text: str, start: int, stop: int | None = None) -> int:
    """The offset behind the formula that begins at `start`, or -1 if none does."""
    stop = len(text) if stop is None else stop
    opener = text[start : start + 2]
    if opener in _PAIRS:
        return _closed(text, start, opener, _PAIRS[opener], stop)
    if opener == "\\\\":
        opener = text[start : start + 3]
        close = _DOUBLED.get(opener)
        return _closed(text, start, opener, close, stop) if close else -1
    if opener[:1] == "$":
        return _dollar_end(text, start, stop)
    if begin := _BEGIN.match(text, start, stop):
        return _closed(text, start, begin.group(), f"\\end{{{begin[1]}}}", stop)
    return -1


def _closed(text: str, start: int, opener: str, close: str, stop: int) -> int:
    inner = start + len(opener)
    limit = INLINE_MAX if opener == r"\(" else LENGTH_MAX
    at = text.find(close, inner, min(stop, inner + limit))
    if at < 0 or not text[inner:at].strip():
        return -1
    return at + len(close)


def _dollar_end(text: str, start: int, stop: int) -> int:
    """The first unescaped dollar must close, or this one does not open."""
    inner = start + 1
    if inner >= stop or text[inner].isspace() or text[start - 1 : start] == "$":
        return -1
    limit = min(stop, inner + INLINE_MAX)
    at = text.find("$", inner, limit)
    while at > 0 and text[at - 1] == "\\":
        at = text.find("$", at + 1, limit)
    if at <= inner or text[at - 1].isspace():
        return -1
    after = text[at + 1 : at + 2]
    # A backtick means that code begins in between: `$HOME and `$PATH``.
    if after.isdigit() or after == "$" or "`" in text[inner:at]:
        return -1
    return -1 if "\n\n" in text[inner:at] else at + 1
