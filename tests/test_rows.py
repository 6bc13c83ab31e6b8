"""Which rows become posts, and what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from service.model import Comment, Post
from service.settings import Settings
from service.typecho import Row, Table
from service.typecho.rows import is_public, read_posts, why_hidden
from tests.support.blog import (
    BLOG,
    COMMENTS,
    CONTENTS,
    METAS,
    NOW,
    PUBLIC,
    MemorySource,
    comment,
    content,
    meta,
    option,
)


def posts(
    settings: Settings | None = None,
    cids: list[int] | None = None,
    stats: Counter[str] | None = None,
    **tables: list[Row],
) -> dict[int, Post]:
    blog: dict[Table, list[Row]] = {**BLOG, **tables}  # type: ignore[dict-item]
    read = read_posts(MemorySource(blog), settings or Settings(), NOW, cids, stats)
    return {post.cid: post for post in read}


@pytest.mark.parametrize("type", ["post", "page", "post_draft", "page_draft", "x"])
@pytest.mark.parametrize("status", ["publish", "private", "hidden", "waiting", None])
@pytest.mark.parametrize("password", [None, "", "0", "1234"])
@pytest.mark.parametrize("created", [NOW - 1, NOW, NOW + 1, 0])
def test_truth_table_of_visibility(
    type: str, status: str | None, password: str | None, created: int
) -> None:
    row = content(1, type=type, status=status, password=password, created=created)

    expected = (
        type in ("post", "page")
        and status == "publish"
        and password in (None, "")
        and created != NOW + 1
    )
    assert is_public(row, NOW) is expected
    assert is_public({k: _as_dumped(v) for k, v in row.items()}, NOW) is expected


def _as_dumped(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"type": "page"}, None),
        ({"type": "post_draft"}, "draft"),
        ({"type": "page_draft"}, "draft"),
        ({"type": "revision"}, "revision"),
        ({"type": "attachment"}, "attachment"),
        ({"type": "link"}, "other"),
        ({"type": None}, "other"),
        ({"status": "private"}, "private"),
        ({"status": "hidden"}, "hidden"),
        ({"status": "waiting"}, "waiting"),
        ({"status": "trash"}, "other"),
        ({"password": "x"}, "password"),
        ({"password": b"x"}, "password"),
        ({"created": NOW + 1}, "future"),
        ({"created": str(NOW + 1)}, "future"),
        ({"created": "rubbish"}, None),
        ({"type": b"post", "status": b"publish"}, None),
    ],
)
def test_reason_is_named(change: Row, reason: str | None) -> None:
    assert why_hidden(content(1, **change), NOW) == reason


def test_a_row_without_columns_is_not_public() -> None:
    assert not is_public({}, NOW)


def test_only_public_rows_become_posts() -> None:
    assert sorted(posts()) == PUBLIC


def test_nothing_hidden_is_in_any_post() -> None:
    assert "密语" not in repr(posts())
    assert "secret" not in repr(posts())


def test_left_out_rows_are_counted_by_reason() -> None:
    stats: Counter[str] = Counter()

    posts(stats=stats)

    assert stats == {
        "draft": 2,
        "private": 1,
        "hidden": 1,
        "waiting": 1,
        "password": 1,
        "future": 1,
        "revision": 1,
        "attachment": 1,
    }


def test_pages_stay_out_when_the_owner_says_so() -> None:
    stats: Counter[str] = Counter()

    found = posts(Settings(include_pages=False), stats=stats)

    assert sorted(found) == [1, 11, 12]
    assert stats["page"] == 2


def test_a_post_is_joined_from_all_tables() -> None:
    post = posts()[1]

    assert post.title == "天象 & <观测>"
    assert post.author == "站长"
    assert post.categories == ("行星", "默认分类")
    assert post.tags == ("Beta", "C&D")
    assert post.url == (
        "https://blog.example/index.php/astro/planets/2020/%E5%A4%A9%E8%B1%A1.html"
    )
    assert post.created == 1_600_000_000
    assert post.year == 2020
    assert post.text.startswith("观测 Φ\n反斜杠 \\ 与引号")
    kinds = [(s.kind, post.text[s.start : s.end]) for s in post.segments]
    assert kinds == [
        ("heading", "观测 Φ"),
        ("formula", "$x_i \\% y$"),
        ("code", "print('a\\nb')"),
    ]


def test_comments_are_the_approved_ones_the_oldest_first() -> None:
    assert posts()[1].comments == (
        Comment(2, "读者2", "先到的评论 & 'x'", 1_600_000_002),
        Comment(1, "读者1", "后来的 评论", 1_600_000_900),
    )


def test_comments_stay_out_when_the_owner_says_so() -> None:
    assert posts(Settings(include_comments=False))[1].comments == ()


def test_comments_are_markdown_where_the_blog_says_so() -> None:
    source = [comment(1, 1, text="**粗** <b>x</b>")]
    marked = [*BLOG["options"], option("commentsMarkdown", "1")]

    assert posts(comments=source)[1].comments[0].text == "**粗** x"
    assert posts(comments=source, options=marked)[1].comments[0].text == "粗 x"


def test_child_page_has_its_parents_in_the_address() -> None:
    assert posts()[14].url == "https://blog.example/index.php/about/child.html"
    assert posts(cids=[14])[14].url == posts()[14].url


def test_user_without_screen_name_is_known_by_the_login_name() -> None:
    assert posts()[11].author == "guest"


def test_unknown_author_or_category_does_no_harm() -> None:
    post = posts()[12]

    assert (post.author, post.categories, post.year) == ("", (), 1970)
    assert post.url == "https://blog.example/index.php/1970/slug-12.html"


def test_cids_narrow_what_is_read() -> None:
    everything = posts()

    assert posts(cids=[11, 4, 1]) == {1: everything[1], 11: everything[11]}
    assert posts(cids=[]) == {}


def test_of_a_doubled_row_the_first_counts() -> None:
    again = content(1, title="another")

    assert posts(contents=[*CONTENTS, again])[1].title == "天象 & <观测>"
    assert len(posts(comments=[*COMMENTS, COMMENTS[1]])[1].comments) == 2


def test_numbers_as_text_give_the_same_posts() -> None:
    dumped = {
        table: [{k: _as_dumped(v) for k, v in row.items()} for row in rows]
        for table, rows in BLOG.items()
    }

    assert posts(**dumped) == posts()


def test_a_row_of_the_bare_minimum_is_a_post() -> None:
    bare: Iterable[Row] = [{"cid": "5", "type": "post", "status": "publish"}]

    assert posts(contents=list(bare))[5] == Post(
        cid=5,
        type="post",
        title="",
        text="",
        url="https://blog.example/index.php/1970/.html",
        created=0,
        year=1970,
    )


def test_category_order_is_flat_in_typecho_1_2() -> None:
    serialized = 'a:1:{s:4:"post";a:1:{s:3:"url";s:1:"/";}}'
    options = [o for o in BLOG["options"] if o["name"] != "routingTable"]
    options.append(option("routingTable", serialized))

    assert posts(options=options)[1].categories == ("默认分类", "行星")


def test_categories_in_a_circle_do_no_harm() -> None:
    metas = [
        meta(1, "category", "甲", "a", parent=3),
        meta(3, "category", "乙", "b", parent=1),
    ]

    assert posts(metas=metas)[1].categories == ("甲", "乙")
    assert METAS[0]["name"] == "默认分类"


def test_html_posts_are_not_read_as_markdown() -> None:
    rows = [content(1, text=" <!--markdown-->**a** <i>b</i>")]

    assert posts(contents=rows)[1].text == "**a** b"
