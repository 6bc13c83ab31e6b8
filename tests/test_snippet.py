"""Which part of a post is shown, what is marked in it, and is nothing lost?"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.model import Comment, Post, Segment, Span
from service.text import normalize, snippet
from service.text.snippet import Mark, find_marks, mark_all

TEXTS = st.text(
    st.sampled_from("天文观测 \n，。a b1Ａ臺…ﬁ㎏ß{$👨𠮷\u200b\0"), max_size=300
)
WANTED = st.lists(
    st.text(st.sampled_from("天文观测ab1台.fik"), min_size=1, max_size=3),
    max_size=5,
    unique=True,
).map(lambda strings: sorted(strings, key=len, reverse=True))


def post(text: str, **values: object) -> Post:
    return Post(1, "post", "", text, "/1", 0, **values)  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(TEXTS, WANTED)
@example("ﬁx", ["ix", "f"])
@example("", ["a"])
def test_marks_hold_what_was_asked_for(text: str, wanted: list[str]) -> None:
    marks = find_marks(text, wanted)

    assert marks == sorted(marks, key=lambda mark: mark[0])
    for start, end, which in marks:
        assert wanted[which] in normalize.squeeze(text[start:end])
    asked = {
        which for which, one in enumerate(wanted) if one in normalize.squeeze(text)
    }
    longest = min(asked, default=None)
    assert longest is None or longest in {which for _, _, which in marks}


@settings(max_examples=200, deadline=None)
@given(TEXTS, WANTED)
def test_spans_are_the_text(text: str, wanted: list[str]) -> None:
    title = mark_all(text, wanted)
    spans = snippet.snippet(post(text), wanted).spans
    shown = "".join(span.text for span in spans)

    assert "".join(span.text for span in title) == text
    assert all(span.text for span in (*title, *spans))
    # a "…" that says that the text goes on, or one of the text
    assert any(shown[a : len(shown) - b] in text for a in (0, 1) for b in (0, 1))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 150), st.integers(0, 3)),
        min_size=1,
        max_size=60,
    )
)
def test_best_window_is_that_of_a_look_at_all(drawn: list[tuple[int, ...]]) -> None:
    marks: list[Mark] = []
    place = 0
    for gap, length, which in drawn:
        length = length if length > 140 else length % 4 + 1  # few are very long
        marks.append((place + gap, place + gap + length, which))
        place += gap + length
    wanted = ["abcd", "abc", "ab", "a"]

    def score(index: int) -> float:
        total, seen = 0.0, set[int]()
        for _, end, which in marks[index : index + 20]:
            if end > marks[index][0] + snippet.LENGTH - 20:
                break
            total += 0.1 if which in seen else len(wanted[which])
            seen.add(which)
        return total

    best = max(range(len(marks)), key=score)  # the first of equal ones

    assert snippet._best_window(marks, wanted) == marks[best]


@pytest.mark.parametrize(
    ("text", "wanted", "marked"),
    [
        pytest.param("看極　光！", ["极光"], ["極　光"], id="script and blanks"),
        pytest.param("ＰＹＴＨＯＮ", ["python"], ["ＰＹＴＨＯＮ"], id="width"),
        pytest.param("看ﬁ　ＸＹ！", ["fixy"], ["ﬁ　ＸＹ"], id="ligature"),
        pytest.param("……两㎏……", ["kg"], ["㎏"], id="after several"),
        pytest.param("天文学家", ["天文学", "文学"], ["天文学"], id="longest"),
        pytest.param("cat concat", ["cat"], ["cat"], id="whole word"),
        pytest.param("concatenate", ["cat"], ["cat"], id="inside if nowhere else"),
        pytest.param("天" * 70 + "文", ["文"], ["文"], id="long text"),
        pytest.param("天文", ["", "观"], [], id="nothing"),
    ],
)
def test_what_is_marked(text: str, wanted: list[str], marked: list[str]) -> None:
    spans = mark_all(text, wanted)

    assert [span.text for span in spans if span.mark] == marked


def test_the_first_of_too_many_are_marked() -> None:
    marks = find_marks("aa天" * 5000, ["天"])

    assert marks == [(place, place + 1, 0) for place in range(2, 1200, 3)]


def test_a_window_begins_and_ends_at_a_break() -> None:
    text = "头" * 200 + "。" + "前" * 30 + "极光" + "后" * 110 + "。" + "尾" * 200

    spans = snippet.snippet(post(text), ["极光"]).spans

    shown = [span.text for span in spans]
    assert shown == ["…", "前" * 30, "极光", "后" * 110 + "。", "…"]


def test_where_a_window_stands() -> None:
    text = "题目\n正文 x=1 极光"
    segments = (
        Segment("heading", 0, 2, 2, "title"),
        Segment("code", 6, 9),
        Segment("heading", 9, 9, 2, "later"),
    )

    found = snippet.snippet(post(text, segments=segments), ["x=1"])

    assert (found.kind, found.heading, found.url) == ("code", "题目", "/1#title")


def test_a_comment_is_shown_where_the_post_has_nothing() -> None:
    comments = (Comment(7, "甲", "没有", 0), Comment(8, "乙", "看见极光", 0))

    found = snippet.snippet(post("正文", comments=comments), ["极光"])

    assert (found.kind, found.comment_author, found.url) == (
        "comment", "乙", "/1#comment-8",
    )  # fmt: skip
    assert found.spans == (Span("看见"), Span("极光", True))
