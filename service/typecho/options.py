"""What do a blog's options and our settings say about its addresses and its clock?

Parsed once, here; settings win over the table. Does not build URLs: `permalink`.
Follows Typecho 1.3, var/Widget/Options.php 438-461 (siteUrl, rewrite) and
var/Widget/Options/Permalink.php 239-245 (patterns).
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import Any

from service.errors import ConfigError
from service.settings import Settings
from service.typecho import Source
from service.typecho.cells import text
from service.typecho.php_values import unserialize

POST_PATTERN = "/archives/[cid:digital]/"
PAGE_PATTERN = "/[slug].html"
TIMEZONE_S = 28800
"""What Typecho's installer writes: China's time."""
_log = logging.getLogger(__name__)
_PLACE = re.compile(r"\[([A-Za-z0-9_-]+)[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Blog:
    """`index` is what every address starts with; patterns hold `{slug}` forms.

    `tree_order` is True where categories are ordered as a tree (Typecho 1.3), not
    by their numbers alone (1.2).
    """

    index: str
    post_pattern: str
    page_pattern: str
    timezone_s: int
    tree_order: bool = False
    comments_markdown: bool = False


def read_blog(source: Source, settings: Settings) -> Blog:
    """The blog of this source; raises `ConfigError` if it has no address."""
    table = _options(source)
    routes, is_json = _routes(table.get("routingTable"))
    return Blog(
        index=_index(table, settings),
        post_pattern=_curly(settings.permalink or routes.get("post") or POST_PATTERN),
        page_pattern=_curly(routes.get("page") or PAGE_PATTERN),
        timezone_s=_timezone(table, settings),
        tree_order=is_json,
        comments_markdown=_on(table.get("commentsMarkdown")),
    )


def _options(source: Source) -> dict[str, Any]:
    """Site-wide options; those of single users have another `user`."""
    return {
        str(row.get("name")): row.get("value")
        for row in source.rows("options")
        if str(row.get("user") or 0) == "0"
    }


def _index(table: dict[str, Any], settings: Settings) -> str:
    site = (settings.site_url or text(table.get("siteUrl"))).strip().rstrip("/")
    if not site:
        raise ConfigError(
            "the address of the blog is unknown: no option siteUrl in the source",
            "set site_url, for example https://blog.example (and permalink)",
        )
    # Without the option, as in a .dat, the owner's site_url is taken as it is.
    if "rewrite" not in table or _on(table["rewrite"]) or site.endswith("/index.php"):
        return site
    return site + "/index.php"


def _routes(value: Any) -> tuple[dict[str, str], bool]:
    """Route name -> URL pattern, and whether the table is JSON (Typecho 1.3)."""
    stored = text(value).strip()
    if not stored:
        return {}, True
    try:
        is_json = stored.startswith(("{", "["))
        table = json.loads(stored) if is_json else unserialize(stored.encode())
    except (ValueError, RecursionError) as error:
        _log.warning("routing table unreadable, default addresses used error=%r", error)
        return {}, True
    found: dict[str, str] = {}
    for name, route in table.items() if isinstance(table, dict) else ():
        url = route.get("url") if isinstance(route, dict) else None
        if isinstance(url, str):
            found[str(name)] = url
    return found, is_json


def _timezone(table: dict[str, Any], settings: Settings) -> int:
    if settings.timezone_s is not None:
        return settings.timezone_s
    try:
        return int(float(text(table.get("timezone")) or TIMEZONE_S))
    except (ValueError, OverflowError):
        return TIMEZONE_S


def _curly(pattern: str) -> str:
    """`[year:digital:4]` as `{year}`; the owner may write either."""
    return _PLACE.sub(r"{\1}", pattern)


def _on(value: Any) -> bool:
    return text(value).strip() not in ("", "0", "false", "False")
