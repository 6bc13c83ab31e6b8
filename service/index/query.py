"""What did the visitor ask for? Typed text to a `Query`, whatever was typed.

    words            candidates, any order, more is better
    "exact phrase"   must stand there like this; also “ ”, 「 」, 『 』, 《 》 as typed
    -word  -"phrase" must not stand there
    title:word       in the title        tag: 标签:   category: 分类:
    year:2018 年:    before:2020-01-01   after:2019   (also 之前: 之后:)
    a OR b           either

Anything odd is plain text: there are no syntax errors. A sign that opens nothing
(a lone quote, a colon, a bracket, a minus between blanks) changes nothing else.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

from service.model import Clause, Filters, Query, Sort
from service.text import normalize

MAX_CLAUSES = 64
"""More words than these are joined into one clause: a pasted text, not a search.
So many alternatives are looked at in one query, too."""

LONGEST_TYPED = 200
"""Characters. In a longer text, which was pasted, quotes and signs are text too;
unless the whole of it is one phrase."""

_QUOTES = {'"': '"', "“": "”", "”": "”", "＂": "＂", "「": "」", "『": "』"}
_FIELDS = {
    "title": "title",
    "标题": "title",
    "標題": "title",
    "tag": "tag",
    "标签": "tag",
    "標籤": "tag",
    "category": "category",
    "分类": "category",
    "分類": "category",
    "year": "year",
    "年": "year",
    "年份": "year",
    "before": "before",
    "之前": "before",
    "after": "after",
    "之后": "after",
    "之後": "after",
}
_PREFIX = re.compile(rf"({'|'.join(_FIELDS)})[:：](?=\S)", re.IGNORECASE)
_YEAR = re.compile(r"(\d{4})年?$")
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?$")
_BLANK = re.compile(r"[\s\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\ufeff]+")


def parse(
    text: str,
    filters: Filters = Filters(),  # noqa: B008 (frozen)
    sort: Sort = "relevance",
    timezone_s: int = 0,
) -> Query:
    """The query in `text`; its own filters are added to `filters`.

    Dates are days in the blog's time zone, `timezone_s` seconds east of UTC.
    """
    raw = _BLANK.sub(" ", normalize.clean(text)).strip()
    if len(raw) > LONGEST_TYPED and not _is_one_phrase(raw):
        return Query(raw, (Clause(raw),), (), filters, filters, sort)
    parser = _Parser(filters, timezone_s)
    position = 0
    while position < len(raw):
        position = parser.take(raw, position)
    clauses = parser.clauses
    if len(clauses) > MAX_CLAUSES:
        words = [clause for clause in clauses if not clause.phrase]
        rest = Clause(" ".join(clause.text for clause in words[MAX_CLAUSES:]))
        phrases = [clause for clause in clauses if clause.phrase]
        clauses = [*words[:MAX_CLAUSES], rest, *phrases[:MAX_CLAUSES]]
    return Query(
        raw=raw,
        clauses=tuple(clauses),
        excluded=tuple(parser.excluded[:MAX_CLAUSES]),
        filters=parser.filters,
        given=filters,
        sort=sort,
    )


class _Parser:
    """Takes one piece after the other from the left."""

    def __init__(self, filters: Filters, timezone_s: int) -> None:
        self.filters = filters
        self.timezone_s = timezone_s
        self.clauses: list[Clause] = []
        self.excluded: list[Clause] = []
        self._either = False
        self._arms = 0

    def take(self, raw: str, position: int) -> int:
        """Handle the piece that starts at `position`; return where the next does."""
        if raw[position] == " ":
            return position + 1
        negative = _is_minus(raw, position)
        start = position + negative
        prefix = _PREFIX.match(raw, start)
        body = prefix.end() if prefix else start
        value, phrase, end = _value(raw, body)
        if not value:  # a pair of quotes around nothing
            return end
        if value == "OR" and not phrase and not prefix and not negative:
            self._either = bool(self.clauses) and end < len(raw)
            return end
        field = _FIELDS[prefix[1].casefold()] if prefix else None
        if field is not None and field != "title":
            if not negative and self._filter(field, value):
                return end
            value, field = raw[start:end], None
        clause = Clause(value, phrase, "title" if field else None)
        self._add(clause, negative)
        return end

    def _add(self, clause: Clause, negative: bool) -> None:
        if negative:
            self.excluded.append(clause)
        elif self._either:
            first = self.clauses[-1]
            self._arms += 1
            if self._arms <= MAX_CLAUSES:
                arms = (*first.alternatives, clause)
                self.clauses[-1] = replace(first, alternatives=arms)
        else:
            self.clauses.append(clause)
        self._either = False

    def _filter(self, field: str, value: str) -> bool:
        """Add a condition; False if `value` makes no sense for `field`."""
        now = self.filters
        if field == "tag":
            self.filters = replace(now, tags=(*now.tags, value))
        elif field == "category":
            self.filters = replace(now, categories=(*now.categories, value))
        elif field == "year":
            if not (year := _YEAR.match(normalize.fold(value))):
                return False
            self.filters = replace(now, years=(*now.years, int(year[1])))
        else:
            if (moment := self._moment(normalize.fold(value))) is None:
                return False
            if field == "before":
                self.filters = replace(now, before=moment)
            else:
                self.filters = replace(now, after=moment)
        return True

    def _moment(self, value: str) -> int | None:
        """The first second of a year, month or day."""
        if not (found := _DATE.match(value)):
            return None
        year, month, day = (int(part) if part else 1 for part in found.groups())
        try:
            start = datetime.datetime(year, month, day, tzinfo=datetime.timezone.utc)
        except ValueError:
            return None
        return int(start.timestamp()) - self.timezone_s


def _is_one_phrase(raw: str) -> bool:
    closing = _QUOTES.get(raw[0])
    return closing is not None and raw.find(closing, 1) == len(raw) - 1


def _is_minus(raw: str, position: int) -> bool:
    """A minus excludes only at the start of a word that it touches."""
    if raw[position] not in "-－" or position + 1 >= len(raw):
        return False
    before = raw[position - 1] if position else " "
    after = raw[position + 1]
    return before == " " and (after.isalnum() or after in _QUOTES or after in ".#$\\")


def _value(raw: str, start: int) -> tuple[str, bool, int]:
    """The word or phrase at `start`, whether it was quoted, and where it ends."""
    closing = _QUOTES.get(raw[start])
    if closing:
        end = raw.find(closing, start + 1)
        if end == -1 and raw[start] in "“”":
            end = raw.find('"', start + 1)
        if end > 0:
            return raw[start + 1 : end].strip(), True, end + 1
    end = start + 1
    while end < len(raw) and raw[end] != " " and not _opens_phrase(raw, end):
        end += 1
    return raw[start:end], False, end


def _opens_phrase(raw: str, position: int) -> bool:
    """A quote inside a word opens a phrase only if it is closed again."""
    closing = _QUOTES.get(raw[position])
    return closing is not None and raw.find(closing, position + 1) > position + 1
