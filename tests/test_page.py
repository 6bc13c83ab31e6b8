"""What a visitor gets at `/`, without JavaScript."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from service.index.opening import open_engine
from service.model import Filters, Results, Suggestion
from service.web import links
from service.web.door import NAME
from service.web.page import web_only
from service.web.params import SearchParams
from service.web.words import TEXTS
from tests.support import app as support

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    support.index(folder)
    return folder


@pytest.fixture(scope="module")
def client(data_dir: Path) -> FlaskClient:
    return support.client(support.settings(data_dir, public=True))


def page(client: FlaskClient, query: str = "", **asked: object) -> str:
    target = "/?" + urlencode({"q": query, **asked}, doseq=True) if query else "/"
    answer = client.get(target, headers=CHINESE)
    assert answer.status_code == 200
    return answer.text


def hrefs(html: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'href="([^"]*)"', html)]


def test_empty_page_offers_one_thing_that_finds_something(client: FlaskClient) -> None:
    html = page(client)

    example = next(h for h in hrefs(html) if h.startswith("?q="))
    assert parse_qs(example[1:])["q"] == ["2018天象"]
    assert "archives/1/" in client.get("/" + example).text


def test_example_of_another_blog_is_one_of_its_own_titles(tmp_path: Path) -> None:
    post = support.post(1, "量子力学笔记", "波函数的统计解释。")
    open_engine(support.settings(tmp_path)).rebuild([post])
    client = support.client(support.settings(tmp_path, public=True))

    assert "量子力学笔记" in page(client)


def test_title_is_escaped_with_its_marks(client: FlaskClient) -> None:
    html = page(client, "天象")

    assert "2018年重要<mark>天象</mark> &lt;预告&gt; &amp; 观测" in html
    assert "<预告>" not in html


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('"><img src=x>', "&#34;&gt;&lt;img src=x&gt;"),
        ("{{7*7}}", "{{7*7}}"),
    ],
    ids=["script", "attribute", "template"],
)
def test_query_is_shown_and_never_run(
    client: FlaskClient, query: str, shown: str
) -> None:
    html = page(client, query)

    assert f'value="{shown}"' in html
    assert f"<title>{shown} - " in html
    assert "<img" not in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("damped_oscillator", '<span class="kind">代码</span><code>'),
        ("L(\\theta)", '<span class="kind">公式</span><code>'),
        ("敦煌", '<span class="kind">评论 · 小明</span>'),
        ("英仙座", "§ 流星雨"),
    ],
    ids=["code", "formula", "comment", "heading"],
)
def test_snippet_shows_where_it_was_found(
    client: FlaskClient, query: str, shown: str
) -> None:
    assert shown in page(client, query)


def test_heading_links_to_its_section(client: FlaskClient) -> None:
    assert "https://blog.example/archives/1/#meteor" in hrefs(page(client, "英仙座"))


def test_hit_shows_its_day_in_the_blogs_time_zone(data_dir: Path) -> None:
    """Created 2018-01-02 00:00 UTC: still the day before in New York."""
    east = support.client(support.settings(data_dir, public=True))
    west = support.client(support.settings(data_dir, public=True, timezone_s=-5 * 3600))

    assert "<time>2018-01-02</time>" in page(east, "英仙座")
    assert "<time>2018-01-01</time>" in page(west, "英仙座")


def test_filter_link_narrows_the_hits(client: FlaskClient) -> None:
    html = page(client, "天象")

    link = next(h for h in hrefs(html) if parse_qs(h[1:]).get("category") == ["随笔"])
    narrowed = client.get("/" + link, headers=CHINESE).text
    assert "找到 1 篇" in narrowed
    assert "木星与土星" in narrowed


def test_chosen_filter_can_be_removed(client: FlaskClient) -> None:
    html = page(client, "天象", category="随笔", year=2017)

    assert "取消筛选：随笔" in html
    left = [parse_qs(h[1:]) for h in hrefs(html) if h.startswith("?")]
    assert {"q": ["天象"], "year": ["2017"]} in left
    assert {"q": ["天象"], "category": ["随笔"]} in left
    assert {"q": ["天象"]} in left


def test_sort_links_keep_query_with_filters(client: FlaskClient) -> None:
    html = page(client, "天象", category="天文")

    assert {"q": ["天象"], "category": ["天文"], "sort": ["newest"]} in [
        parse_qs(h[1:]) for h in hrefs(html)
    ]


def test_pages_are_linked_through_to_the_last(client: FlaskClient) -> None:
    first = page(client, "变分自编码器")

    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = client.get("/" + unescape(following[1]), headers=CHINESE).text
    assert "第 2 页，共 3 页" in second
    assert 'rel="prev"' in second
    assert 'rel="next"' not in page(client, "变分自编码器", page=3)


def test_page_past_the_end_leads_back(client: FlaskClient) -> None:
    assert "结果没有这么多页" in page(client, "变分自编码器", page=50)


def test_nothing_found_is_a_useful_page(client: FlaskClient) -> None:
    html = page(client, "ζζζζ", category="天文")

    assert "没有找到“ζζζζ”" in html
    assert "去掉筛选再找一次" in html
    assert "换一个更短或更常用的词" in html


def test_relaxed_answer_says_so(client: FlaskClient) -> None:
    assert "没有文章同时包含全部词" in page(client, "木星 英仙座")


class Answers:
    """A searcher that has one answer, for what a small index never says."""

    def __init__(self, **values: Any) -> None:
        empty = Results("q", (), 0, 1, 10, 1.0, "gen-1")
        self.results = replace(empty, **values)

    def search(self, text: str, **_asked: Any) -> Results:
        return replace(self.results, query=text)


def page_of(data_dir: Path, query: str, **values: Any) -> str:
    client = support.client(support.settings(data_dir, public=True))
    extensions = client.application.extensions
    extensions[NAME] = replace(extensions[NAME], searcher=Answers(**values))
    return page(client, query)


def test_corrected_query_is_named(data_dir: Path, client: FlaskClient) -> None:
    hits = client.application.extensions[NAME].searcher.search("天象").hits

    html = page_of(data_dir, "天像", hits=hits, total=3, corrected="天象")

    assert "没有找到“天像”，以下是“天象”的结果。" in html


def test_suggestion_is_a_link_with_its_own_count(data_dir: Path) -> None:
    html = page_of(data_dir, "Transfomer", suggestions=(Suggestion("Transformer", 7),))

    assert "您是不是要找：" in html
    assert "Transformer（7 篇）" in html
    assert "?q=Transformer" in hrefs(html)


def test_english_browser_gets_english(client: FlaskClient) -> None:
    html = client.get("/?q=a", headers={"Accept-Language": "en-GB,en;q=0.9"}).text

    assert '<html lang="en">' in html
    assert "Site search" in html
    assert not re.search(
        r"[\u4e00-\u9fff]", re.sub(r"<main.*</main>", "", html, flags=re.S)
    )


def test_browser_of_another_language_gets_chinese(client: FlaskClient) -> None:
    html = client.get("/", headers={"Accept-Language": "fr"}).text

    assert '<html lang="zh-CN">' in html


def test_both_languages_have_every_word_with_the_same_blanks() -> None:
    blanks = re.compile(r"%(?:\(\w+\))?s")

    for name, chinese in TEXTS["zh"].items():
        english = TEXTS["en"][name]
        assert english
        assert sorted(blanks.findall(english)) == sorted(blanks.findall(chinese)), name


def test_words_do_not_hide_behind_methods_of_dict() -> None:
    """Jinja would take `t.copy` for the method."""
    assert [name for name in TEXTS["zh"] if hasattr(dict, name)] == []


def test_page_that_is_not_public_explains_itself(data_dir: Path) -> None:
    client = support.client(support.settings(data_dir))

    answer = client.get("/?q=" + quote("天象"), headers=CHINESE)

    assert answer.status_code == 403
    assert "public = true" in answer.text
    assert "<form" not in answer.text
    assert "2018年重要" not in answer.text


def test_page_without_an_index_says_what_to_do(tmp_path: Path) -> None:
    client = support.client(support.settings(tmp_path, public=True))

    for target in ("/", "/?q=a"):
        answer = client.get(target, headers=CHINESE)
        assert answer.status_code == 503
        assert "索引还没有准备好" in answer.text
        assert "typecho-search reindex" in answer.text


def test_bad_parameter_is_explained_on_a_page(client: FlaskClient) -> None:
    answer = client.get("/?q=a&sort=up", headers=CHINESE)

    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "relevance, newest, oldest" in answer.text


def test_policy_allows_nothing_from_elsewhere(client: FlaskClient) -> None:
    answer = client.get("/?q=a")

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_page_holds_nothing_that_the_policy_forbids(client: FlaskClient) -> None:
    html = page(client, "天象")

    assert "style=" not in html
    assert not re.search(r"<script(?! src=\"static/)", html)
    assert not re.search(r"\son\w+=", html)


def test_own_links_are_relative_so_that_any_path_will_do(client: FlaskClient) -> None:
    html = page(client, "变分自编码器") + page(client)

    own = [h for h in hrefs(html) if "blog.example" not in h]
    assert own
    assert [h for h in own if h.startswith("/") or urlsplit(h).scheme] == []


def test_files_of_the_page_are_served(client: FlaskClient) -> None:
    for name in re.findall(r'(?:href|src)="(static/[^"]+)"', page(client)):
        assert client.get("/" + name).status_code == 200


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://a.example/x", True), ("http://a.example/", True), ("/x/1.html", True),
     ("javascript:alert(1)", False), (" JaVaScript:alert(1)", False),
     ("java\nscript:alert(1)", False), ("data:text/html,x", False)],
)  # fmt: skip
def test_only_addresses_of_pages_become_links(url: str, shown: bool) -> None:
    assert (web_only(url) == url) is shown


def test_link_keeps_everything_that_was_asked() -> None:
    asked = SearchParams(
        text="a&b=c #天", page=3, per_page=20, sort="newest",
        filters=Filters(("x y",), ("标签", "z"), "page", (2017, 2018)),
    )  # fmt: skip

    assert parse_qs(links.href(asked, page=2)[1:]) == {
        "q": ["a&b=c #天"], "category": ["x y"], "tag": ["标签", "z"],
        "year": ["2017", "2018"], "type": ["page"], "sort": ["newest"],
        "per_page": ["20"], "page": ["2"],
    }  # fmt: skip
