"""What does a visitor ask for with what was typed?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.index.query import MAX_CLAUSES, parse
from service.model import Clause, Filters

DAY = 86400
BEIJING = 8 * 3600


def words(*texts: str) -> tuple[Clause, ...]:
    return tuple(Clause(text) for text in texts)


@pytest.mark.parametrize(
    ("typed", "clauses"),
    [
        pytest.param("天象", words("天象"), id="one word"),
        pytest.param("2018 天象", words("2018", "天象"), id="two words"),
        pytest.param("火星　大冲", words("火星", "大冲"), id="wide blank"),
        pytest.param("  a \t b\n", words("a", "b"), id="blanks around"),
        pytest.param('"梯度消失"', (Clause("梯度消失", True),), id="phrase"),
        pytest.param("“梯度 消失”", (Clause("梯度 消失", True),), id="wide quotes"),
        pytest.param("＂梯度＂", (Clause("梯度", True),), id="full-width quotes"),
        pytest.param("「梯度」『消失』", (Clause("梯度", True), Clause("消失", True)),
                     id="corner brackets"),
        pytest.param("“梯度\"", (Clause("梯度", True),), id="wide quote, plain end"),
        pytest.param('前"中间"后', (Clause("前"), Clause("中间", True), Clause("后")),
                     id="phrase inside a word"),
        pytest.param("title:火星", (Clause("火星", field="title"),), id="title"),
        pytest.param("标题：火星", (Clause("火星", field="title"),), id="wide colon"),
        pytest.param('TITLE:"大 冲"', (Clause("大 冲", True, "title"),), id="case"),
        pytest.param("a OR b", (Clause("a", alternatives=words("b")),), id="or"),
        pytest.param("a OR b OR c d",
                     (Clause("a", alternatives=words("b", "c")), Clause("d")),
                     id="or binds its neighbours"),
        pytest.param('"甲 乙" OR title:丙',
                     (Clause("甲 乙", True, None, (Clause("丙", field="title"),)),),
                     id="or of phrase and field"),
        pytest.param("a or b", words("a", "or", "b"), id="small or is a word"),
        pytest.param("a OR", words("a"), id="or without an end"),
        pytest.param("OR a", words("a"), id="or without a beginning"),
        pytest.param('"OR"', (Clause("OR", True),), id="or in quotes"),
        pytest.param('火星"大冲', words('火星"大冲'), id="lone quote inside"),
        pytest.param('"火星', words('"火星'), id="lone quote before"),
        pytest.param('火星"', words('火星"'), id="lone quote after"),
        pytest.param('""', (), id="quotes around nothing"),
        pytest.param('" "', (), id="quotes around a blank"),
        pytest.param('"""', words('"'), id="three quotes"),
        pytest.param("天象:预告", words("天象:预告"), id="no field of ours"),
        pytest.param("title:", words("title:"), id="field without a value"),
        pytest.param("title: x", words("title:", "x"), id="field, blank, word"),
        pytest.param("a - b", words("a", "-", "b"), id="lone minus"),
        pytest.param("a-b", words("a-b"), id="hyphen"),
        pytest.param("--x", words("--x"), id="two minus"),
        pytest.param("(a [b {c", words("(a", "[b", "{c"), id="brackets"),
        pytest.param("http://a.b/c?d=e", words("http://a.b/c?d=e"), id="address"),
        pytest.param("", (), id="nothing"),
        pytest.param(" \u200b\u202e\0 ", (), id="nothing visible"),
    ],
)  # fmt: skip
def test_words_and_phrases(typed: str, clauses: tuple[Clause, ...]) -> None:
    query = parse(typed)

    assert query.clauses == clauses
    assert query.excluded == ()
    assert query.filters == Filters()


@pytest.mark.parametrize(
    ("typed", "clauses", "excluded"),
    [
        pytest.param("a -b", words("a"), words("b"), id="word"),
        pytest.param("-b", (), words("b"), id="alone"),
        pytest.param("a －b", words("a"), words("b"), id="wide minus"),
        pytest.param('a -"b c"', words("a"), (Clause("b c", True),), id="phrase"),
        pytest.param(
            "a -“乙 丙”", words("a"), (Clause("乙 丙", True),), id="wide quotes"
        ),
        pytest.param(
            "a -title:b", words("a"), (Clause("b", field="title"),), id="title"
        ),
        pytest.param("a -tag:b", words("a"), words("tag:b"), id="no negative filters"),
        pytest.param("a -.NET", words("a"), words(".NET"), id=".NET"),
        pytest.param("a -\\frac", words("a"), words("\\frac"), id="command"),
        pytest.param(
            "a -b OR c",
            (Clause("a", alternatives=words("c")),),
            words("b"),
            id="or after a minus",
        ),
    ],
)
def test_minus_excludes(
    typed: str, clauses: tuple[Clause, ...], excluded: tuple[Clause, ...]
) -> None:
    query = parse(typed)

    assert (query.clauses, query.excluded) == (clauses, excluded)


