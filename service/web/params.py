"""What did the request ask for?

Parses query strings once, at the edge. Any text is a query and numbers out of range
are moved into it; only a value that has no meaning at all is refused, with the
values that have one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast, get_args

from werkzeug.datastructures import MultiDict

from service.errors import RequestError
from service.model import Filters, PostType, Sort
from service.settings import Settings

PER_PAGE = 10
PAGE_MAX = 10_000
CIDS = 500
RELATED = 5
RELATED_MAX = 20
_VALUES_MAX = 50
"""Categories, tags or years in one request; more are ignored."""
_NAME_MAX = 200  # Typecho's column for names of categories and tags
_NUMBER = re.compile(r"\s*([+-]?)([0-9]+)\s*\Z")


@dataclass(frozen=True, slots=True)
class SearchParams:
    """One request for search results, every value within its limits."""

    text: str
    page: int
    per_page: int
    filters: Filters
    sort: Sort


def search_params(args: MultiDict[str, str], settings: Settings) -> SearchParams:
    """What `/api/search` and the page were asked for."""
    return SearchParams(
        text=text(args, settings),
        page=number(args, "page", 1, 1, PAGE_MAX),
        per_page=number(
            args, "per_page", min(PER_PAGE, settings.per_page_max), 1,
            settings.per_page_max,
        ),
        filters=filters(args),
        sort=sort(args),
    )  # fmt: skip


def text(args: MultiDict[str, str], settings: Settings) -> str:
    """What the visitor typed, cut to the allowed length."""
    return args.get("q", "")[: settings.query_max_chars]


def filters(args: MultiDict[str, str]) -> Filters:
    """The conditions; a repeated parameter means any of its values."""
    return Filters(
        categories=_names(args, "category"),
        tags=_names(args, "tag"),
        type=cast(PostType | None, _one_of(args, "type", get_args(PostType))),
        years=tuple(
            _whole(value, "year", 0, 9999)
            for value in args.getlist("year")[:_VALUES_MAX]
            if value.strip()
        ),
    )


def sort(args: MultiDict[str, str]) -> Sort:
    """The wanted order, best first by default."""
    return cast(Sort, _one_of(args, "sort", get_args(Sort)) or "relevance")


def number(
    args: MultiDict[str, str], name: str, default: int, low: int, high: int
) -> int:
    """A whole number, moved into `[low, high]`; absent or empty is `default`."""
    value = args.get(name, "")
    return _whole(value, name, low, high) if value.strip() else default


def _whole(value: str, name: str, low: int, high: int) -> int:
    match = _NUMBER.match(value)
    if match is None:
        raise RequestError(
            f"{name} is not a whole number: {_short(value)}",
            f"give {name} as digits, for example {name}={max(low, 1)}",
        )
    sign, digits = match.groups()
    digits = digits.lstrip("0") or "0"
    # Longer than any limit: int() itself refuses thousands of digits.
    size = int(digits) if len(digits) < 10 else 10**9
    return max(low, min(high, -size if sign == "-" else size))


def _one_of(
    args: MultiDict[str, str], name: str, allowed: tuple[str, ...]
) -> str | None:
    value = args.get(name, "").strip()
    if not value:
        return None
    if value not in allowed:
        raise RequestError(
            f"unknown {name}: {_short(value)}",
            f"{name} is one of: {', '.join(allowed)}",
        )
    return value


def _names(args: MultiDict[str, str], name: str) -> tuple[str, ...]:
    values = (value.strip()[:_NAME_MAX] for value in args.getlist(name))
    return tuple(dict.fromkeys(v for v in values if v))[:_VALUES_MAX]


def _short(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:40] + "…")
