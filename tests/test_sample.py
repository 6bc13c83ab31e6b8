"""Is the bundled blog what a newcomer should see, and what tests rely on?

Reads the dump as text, and the sources of it; whether the service reads the dump
well is asked by the tests of the sources and of relevance.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from sample.posts import Source, read_all
from tests.relevance.judged import TABLE, read_judged

ROOT = Path(__file__).resolve().parent.parent
DUMP = ROOT / "service" / "sample" / "blog.sql"

# Where it stands -> characters that stand nowhere else: what no visitor may find.
SECRETS = {
    "draft": "鼗鼖鼛",
    "revision of a published post": "黼黻黹",
    "hidden post": "饕餮饔",
    "private post": "罘罳罾",
    "post that waits": "耄耋耆",
    "post with a password": "觚觯觥",
    "comment under the post with a password": "觱篥筚",
    "post of the year 2099": "鬈鬃鬣",
    "attachment": "篝篪篾",
    "draft of a page": "魑魅魍",
    "hidden page": "饽饾饸",
    "comment that waits": "蜣螂蛞",
    "spam": "蟛蜞蚰",
}


@pytest.fixture(scope="module")
def dump() -> str:
    return DUMP.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return read_all()


@pytest.fixture(scope="module")
def visible(sources: list[Source]) -> list[Source]:
    return [source for source in sources if source.is_visible]


def all_text(source: Source) -> str:
    """What a visitor can read of a post, and a little more (markup)."""
    notes = [note.text for note in source.notes if note.status == "approved"]
    return "\n".join([source.title, source.text, *source.tags, *notes])


def rows(dump: str, table: str) -> list[str]:
    """The rows of one table, each as it is printed; text has no raw newline."""
    found = re.findall(
        rf"^INSERT INTO `typecho_{table}` VALUES\n(.*?);$", dump, re.M | re.S
    )
    return [row.rstrip(",") for part in found for row in part.split("\n")]


def test_dump_is_a_complete_mysqldump(dump: str) -> None:
    assert dump.startswith("/*M!999999\\- enable the sandbox mode */")
    assert dump.rstrip().split("\n")[-1].startswith("-- Dump completed on ")


def test_dump_is_small_enough_to_review() -> None:
    assert DUMP.stat().st_size < 1_500_000


def test_dump_holds_a_row_for_every_source(dump: str, sources: list[Source]) -> None:
    printed = {int(row[1 : row.index(",")]) for row in rows(dump, "contents")}

    assert printed == {source.cid for source in sources}


def test_dump_is_rebuilt_after_a_text_changed(dump: str, sources: list[Source]) -> None:
    printed = {row[1 : row.index(",")]: row for row in rows(dump, "contents")}
    quoted = str.maketrans({"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n"})

    stale = [
        source.cid
        for source in sources
        if source.text.translate(quoted) not in printed[str(source.cid)]
    ]

    assert stale == []


def test_dump_holds_all_comments(dump: str, sources: list[Source]) -> None:
    notes = [note for source in sources for note in source.notes]

    assert len(rows(dump, "comments")) == len(notes)


def test_there_are_enough_posts(visible: list[Source]) -> None:
    kinds = Counter(source.type for source in visible)

    assert kinds["post"] >= 46
    assert kinds["page"] >= 4


def test_there_are_enough_comments_of_every_status(sources: list[Source]) -> None:
    notes = Counter((n.type, n.status) for source in sources for n in source.notes)

    assert notes["comment", "approved"] >= 60
    assert notes["comment", "waiting"] >= 1
    assert notes["comment", "spam"] >= 1
    assert notes["pingback", "approved"] >= 1


def test_lengths_are_mixed(visible: list[Source]) -> None:
    lengths = sorted(len(source.text) for source in visible)

    assert lengths[-2] > 3000
    assert 400 < lengths[len(lengths) // 2] < 1500


def test_posts_cover_fifteen_years(visible: list[Source]) -> None:
    years = {1970 + source.created // 31_556_952 for source in visible}

    assert {2012, 2018, 2025} <= years
    assert len(years) >= 12


def test_html_posts_are_among_the_markdown_posts(visible: list[Source]) -> None:
    html = [s.cid for s in visible if not s.text.startswith("<!--markdown-->")]

    assert len(html) >= 2


@pytest.mark.parametrize("string", ["2018天象", "新词算法"])
def test_showpiece_query_is_written_nowhere(
    string: str, dump: str, visible: list[Source]
) -> None:
    # Blanks and tags between the words would make it too easy as well.
    squeezed = [re.sub(r"[\s*_`]+", "", all_text(source)) for source in visible]

    assert string not in dump
    assert [text for text in squeezed if string in text] == []


@pytest.mark.parametrize("place", SECRETS)
def test_secret_is_in_the_dump(place: str, dump: str) -> None:
    assert SECRETS[place] in dump


@pytest.mark.parametrize("place", SECRETS)
def test_no_character_of_a_secret_is_visible(place: str, visible: list[Source]) -> None:
    text = "".join(all_text(source) for source in visible)

    assert [char for char in SECRETS[place] if char in text] == []


def test_every_way_to_be_invisible_is_there(sources: list[Source]) -> None:
    reasons = {
        (source.type, source.status, bool(source.password))
        for source in sources
        if not source.is_visible
    }

    assert reasons == {
        ("post_draft", "publish", False),
        ("page_draft", "publish", False),
        ("revision", "publish", False),
        ("attachment", "publish", False),
        ("post", "hidden", False),
        ("page", "hidden", False),
        ("post", "private", False),
        ("post", "waiting", False),
        ("post", "publish", True),
        ("post", "publish", False),  # of the year 2099
    }


def test_titles_are_stored_escaped(dump: str) -> None:
    assert "&quot;&lt;script&gt;&quot; &amp; &#039;&amp;amp;&#039;：转义" in dump


def test_nested_categories_name_their_parent(dump: str) -> None:
    parents = {}
    for row in rows(dump, "metas"):
        if "'category'" in row:
            mid, name, *_, parent = row.strip("()").replace("'", "").split(",")
            parents[name] = (mid, parent)

    assert parents["尺规作图"][1] == parents["数学研究"][0]
    assert parents["自然语言"][1] == parents["信息时代"][0]
    assert len(parents) >= 8


def test_options_are_those_of_typecho_1_3(dump: str) -> None:
    values = {}
    for row in rows(dump, "options"):
        name, _, value = row[1:-1].split(",", 2)
        values[name.strip("'")] = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")

    assert values["siteUrl"] == "https://blog.example.org"
    assert values["rewrite"] == "1"
    assert values["timezone"] == "28800"
    assert json.loads(values["routingTable"])["post"]["url"] == (
        "/archives/[cid:digital]/"
    )


def test_nobody_can_log_in_with_the_sample(dump: str) -> None:
    assert all(",'*'," in row for row in rows(dump, "users"))


def test_there_are_enough_judged_queries() -> None:
    kinds = Counter(judged.kind for judged in read_judged())

    assert sum(kinds.values()) >= 140
    assert min(kinds.values()) >= 4


def test_every_judged_query_has_six_fields() -> None:
    lines = TABLE.read_text(encoding="utf-8").rstrip("\n").split("\n")

    assert [line for line in lines if line.count("\t") != 5] == []


def test_ids_of_judged_queries_are_unique() -> None:
    ids = [judged.id for judged in read_judged()]

    assert len(ids) == len(set(ids))


def test_wanted_posts_are_visible(visible: list[Source]) -> None:
    wanted = {cid for judged in read_judged() for cid in judged.wanted}

    assert wanted <= {source.cid for source in visible}


def test_rank_leaves_room_for_all_that_are_wanted() -> None:
    crowded = [
        judged.id
        for judged in read_judged()
        if int(judged.conditions.get("all", 99)) < len(judged.wanted)
    ]

    assert crowded == []


def test_no_condition_of_a_judgement_is_misspelt() -> None:
    notes = [line.split("\t")[5] for line in TABLE.read_text("utf-8").split("\n")[1:-1]]

    written = sum(len(re.findall(r"(?:^|[ ;])\w+=", note)) for note in notes)

    assert written == sum(len(judged.conditions) for judged in read_judged())
