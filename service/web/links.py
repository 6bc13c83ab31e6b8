"""Which addresses does a result page link to?

Pure functions: what was asked, changed in one respect, as a relative URL. The address
is the whole state of the page, so every link can be shared and every one goes back
to page 1 unless it is a page link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from service.model import FacetCount, Filters, PostType, Sort
from service.web.params import PER_PAGE, SearchParams

NEAR = 2
"""Page links on either side of the current one."""
BUCKETS = 12
"""Links per facet; chosen ones are always among them."""
_NAMES: Mapping[str, str] = {"category": "categories", "tag": "tags", "year": "years"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter that one click sets or removes; `count` is None where unknown."""

    facet: str
    value: str
    href: str
    chosen: bool
    count: int | None = None


def href(asked: SearchParams, *, page: int = 1) -> str:
    """The address of this search."""
    filters = asked.filters
    pairs: list[tuple[str, str | int]] = [("q", asked.text)]
    pairs += [("category", name) for name in filters.categories]
    pairs += [("tag", name) for name in filters.tags]
    pairs += [("year", year) for year in filters.years]
    if filters.type:
        pairs.append(("type", filters.type))
    if asked.sort != "relevance":
        pairs.append(("sort", asked.sort))
    if asked.per_page != PER_PAGE:
        pairs.append(("per_page", asked.per_page))
    if page > 1:
        pairs.append(("page", page))
    return "?" + urlencode(pairs)


def sorted_by(asked: SearchParams, sort: Sort) -> str:
    return href(replace(asked, sort=sort))


def asking(asked: SearchParams, text: str) -> str:
    """The same search for another text."""
    return href(replace(asked, text=text))


def without_filters(asked: SearchParams) -> str:
    return href(replace(asked, filters=Filters()))


def of_type(asked: SearchParams, wanted: PostType | None) -> str:
    return href(replace(asked, filters=replace(asked.filters, type=wanted)))


def groups(
    asked: SearchParams, facets: Mapping[str, tuple[FacetCount, ...]]
) -> list[tuple[str, list[Choice]]]:
    """The facets that leave a choice, each with its values, most frequent first."""
    found = []
    for name in _NAMES:
        buckets = facets.get(name, ())[:BUCKETS]
        if len(buckets) > 1:
            found.append((name, [_choice(asked, name, b) for b in buckets]))
    return found


def chosen(asked: SearchParams) -> list[Choice]:
    """The filters that are set, each with the address that removes it."""
    found = [
        Choice(name, str(value), _toggled(asked, name, str(value)), True)
        for name, attribute in _NAMES.items()
        for value in getattr(asked.filters, attribute)
    ]
    if asked.filters.type:
        found.append(Choice("type", asked.filters.type, of_type(asked, None), True))
    return found


def near(page: int, last: int) -> Iterable[int]:
    """The page numbers worth a link around `page`."""
    return range(max(1, page - NEAR), min(last, page + NEAR) + 1)


def _choice(asked: SearchParams, name: str, bucket: FacetCount) -> Choice:
    return Choice(
        name,
        bucket.value,
        _toggled(asked, name, bucket.value),
        bucket.value.casefold() in _values(asked, name),
        bucket.count,
    )


def _toggled(asked: SearchParams, name: str, value: str) -> str:
    """The search with this value set if it was not, else removed."""
    old = getattr(asked.filters, _NAMES[name])
    new = tuple(v for v in old if str(v).casefold() != value.casefold())
    if len(new) == len(old):
        new = (*old, int(value) if name == "year" else value)
    return href(replace(asked, filters=_with(asked.filters, name, new)))


def _with(filters: Filters, name: str, values: tuple[Any, ...]) -> Filters:
    if name == "category":
        return replace(filters, categories=values)
    if name == "tag":
        return replace(filters, tags=values)
    return replace(filters, years=values)


def _values(asked: SearchParams, name: str) -> set[str]:
    return {str(v).casefold() for v in getattr(asked.filters, _NAMES[name])}
