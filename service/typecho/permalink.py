"""At which address does a visitor find this post?

Follows Typecho 1.3, var/Widget/Base/Contents.php 91-110 and var/Typecho/Common.php
(url); 1.2 gives the same. Knows no tables: `rows` hands over names and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from urllib.parse import quote_plus

from service.model import PostType
from service.typecho.options import Blog

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_PLACE = re.compile(r"\{([A-Za-z0-9_-]+)\}")


def permalink(
    blog: Blog,
    type: PostType,
    cid: int,
    slug: str,
    created: int,
    directory: Sequence[str] = (),
) -> str:
    """The full URL of a post or page.

    `directory` holds slugs from the outermost to the own one: of the first
    category for a post, of the page itself and its parents for a page.
    """
    moment = local_time(created, blog.timezone_s)
    places = {
        "cid": str(cid),
        "slug": urlencode(slug),
        # A page has no category, whatever its pattern says.
        "category": urlencode(directory[-1]) if directory and type == "post" else "",
        "directory": "/".join(urlencode(part) for part in directory),
        "year": f"{moment.year:04d}",
        "month": f"{moment.month:02d}",
        "day": f"{moment.day:02d}",
    }
    pattern = blog.post_pattern if type == "post" else blog.page_pattern
    path = _PLACE.sub(lambda place: places.get(place[1], place[0]), pattern)
    return blog.index.rstrip("/") + "/" + path.lstrip("/").replace("//", "/")


def local_time(created: int, offset_s: int) -> datetime:
    """The blog's own clock at `created`; absurd moments are pulled into range."""
    limit = 253_370_000_000  # the year 9998, in Unix seconds
    seconds = min(max(created + offset_s, 0), limit)
    return _EPOCH + timedelta(seconds=seconds)


def urlencode(text: str) -> str:
    """As PHP's urlencode(): a blank is `+`, a tilde is not spared."""
    return quote_plus(text, safe="", errors="replace").replace("~", "%7E")
