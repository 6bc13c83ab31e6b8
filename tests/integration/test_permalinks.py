"""Are our addresses of posts those that Typecho itself prints?

For every preset and custom pattern, chosen in the real admin, Typecho is asked for the
address of every public post, and so are we; then the addresses are opened.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urljoin

import pytest
import requests

from service.settings import Settings
from service.typecho.database import DatabaseSource
from service.typecho.mysqldump import DumpSource
from service.typecho.rows import read_posts
from tests.support.mariadb import MariaDB
from tests.support.typecho import Blog
from tests.support.typecho_admin import Admin, put, read_form

pytestmark = pytest.mark.typecho

# Two seconds before a new year in China; Typecho opens no post of the last second.
NEW_YEAR = 1514735998
SLUGS = ("hello-world", "天象 2018", "a~b+c", "100%", "it's", "ü.ß", "q?x=1&y#z")

ASK = """<?php
require __DIR__ . '/config.inc.php';
\\Widget\\Init::alloc();
class AllOfThem extends \\Widget\\Base\\Contents { public function execute() {} }
$all = AllOfThem::alloc();
$db = \\Typecho\\Db::get();
$db->fetchAll($db->select()->from('table.contents')
    ->where('type = ? OR type = ?', 'post', 'page'), [$all, 'push']);
