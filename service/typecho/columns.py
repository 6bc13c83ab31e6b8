"""Which columns of Typecho's tables does a post come from?"""

from __future__ import annotations

from service.typecho import Table

COLUMNS: dict[Table, tuple[str, ...]] = {
    "contents": (
        "cid",
        "title",
        "slug",
        "created",
        "modified",
        "text",
        "authorId",
        "type",
        "status",
        "password",
        "parent",
    ),
    "metas": ("mid", "name", "slug", "type", "order", "parent"),
    "relationships": ("cid", "mid"),
    "users": ("uid", "name", "screenName"),
    "comments": ("coid", "cid", "created", "author", "text", "type", "status"),
    "fields": ("cid", "name", "type", "str_value", "int_value", "float_value"),
    "options": ("name", "user", "value"),
}
"""All that a post is made of, and nothing else: no mails, hashes or addresses."""
