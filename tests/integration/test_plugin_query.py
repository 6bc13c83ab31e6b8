"""Does what a visitor typed reach the service unchanged, whatever it is?

The title of a result page is the query as the service was asked it. Without the
plugin only single plain words survive Typecho's two filters.
"""

from __future__ import annotations

import random
from urllib.parse import quote, quote_from_bytes

import pytest
import requests

from tests.support.results import read_results
from tests.support.site import Site

pytestmark = pytest.mark.typecho

HARD = [
    "2018 天象",
    "C++",
    '"exact phrase"',
    "天象 -火星",
    "title:foo",
    "http://x.y/z",
    "a/b",
    "100%",
    "50%2B",
    "🎉 party",
    "🎉",
    "..",
    "?",
    "天" * 250,
    "it's <b>x</b>\" on=1",
    "foo\\bar",
    ":80",
    "x:99999",
    "&x=1#y",
    "{page}",
    "%s",
    "-",
    "\N{IDEOGRAPHIC SPACE}全角\N{IDEOGRAPHIC SPACE}\N{IDEOGRAPHIC SPACE}空格",
]
PIECES = [
    *(bytes([sign]) for sign in range(1, 128) if not chr(sign).isalnum()),
    *(text.encode() for text in HARD),
    *(text.encode() for text in ("天象", "%00", "\u202e", "𠮷", "%1$s", "\u00a0")),
    b"\xff\xfe",
    b"\xe5\xa4",
]


def expected(typed: str) -> str:
    """Runs of blanks become one, and two hundred characters are kept."""
    return " ".join(typed.split())[:200]


@pytest.mark.parametrize("typed", HARD, ids=lambda typed: ascii(typed)[:24])
def test_box_by_get_keeps_what_was_typed(site: Site, typed: str) -> None:
    page = site.search(typed)

    assert page.status == 200
    assert page.query == expected(typed)
    assert page.by_service


@pytest.mark.parametrize("typed", HARD, ids=lambda typed: ascii(typed)[:24])
def test_box_by_post_keeps_what_was_typed(site: Site, typed: str) -> None:
    answer = requests.post(site.blog.url, data={"s": typed}, timeout=20)

    page = read_results(answer)
    assert (page.status, page.query) == (200, expected(typed))
    assert [step.status_code for step in answer.history] == [302]


@pytest.mark.parametrize(
    "typed", [t for t in HARD if "/" not in t], ids=lambda typed: ascii(typed)[:24]
)
def test_direct_address_keeps_what_was_typed(site: Site, typed: str) -> None:
    page = site.open_path(f"/search/{quote(typed, safe='').replace('.', '%2E')}/")

    assert (page.status, page.query) == (200, expected(typed))
    assert page.by_service


def test_direct_address_with_symbols_moves_once_to_its_canonical_form(
    site: Site,
) -> None:
    answer = requests.get(f"{site.blog.index}/search/C%2B%2B/", timeout=20)

    assert [step.status_code for step in answer.history] == [301]
    assert answer.url == f"{site.blog.index}/search/C/?q=C%2B%2B"


def test_a_slash_in_a_direct_address_is_not_found_as_before(site: Site) -> None:
    assert site.open_path("/search/a%2Fb/").status == 404


@pytest.mark.parametrize("typed", ["", "   ", "\x00\x07"], ids=ascii)
def test_nothing_typed_shows_the_home_page(site: Site, typed: str) -> None:
    answer = site.blog.search(typed)

    assert answer.status_code == 200
    assert "/search/" not in answer.url


def test_bytes_that_are_no_utf8_do_no_harm(site: Site) -> None:
    page = site.open(f"{site.blog.url}/?s=%ff%fe%E5%A4%A9")

    assert page.status == 200
    assert page.query.endswith("天")


def test_two_hundred_fuzzed_queries_get_a_page_each(site: Site) -> None:
    random_ = random.Random(20260101)
    logged = len(site.blog.php_errors())
    session = requests.Session()
    for _ in range(200):
        typed = b"".join(random_.choices(PIECES, k=random_.randint(1, 6)))
        if random_.random() < 0.1:
            typed += random_.randbytes(20)
        form = b"s=" + quote_from_bytes(typed, safe="").encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = session.post(site.blog.url, data=form, headers=headers, timeout=20)
        assert answer.status_code == 200, typed
        assert "</html>" in answer.text, typed
    if site.blog.version == "1.3.0":
        assert site.blog.php_errors()[logged:] == []


def test_page_title_is_escaped(site: Site) -> None:
    page = site.search('<script>alert(1)</script>" onload="x')

    assert "<script>alert(1)" not in page.text
    assert '" onload="x' not in page.text
    assert page.query == '<script>alert(1)</script>" onload="x'


def test_a_query_on_another_archive_page_is_kept_too(site: Site) -> None:
    answer = requests.post(
        f"{site.blog.index}/archives/1/", data={"s": "C++"}, timeout=20
    )

    assert answer.url == f"{site.blog.index}/search/C/?q=C%2B%2B"


def test_a_parameter_s_outside_of_archives_is_left_alone(site: Site) -> None:
    answer = requests.get(
        f"{site.blog.index}/action/login?s=C", allow_redirects=False, timeout=20
    )

    assert "/search/" not in answer.headers.get("Location", "")
