"""Is every string found by its pieces, whatever stands around it?"""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.text import grams, normalize

ALPHABET = (
    "天象观测2018年aZé_x\\^{}$()[]+-*/=<>|~#@&%。，“”!?.'` \n\0\u200d😀👨☄\ufe0f"
    "ΣσяЖ가ぱ々〇𠮷ﬁ㎏½①→∑∂हि\u0301\U000e0067\U00040000"
)
TEXTS = st.text(st.one_of(st.sampled_from(ALPHABET), st.characters()), max_size=30)


def names(keys: object) -> list[str]:
    return [grams.key_text(int(key)) for key in keys]  # type: ignore[attr-defined]


@settings(max_examples=500, deadline=None)
@given(TEXTS, st.data())
def test_pieces_of_a_substring_are_pieces_of_the_text(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))

    asked = grams.query_pieces(normalize.squeeze(text[start:end]))

    assert set(asked) <= set(grams.pieces(normalize.squeeze(text))[0].tolist())


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(ALPHABET), min_size=1, max_size=6))
def test_every_visible_string_has_a_piece_or_a_word(text: str) -> None:
    """Else there would be no way to find it."""
    squeezed = normalize.squeeze(text)

    words = re.findall(r"[^\W_]", squeezed)

    assert not squeezed or words or grams.query_pieces(squeezed)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("天象", ["天象"], id="pair"),
        pytest.param("天", ["天"], id="single Han"),
        pytest.param("新词算法", ["新词", "词算", "算法"], id="run"),
        pytest.param("2018", [], id="letters are looked up in words"),
        pytest.param("8天9", ["天"], id="Han between letters"),
        pytest.param("o(n^2)", ["o(", "(n", "n^", "^2", "2)"], id="formula"),
        pytest.param("天，象", ["天", "象"], id="prose signs part"),
        pytest.param("。。", ["。", "。。"], id="nothing but prose signs"),
        pytest.param("c++", ["c+", "++"], id="signs"),
        pytest.param("", [], id="empty"),
    ],
)
def test_query_pieces(text: str, wanted: list[str]) -> None:
    assert sorted(names(grams.query_pieces(text))) == sorted(wanted)


def test_weights_are_added_up_by_piece() -> None:
    weights = np.array([2, 2, 1, 1], dtype=np.float32)

    keys, sums = grams.pieces("天象天象", weights)

    assert dict(zip(names(keys), sums.tolist(), strict=True)) == {
        "天": 3.0,
        "象": 3.0,
        "天象": 3.0,
        "象天": 2.0,
    }


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_pieces_ascend_without_repetition(text: str) -> None:
    keys = grams.pieces(normalize.squeeze(text))[0].tolist()

    assert keys == sorted(set(keys))


@pytest.mark.parametrize("char", ["天", "a", "😀", "𠮷", "\U0002f800"])
def test_key_text_gives_a_piece_back(char: str) -> None:
    assert grams.key_text(ord(char) << grams.SHIFT | ord("x")) == char + "x"
    assert grams.key_text(ord(char) << grams.SHIFT) == char


@pytest.mark.parametrize(
    ("piece", "sign"), [("天象", False), ("^2", True), ("天+", False), ("+", True)]
)
def test_pieces_without_han_are_signs(piece: str, sign: bool) -> None:
    second = ord(piece[1]) if len(piece) > 1 else 0

    assert grams.is_sign(ord(piece[0]) << grams.SHIFT | second) is sign


def test_dropped_signs_have_pieces_of_their_own() -> None:
    assert names(grams.ignored_pieces(r"$\frac{a}{b}$")) == ["{", "}", "$"]
    assert names(grams.ignored_pieces("价格＄5")) == ["$"]


CHARACTERS = st.characters(min_codepoint=1, exclude_categories=["Cs"])
KEYS = st.tuples(CHARACTERS, st.one_of(st.just("\0"), CHARACTERS))


@given(st.lists(KEYS))
def test_texts_of_keys_and_back(pairs: list[tuple[str, str]]) -> None:
    values = [ord(first) << grams.SHIFT | ord(second) for first, second in pairs]
    keys = np.array(values, dtype=np.uint64)

    texts = grams.key_texts(keys)

    assert texts == [name.encode() for name in names(keys)]
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    assert grams.text_keys(b"".join(texts), ends).tolist() == values
