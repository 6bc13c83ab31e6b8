"""Which differences of writing are overlooked, and does every offset point back?"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.text import normalize

FORMS = {
    "shape": normalize.shape,
    "fold": normalize.fold,
    "squeeze": normalize.squeeze,
}
HARD = (
    "ﬁﬀßİıſΣσςΆé\u0301ÅＡ１％　 \t\n\0\u200d\u200b\u202e\u2066\ufeff\ud800\udfff´¸"
    "…\uffff\ufffe\ufad2㎏㍿½²｛＄﹜①ⅷ臺灣乾髮裡后豈﨑𠮷👨👩☄\ufe0f{}$\\^_가각ぱばﾊﾟ\U000e0067"
)
TEXTS = st.text(st.one_of(st.sampled_from(HARD), st.characters()), max_size=40)
LONG = st.builds(lambda text, n: (text + "字a ") * n, TEXTS, st.integers(20, 30))


@pytest.mark.parametrize(
    ("text", "shaped", "folded", "squeezed"),
    [
        pytest.param("ＢＥＲＴ　１２３", "BERT 123", "bert 123", "bert123", id="width"),
        pytest.param("ﬁne ﬀ", "fine ff", "fine ff", "fineff", id="ligatures"),
        pytest.param(
            "㎏ ½ x²", "kg 1⁄2 x2", "kg 1⁄2 x2", "kg1⁄2x2", id="compatibility"
        ),
        pytest.param("Éléphant", "Elephant", "elephant", "elephant", id="accents"),
        pytest.param("E\u0301", "E", "e", "e", id="combining accent"),
        pytest.param("Straße", "Straße", "strasse", "strasse", id="sharp s"),
        pytest.param("Σίσυφος", "Σισυφος", "σισυφοσ", "σισυφοσ", id="final sigma"),
        pytest.param("ΟΔΟΣ", "ΟΔΟΣ", "οδοσ", "οδοσ", id="capital sigma"),
        pytest.param("Йод", "Иод", "иод", "иод", id="cyrillic breve"),
        pytest.param("臺灣", "臺灣", "台湾", "台湾", id="traditional"),
        pytest.param("豈", "豈", "岂", "岂", id="compatibility ideograph"),
        pytest.param(r"\frac {a}{b}$", None, None, r"\fracab", id="formula signs"),
        pytest.param("a\0b\u200bc\u202ed\ufeff", None, None, "abcd", id="controls"),
        pytest.param("𠮷野家", "𠮷野家", "𠮷野家", "𠮷野家", id="beyond plane 0"),
        pytest.param("｛＄a＄｝", "{$a$}", "{$a$}", "a", id="wide formula signs"),
        pytest.param("a´b", "a´b", "a´b", "a´b", id="accent that stands alone"),
        pytest.param("a\ud800b", "a\ufffdb", None, "a\ufffdb", id="lone surrogate"),
        pytest.param("", "", "", "", id="empty"),
    ],
)
def test_forms(
    text: str, shaped: str | None, folded: str | None, squeezed: str
) -> None:
    assert normalize.squeeze(text) == squeezed
    if shaped is not None:
        assert normalize.shape(text) == shaped
    if folded is not None:
        assert normalize.fold(text) == folded


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=150, deadline=None)
@given(st.one_of(TEXTS, LONG), st.data())
def test_form_of_a_substring_is_a_substring_of_the_form(
    name: str, text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))

    form = FORMS[name]

    assert form(text[start:end]) in form(text)


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_form_of_two_texts_is_the_two_forms(name: str, one: str, other: str) -> None:
    form = FORMS[name]

    assert form(one + other) == form(one) + form(other)


@settings(max_examples=150, deadline=None)
@given(st.one_of(TEXTS, LONG))
@example("ﬁ 臺 ㎏ß")
@example("")
def test_offsets_point_at_what_a_character_came_from(text: str) -> None:
    form = normalize.squeeze_with_offsets(text)

    assert form.text == normalize.squeeze(text)
    assert len(form.offsets) == len(form.text)
    assert list(form.offsets) == sorted(form.offsets)
    for offset in set(form.offsets.tolist()):
        made = "".join(
            char
            for char, place in zip(form.text, form.offsets, strict=True)
            if place == offset
        )
        assert made == normalize.squeeze(text[offset])


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_long_texts_are_treated_as_short_ones(text: str) -> None:
    """Two ways lead to one form: a table for `str.translate` and one for arrays."""
    filling = "x" * 100

    for form in FORMS.values():
        assert form(filling + text) == filling + form(text)


@settings(max_examples=150, deadline=None)
@given(st.one_of(TEXTS, LONG), st.sampled_from("…ß👨𠮷\ufad2\U0010fffd"))
@example("\0\uffff ", "\U00020000")
def test_a_character_that_the_table_leaves_open_changes_no_other(
    text: str, odd: str
) -> None:
    plain = normalize.squeeze_with_offsets(text)
    more = normalize.squeeze_with_offsets(text + odd + text)
    made = normalize.squeeze(odd)

    assert more.text == plain.text + made + plain.text
    assert more.offsets.tolist() == [
        *plain.offsets.tolist(),
        *[len(text)] * len(made),
        *(plain.offsets + len(text) + 1).tolist(),
    ]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_no_form_holds_a_lone_surrogate(text: str) -> None:
    for form in FORMS.values():
        form(text).encode("utf-8")


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_squeezing_twice_changes_nothing(text: str) -> None:
    once = normalize.squeeze(text)

    assert normalize.squeeze(once) == once


def test_family_emoji_is_found_by_its_members() -> None:
    family = "👨\u200d👩\u200d👧"

    assert normalize.squeeze(family) == "👨👩👧"


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        pytest.param("乾坤", "乾坤", id="phrase keeps a character"),
        pytest.param("乾燥", "干燥", id="phrase changes it"),
        pytest.param("頭髮發展", "头发发展", id="two become one"),
        pytest.param("變分自編碼器", "变分自编码器", id="plain"),
        pytest.param("abc 123", "abc 123", id="latin"),
        pytest.param("", "", id="empty"),
    ],
)
def test_simplify(traditional: str, simplified: str) -> None:
    assert normalize.simplify(traditional) == simplified
    assert normalize.simplify("字" * 100 + traditional) == "字" * 100 + simplified


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.one_of(
            st.sampled_from("臺灣乾髮裡后著麼甚麼什麼滷鹵\n \r\u2028"),
            st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF),
        ),
        max_size=120,
    )
)
def test_simplify_keeps_the_length(text: str) -> None:
    assert len(normalize.simplify(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("a\ud800b", "a\ufffdb", id="lone surrogate"),
        pytest.param("😀", "😀", id="pair is one character"),
        pytest.param("普通", "普通", id="nothing to do"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert normalize.clean(text) == cleaned