@pytest.mark.parametrize(
    ("typed", "filters"),
    [
        pytest.param("tag:金庸", Filters(tags=("金庸",)), id="tag"),
        pytest.param("标签：a 標籤:b", Filters(tags=("a", "b")), id="two tags"),
        pytest.param('tag:"New York"', Filters(tags=("New York",)), id="quoted"),
        pytest.param("category:读书", Filters(categories=("读书",)), id="category"),
        pytest.param(
            "分类:a 分類:b", Filters(categories=("a", "b")), id="both scripts"
        ),
        pytest.param("year:2018", Filters(years=(2018,)), id="year"),
        pytest.param("年：２０１８年", Filters(years=(2018,)), id="wide year"),
        pytest.param(
            "年份:2018 year:2019", Filters(years=(2018, 2019)), id="two years"
        ),
        pytest.param("after:1970-01-03", Filters(after=2 * DAY), id="day"),
        pytest.param("before:1970", Filters(before=0), id="year as a date"),
        pytest.param("after:1970/2", Filters(after=31 * DAY), id="month"),
        pytest.param("之前:1970年1月2日", Filters(before=DAY), id="Chinese date"),
        pytest.param("之后:1970.1.2", Filters(after=DAY), id="dots"),
    ],
)
def test_filters(typed: str, filters: Filters) -> None:
    query = parse(typed)

    assert query.filters == filters
    assert query.clauses == ()
    assert query.given == Filters()


@pytest.mark.parametrize(
    "typed",
    [
        "year:abc", "year:20185", "before:2018-13-01", "after:2018-02-30",
        "before:yesterday", "after:0000", "year:", "before:99999-1-1",
    ],
)  # fmt: skip
def test_filter_that_makes_no_sense_is_text(typed: str) -> None:
    query = parse(typed)

    assert query.clauses == words(typed)
    assert query.filters == Filters()


def test_days_begin_in_the_blog_s_time_zone() -> None:
    query = parse("after:1970-01-02", timezone_s=BEIJING)

    assert query.filters.after == DAY - BEIJING


def test_typed_filters_join_those_of_the_door() -> None:
    given_ = Filters(tags=("a",), years=(2018,))

    query = parse("x tag:b", given_, "newest")

    assert query.filters == Filters(tags=("a", "b"), years=(2018,))
    assert query.given == given_
    assert query.sort == "newest"


def test_control_characters_are_blanks() -> None:
    assert parse("a\0b\u202ec\ufeff\x7fd").raw == "a b c d"


def test_lone_surrogates_are_replaced() -> None:
    query = parse("天\ud800象")

    assert query.raw == "天\ufffd象"


@pytest.mark.parametrize("sign", ['"', "-", ":", "(", ")", "[", "“", "」", "*", "OR"])
@pytest.mark.parametrize("form", ["{0} {1}", "{1} {0}"])
def test_lone_sign_leaves_the_words_alone(sign: str, form: str) -> None:
    query = parse(form.format(sign, "天象 观测"))

    assert set(words("天象", "观测")) <= set(query.clauses)
    assert query.excluded == ()
    assert query.filters == Filters()


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["a", "天", " ", '"', "“", "”", "「", "-", "OR", "title:", "tag:",
                 "year:", "before:", "2018", ":", "(", "\ud800", "\0"]
            ),
            st.text(max_size=3),
        ),
        max_size=25,
    )
)  # fmt: skip
def test_everything_is_a_query(parts: list[str]) -> None:
    query = parse("".join(parts))

    clauses = [c for first in query.clauses for c in (first, *first.alternatives)]
    for clause in (*clauses, *query.excluded):
        assert clause.text
        clause.text.encode("utf-8")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_parsing_what_was_understood_changes_nothing(text: str) -> None:
    query = parse(text)

    assert parse(query.raw) == query


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(" ".join(f"w{n}" for n in range(2000)), id="2,000 words"),
        pytest.param(" ".join(f'"p {n}"' for n in range(2000)), id="2,000 phrases"),
        pytest.param(" ".join(f"-x{n}" for n in range(2000)), id="2,000 exclusions"),
        pytest.param(" OR ".join(f"o{n}" for n in range(2000)), id="2,000 arms"),
        pytest.param(" ".join(f"title:t{n}" for n in range(2000)), id="2,000 titles"),
        pytest.param("(" * 2500 + ")" * 2500, id="5,000 brackets"),
        pytest.param('"' * 5000, id="5,000 quotes"),
        pytest.param("“" * 5000, id="5,000 wide quotes"),
        pytest.param('a"' * 2500, id="quotes inside"),
        pytest.param("- " * 2500, id="lone minus signs"),
        pytest.param("title:" * 800, id="fields of fields"),
    ],
)
def test_number_of_clauses_is_bounded(typed: str) -> None:
    query = parse(typed)

    arms = sum(1 + len(clause.alternatives) for clause in query.clauses)
    conditions = [c for c in query.clauses if c.phrase or c.field]
    assert arms <= 2 * MAX_CLAUSES + 1
    assert len(conditions) <= MAX_CLAUSES
    assert len(query.excluded) <= MAX_CLAUSES


def test_words_beyond_the_limit_are_kept_as_text() -> None:
    query = parse(" ".join("abcdefghij" * 10))

    assert query.clauses[-1].text.endswith("h i j")
    assert len(query.clauses) == MAX_CLAUSES + 1


def test_pasted_text_has_no_operators() -> None:
    text = '他说："天象" -火星 title:x tag:y year:2018 a OR b。' * 9

    query = parse(text)

    assert query.clauses == (Clause(query.raw),)
    assert query.excluded == ()
    assert query.filters == Filters()


def test_pasted_text_in_quotes_is_a_phrase() -> None:
    text = "天象与引力波" * 50

    assert parse(f"“{text}”").clauses == (Clause(text, phrase=True),)
