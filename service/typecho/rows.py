"""Which rows may a visitor read, and what post do they make together?

The one place that decides what enters the index (`is_public`) and the only one
that joins Typecho's tables. Constant memory but for metas, relationships and
users: contents is streamed, comments wait on disk.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing
from typing import Literal

from service.model import Post, PostType, Segment
from service.settings import Settings
from service.text.markup import to_text
from service.typecho import Row, Source
from service.typecho.cells import number, text
from service.typecho.comments import Comments
from service.typecho.metas import Metas
from service.typecho.options import Blog, read_blog
from service.typecho.permalink import local_time, permalink

MARKDOWN = "<!--markdown-->"
"""Typecho's own mark, only at the very start (Contents.php 557-578)."""

Reason = Literal[
    "draft",
    "revision",
    "attachment",
    "private",
    "hidden",
    "waiting",
    "password",
    "future",
    "page",
    "other",
]
"""Why a row is not indexed; "page" only when the owner left pages out."""

_TYPES: dict[str, Reason] = {
    "post_draft": "draft",
    "page_draft": "draft",
    "revision": "revision",
    "attachment": "attachment",
}
_STATUSES: dict[str, Reason] = {
    "private": "private",
    "hidden": "hidden",
    "waiting": "waiting",
}


def is_public(row: Row, now: int) -> bool:
    """True if a visitor who is not logged in may read this row at `now`.

    `now` is in Unix seconds. Follows Typecho 1.3, var/Widget/Archive.php 628-646
    and 2077-2083, with two decisions of ours: pages count as posts, and a post is
    public in the very second of its date (core waits for the next one).
    """
    return why_hidden(row, now) is None


def why_hidden(row: Row, now: int) -> Reason | None:
    """The first reason why nobody may read this row, or None: it is public."""
    type, status = text(row.get("type")), text(row.get("status"))
    if type not in ("post", "page"):
        return _TYPES.get(type, "other")
    if status != "publish":
        return _STATUSES.get(status, "other")
    if text(row.get("password")) != "":
        return "password"
    return "future" if number(row.get("created")) > now else None


def read_posts(
    source: Source,
    settings: Settings,
    now: int,
    cids: Collection[int] | None = None,
    stats: Counter[str] | None = None,
) -> Iterator[Post]:
    """Every public post of the source, in the order of its contents table.

    `cids` narrows it to these posts. `stats` counts the rows left out, by
    `Reason`. Of rows with the same cid (a backup may hold some) the first counts.
    """
    blog = read_blog(source, settings)
    stats = Counter() if stats is None else stats
    with closing(_Reader(source, settings, blog, cids)) as reader:
        seen: set[int] = set()
        for row in source.rows("contents", cids):
            cid = number(row.get("cid"))
            if cid in seen:
                continue
            seen.add(cid)
            reason = why_hidden(row, now)
            if reason is None and text(row.get("type")) == "page":
                reason = None if settings.include_pages else "page"
            if reason is None:
                yield reader.post(cid, row)
            else:
                stats[reason] += 1


class _Reader:
    """The tables around contents, read once."""

    def __init__(
        self,
        source: Source,
        settings: Settings,
        blog: Blog,
        cids: Collection[int] | None,
    ) -> None:
        self._blog = blog
        self._authors = {
            number(row.get("uid")): text(row.get("screenName")) or text(row.get("name"))
            for row in source.rows("users")
        }
        self._metas = Metas(source, blog.tree_order, cids)
        self._pages = _page_tree(source) if "{directory}" in blog.page_pattern else {}
        self._comments = (
            Comments(source, blog.comments_markdown, cids)
            if settings.include_comments
            else None
        )

    def post(self, cid: int, row: Row) -> Post:
        type: PostType = "page" if text(row.get("type")) == "page" else "post"
        slug, created = text(row.get("slug")), number(row.get("created"))
        if type == "post":
            directory = self._metas.directory(cid)
        else:
            directory = _path(self._pages, cid) or (slug,)
        body, segments = content_text(text(row.get("text")))
        return Post(
            cid=cid,
            type=type,
            title=html.unescape(text(row.get("title"))).strip(),
            text=body,
            segments=segments,
            url=permalink(self._blog, type, cid, slug, created, directory),
            created=created,
            author=self._authors.get(number(row.get("authorId")), ""),
            categories=tuple(meta.name for meta in self._metas.categories(cid)),
            tags=self._metas.tags(cid),
            comments=self._comments.of(cid) if self._comments else (),
            year=local_time(created, self._blog.timezone_s).year,
        )

    def close(self) -> None:
        if self._comments:
            self._comments.close()


def content_text(stored: str) -> tuple[str, tuple[Segment, ...]]:
    """Visible text and segments of `contents.text`: Markdown if it says so."""
    if stored.startswith(MARKDOWN):
        return to_text(stored[len(MARKDOWN) :], markdown=True)
    return to_text(stored, markdown=False)


def _page_tree(source: Source) -> dict[int, tuple[str, int]]:
    """Slug and parent of every published page, for addresses with parents."""
    return {
        number(row.get("cid")): (text(row.get("slug")), number(row.get("parent")))
        for row in source.rows("contents")
        if text(row.get("type")) == "page" and text(row.get("status")) == "publish"
    }


def _path(pages: dict[int, tuple[str, int]], cid: int) -> tuple[str, ...]:
    slugs: list[str] = []
    seen: set[int] = set()
    while cid in pages and cid not in seen:
        seen.add(cid)
        slug, cid = pages[cid]
        slugs.append(slug)
    return tuple(reversed(slugs))
