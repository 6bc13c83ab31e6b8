"""A small blog as rows of Typecho's tables: what every source must give alike."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from service.typecho import Row, Table

NOW = 1_700_000_000
SITE = "https://blog.example"

_EMPTY: Row = {
    "title": None,
    "slug": None,
    "created": 1_600_000_000,
    "modified": 1_600_000_100,
    "text": "",
    "order": 0,
    "authorId": 1,
    "template": None,
    "type": "post",
    "status": "publish",
    "password": None,
    "commentsNum": 0,
    "allowComment": "1",
    "allowPing": "1",
    "allowFeed": "1",
    "parent": 0,
}
HARD_TEXT = (
    "<!--markdown-->## 观测 `Φ`\n\n"
    "反斜杠 \\\\ 与引号 ' \" 和 $x_i \\% y$，\ttab，表情🎉𠮷。\n\n"
    "```python\nprint('a\\nb')\n```\n\n<!--more-->\n\n尾；-- 注释 /* 不是 */"
)


def content(cid: int, **values: Any) -> Row:
    """A row of contents with every column."""
    return {
        "cid": cid,
        **_EMPTY,
        "slug": f"slug-{cid}",
        "title": f"标题{cid}",
        **values,
    }


def comment(coid: int, cid: int, **values: Any) -> Row:
    """A row of comments with every column."""
    return {
        "coid": coid,
        "cid": cid,
        "created": 1_600_000_000 + coid,
        "author": f"读者{coid}",
        "authorId": 0,
        "ownerId": 1,
        "mail": "secret@mail.example",
        "url": "http://reader.example",
        "ip": "192.0.2.7",
        "agent": "Mozilla/5.0",
        "text": f"评论{coid}",
        "type": "comment",
        "status": "approved",
        "parent": 0,
        **values,
    }


def meta(mid: int, type: str, name: str, slug: str, **values: Any) -> Row:
    base = {"description": None, "count": 0, "order": 0, "parent": 0}
    return {"mid": mid, "name": name, "slug": slug, "type": type, **base, **values}


def option(name: str, value: str, user: int = 0) -> Row:
    return {"name": name, "user": user, "value": value}


CONTENTS = [
    content(
        1, title="天象 &amp; &lt;观测&gt;", slug="天象", text=HARD_TEXT, commentsNum=4
    ),
    content(2, type="page", title="关于", slug="about", text="<p>关于<b>本站</b></p>"),
    content(3, text="草稿密语", type="post_draft"),
    content(4, text="私密密语", status="private"),
    content(5, text="隐藏密语", status="hidden"),
    content(6, text="待审密语", status="waiting"),
    content(7, text="密码密语", password="1234"),
    content(8, text="未来密语", created=NOW + 1),
    content(9, text="修订密语", type="revision", parent=1),
    content(10, text='{"name":"a.png"}', type="attachment", parent=1),
    content(11, text="<p>第一段\n第二行</p>", password="", created=NOW, authorId=2),
    content(12, title="Emoji 🎉", text="plain <b>HTML</b>", created=0, authorId=99),
    content(13, text="页草稿密语", type="page_draft"),
    content(14, type="page", slug="child", text="子页", parent=2),
]
PUBLIC = [1, 2, 11, 12, 14]
METAS = [
    meta(1, "category", "默认分类", "default", order=2),
    meta(2, "category", "天文 & 观测", "astro", order=1),
    meta(3, "category", "行星", "planets", order=5, parent=2),
    meta(4, "tag", "C&D", "c-d"),
    meta(5, "tag", "Beta", "beta"),
]
RELATIONSHIPS = [
    {"cid": cid, "mid": mid}
    for cid, mid in ((1, 1), (1, 3), (1, 4), (1, 5), (3, 1), (4, 2), (11, 2), (12, 99))
]
USERS = [
    {
        "uid": uid,
        "name": name,
        "password": "$P$secret-hash",
        "mail": "owner@mail.example",
        "url": None,
        "screenName": screen,
        "created": 1,
        "activated": 1,
        "logged": 1,
        "group": "administrator",
        "authCode": "secret-code",
    }
    for uid, name, screen in ((1, "admin", "站长"), (2, "guest", None))
]
COMMENTS = [
    comment(1, 1, text="后来的 <b>评论</b>", created=1_600_000_900),
    comment(2, 1, text="先到的评论 &amp; 'x'"),
    comment(3, 1, text="垃圾密语", status="spam"),
    comment(4, 1, text="待审评论密语", status="waiting"),
    comment(5, 1, text="引用密语", type="pingback"),
    comment(6, 4, text="私密文下密语"),
    comment(7, 11, author="O'Neil \\ 🎉"),
]
FIELDS = [
    {
        "cid": 1,
        "name": "thumb",
        "type": "str",
        "str_value": "a.png",
        "int_value": 0,
        "float_value": 0.0,
    }
]
ROUTES = {
    "post": {"url": "/[directory:split:0]/[year:digital:4]/[slug].html"},
    "page": {"url": "/[directory:split:0].html"},
}
OPTIONS = [
    option("siteUrl", SITE + "/"),
    option("rewrite", "0"),
    option("timezone", "28800"),
    option("routingTable", json.dumps(ROUTES)),
    option("title", "小站"),
    option("secret", "top-secret-option"),
    option("siteUrl", "http://user.example", user=1),
]
BLOG: dict[Table, list[Row]] = {
    "contents": CONTENTS,
    "metas": METAS,
    "relationships": RELATIONSHIPS,
    "users": USERS,
    "comments": COMMENTS,
    "fields": FIELDS,
    "options": OPTIONS,
}


class MemorySource:
    """A source that is only lists; the yardstick for all others."""

    def __init__(self, tables: dict[Table, list[Row]]) -> None:
        self.tables = tables

    def rows(self, table: Table, cids: Collection[int] | None = None) -> Iterator[Row]:
        wanted = None if cids is None else {int(cid) for cid in cids}
        for row in self.tables.get(table, []):
            if wanted is None or "cid" not in row or int(row["cid"]) in wanted:
                yield dict(row)

    def describe(self) -> str:
        return "memory"

    def close(self) -> None: ...