$found = [];
while ($all->next()) {
    $found[$all->cid] = $all->permalink;
}
header('Content-Type: application/json');
echo json_encode($found);
"""


@pytest.fixture(scope="module", params=["1.2.1", "1.3.0 in a folder"])
def writer(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    mariadb: MariaDB,
) -> Iterator[Admin]:
    """The administrator of a blog with nested categories, odd slugs and pages."""
    folder = tmp_path_factory.mktemp("addresses") / "blog"
    folder.mkdir()
    new = request.param.startswith("1.3.0")
    blog = Blog(
        folder,
        "1.3.0" if new else "1.2.1",
        mariadb,
        subfolder="my/blog" if new else "",
    )
    blog.install().start()
    try:
        (blog.root / "all-of-them.php").write_text(ASK)
        write_posts(blog)
        yield Admin(blog)
    finally:
        blog.stop()


def write_posts(blog: Blog) -> None:
    """Every slug, and every way in which a post can have categories."""
    metas = [  # mid, name, slug, order, parent
        (10, "天文", "astro nomy", 3, 0),
        (11, "太阳系", "行星", 1, 10),
        (12, "月球", "moon", 1, 11),
        (13, "算法", "c++", 2, 0),
        (14, "另一个", "same-order", 2, 0),
    ]
    for mid, name, slug, order, parent in metas:
        blog.sql(
            "INSERT INTO {}metas (mid, name, slug, type, `order`, parent)"
            " VALUES (?, ?, ?, 'category', ?, ?)",
            [mid, name, slug, order, parent],
        )
    blog.sql(
        "INSERT INTO {}metas (mid, name, slug, type, `order`)"
        " VALUES (20, 't', 'a-tag', 'tag', 0)"
    )
    for slug in SLUGS:
        cid = blog.insert_post(slug, "x", slug=slug, created=NEW_YEAR)
        join(blog, cid, 20, 12)
    for number, mids in enumerate([(), (12, 13), (14, 13), (11, 10), (1, 13, 12)]):
        cid = blog.insert_post(
            f"C{number}", "x", slug=f"c{number}", created=NEW_YEAR + 2
        )
        join(blog, cid, *mids)
    parent = 0
    for slug in ("outer", "内层", "leaf"):
        parent = blog.insert_post(slug, "x", slug=slug, type="page", parent=parent)


def join(blog: Blog, cid: int, *mids: int) -> None:
    for mid in mids:
        blog.sql("INSERT INTO {}relationships (cid, mid) VALUES (?, ?)", [cid, mid])


def choose(writer: Admin, **values: str) -> None:
    """Fill in 设置 → 永久链接 and press the button."""
    page = writer.page("options-permalink.php")
    action, fields = read_form(page.text, "options-permalink")
    answer = writer.session.post(
        urljoin(page.url, action),
        data=put(fields, enableRewriteAnyway="1", **values),
        headers={"Referer": page.url},
        timeout=60,
    )
    assert answer.ok


def typechos(blog: Blog) -> dict[int, str]:
    answer = requests.get(f"{blog.url}/all-of-them.php", timeout=60)
    return {int(cid): url for cid, url in answer.json().items()}


def ours(blog: Blog) -> dict[int, str]:
    settings = Settings(source=blog.source)
    with closing(DatabaseSource(settings)) as source:
        now = int(time.time()) + 10
        return {post.cid: post.url for post in read_posts(source, settings, now)}


def assert_same(blog: Blog) -> dict[int, str]:
    found = ours(blog)
    assert found == typechos(blog)
    assert len(found) == len(SLUGS) + 5 + 3 + 2  # and the two of the installer
    return found


PRESETS = (
    "/archives/[cid:digital]/",
    "/archives/[slug].html",
    "/[year:digital:4]/[month:digital:2]/[day:digital:2]/[slug].html",
    "/[category]/[slug].html",
)
CUSTOM = (
    "/{directory}/{cid}/",
    "/p/{year}{month}{day}-{cid}.html",
    "/{category}/{year}/{slug}",
    "/{slug}",
    "/{mid}/{cid}.htm",
    "/归档/{cid}/",
)


@pytest.mark.parametrize("pattern", PRESETS)
def test_a_preset_gives_typechos_addresses(writer: Admin, pattern: str) -> None:
    choose(writer, postPattern=pattern)

    found = assert_same(writer.blog)

    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize("pattern", CUSTOM)
def test_a_custom_pattern_gives_typechos_addresses(writer: Admin, pattern: str) -> None:
    choose(writer, postPattern="custom", customPattern=pattern)

    assert_same(writer.blog)


@pytest.mark.parametrize("rewrite", ["1", "0"])
def test_rewriting_changes_the_beginning(writer: Admin, rewrite: str) -> None:
    choose(writer, postPattern=PRESETS[0], rewrite=rewrite)

    found = assert_same(writer.blog)

    start = writer.blog.url + ("/" if rewrite == "1" else "/index.php/")
    assert all(url.startswith(start) for url in found.values())


@pytest.mark.parametrize("pattern", ["/{slug}.html", "/p/{cid}", "/p/{slug}"])
def test_pages_have_typechos_addresses(writer: Admin, pattern: str) -> None:
    choose(writer, pagePattern=pattern)

    assert_same(writer.blog)


def test_a_page_under_a_page_opens_at_its_address(writer: Admin) -> None:
    choose(writer, pagePattern="/{directory}.html")

    (url,) = (url for url in ours(writer.blog).values() if "leaf" in url)

    # Typecho's lists leave the parents out; its page redirects to what it takes
    # for the right address. Typecho 1.2 refuses the pattern.
    answer = requests.get(url, timeout=60, allow_redirects=False)
    assert answer.status_code == 200
    assert "leaf" in answer.text
    new = writer.blog.version == "1.3.0"
    assert url.endswith("/outer/%E5%86%85%E5%B1%82/leaf.html" if new else "/p/leaf")
    choose(writer, pagePattern="/{slug}.html")


@pytest.mark.parametrize(
    ("offset", "days"),
    [
        ("28800", {"2017/12/31", "2018/01/01"}),
        ("12600", {"2017/12/31"}),
        ("-36000", {"2017/12/31"}),
        ("32400", {"2018/01/01"}),
    ],
)
def test_a_date_is_that_of_the_blogs_clock(
    writer: Admin, offset: str, days: set[str]
) -> None:
    choose(writer, postPattern=PRESETS[2])
    set_option(writer.blog, "timezone", offset)

    found = " ".join(assert_same(writer.blog).values())

    set_option(writer.blog, "timezone", "28800")
    assert set(re.findall(r"201[78]/\d\d/\d\d", found)) == days


@pytest.mark.parametrize("pattern", [PRESETS[0], PRESETS[2], PRESETS[3]])
def test_an_address_opens_its_post(writer: Admin, pattern: str) -> None:
    choose(writer, postPattern=pattern, pagePattern="/{slug}.html")

    for cid, url in ours(writer.blog).items():
        (title,) = writer.blog.sql("SELECT title FROM {}contents WHERE cid = ?", [cid])
        if title[0] in ("q?x=1&y#z", "C0"):
            continue  # Typecho itself does not find these again
        answer = requests.get(url, timeout=60)
        assert (answer.status_code, title[0] in answer.text) == (200, True), url


def test_a_dump_gives_the_same_addresses(writer: Admin) -> None:
    blog = writer.blog
    choose(writer, postPattern="custom", customPattern="/{directory}/{slug}.html")
    assert blog.mariadb
    path = blog.folder / "blog.sql"
    path.write_bytes(blog.mariadb.dump(blog.database))
    settings = Settings(source=str(path))

    with closing(DumpSource(path)) as source:
        posts = list(read_posts(source, settings, int(time.time()) + 10))

    assert {post.cid: post.url for post in posts} == typechos(blog)


def set_option(blog: Blog, name: str, value: str) -> None:
    blog.sql("UPDATE {}options SET value = ? WHERE name = ?", [value, name])
