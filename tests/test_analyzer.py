"""Is text cut the same way when indexing and when asking, and into what?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.text.analyzer import Analyzer, read_dictionary

PLAIN = Analyzer()

ODD = """
变分自编码器 2018年 天象 BERT4Keras node.js x_i C++ C# .NET GPT-4o camelCase HTTPServer
3.14 ＡＢＣ 臺灣 Ünïcode α-β don't a.b.c.d.e 中文English混排 _ -- … ぱそこん 𠮷
\\frac{a}{b} 😀 12 é İ ﬁ
"""
WORDS = st.sampled_from(ODD.split())
MIXED = st.lists(
    st.one_of(WORDS, st.text(st.characters(), max_size=4)), max_size=8
).flatmap(lambda parts: st.sampled_from(["".join(parts), " ".join(parts)]))


def texts(text: str, analyzer: Analyzer = PLAIN) -> list[str]:
    return [token.text for token in analyzer.tokens(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("BERT4Keras", ["bert4keras", "bert", "4", "keras"], id="BERT"),
        pytest.param("camelCase", ["camelcase", "camel", "case"], id="camelCase"),
        pytest.param("HTTPServer", ["httpserver", "http", "server"], id="HTTPServer"),
        pytest.param("snake_case", ["snake_case", "snake", "case"], id="snake_case"),
        pytest.param("x_i", ["x_i", "x", "i"], id="x_i"),
        pytest.param("C++", ["c++"], id="C++"),
        pytest.param("C#", ["c#"], id="C#"),
        pytest.param(".NET", [".net"], id=".NET"),
        pytest.param("ASP.NET", ["aspnet", "asp", "net"], id="ASP.NET"),
        pytest.param("node.js", ["nodejs", "node", "js"], id="node.js"),
        pytest.param("GPT-4o", ["gpt4o", "gpt", "4o", "4", "o"], id="GPT-4o"),
        pytest.param("GPT4o", ["gpt4o", "gpt", "4", "o"], id="GPT4o"),
        pytest.param("3.14", ["3.14", "3", "14"], id="decimal"),
        pytest.param("don't", ["dont", "don", "t"], id="apostrophe"),
        pytest.param("a.b.c.d.e", ["a", "b", "c", "d", "e"], id="a path is no name"),
        pytest.param("αβ", ["αβ"], id="Greek"),
        pytest.param("É", ["e"], id="accent"),
        pytest.param("ＡＢＣ１２", ["abc12", "abc", "12"], id="width"),
        pytest.param("a", ["a"], id="one letter"),
        pytest.param("C++11", ["c++", "11"], id="C++11"),
        pytest.param("", [], id="empty"),
        pytest.param("，。 --", [], id="signs only"),
    ],
)
def test_identifiers_stay_whole_beside_their_parts(text: str, words: list[str]) -> None:
    assert texts(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("2018年天象", ["2018", "年", "天象"], id="date"),
        pytest.param(
            "变分自编码器", ["变分", "编码", "编码器"], id="a long word's parts"
        ),
        pytest.param("變分編碼", ["变分", "编码"], id="traditional"),
        pytest.param("我用BERT写诗", ["bert"], id="latin inside"),
        pytest.param("熵", ["熵"], id="single character"),
    ],
)
def test_chinese_words(text: str, words: list[str]) -> None:
    assert set(words) <= set(texts(text))


def test_positions_are_ordinals_shared_by_parts() -> None:
    tokens = PLAIN.tokens("天象 node.js 观测")

    assert [(token.text, token.position) for token in tokens] == [
        ("天象", 0),
        ("nodejs", 1),
        ("node", 1),
        ("js", 1),
        ("观测", 2),
    ]


def test_places_are_those_of_the_cut_text() -> None:
    text = "ＡＢ 臺灣的 BERT4Keras"
    plain = PLAIN.plain(text)

    places = {
        token.text: plain[token.start : token.end] for token in PLAIN.tokens(text)
    }

    assert places["ab"] == "AB"
    assert places["台湾"] == "台湾"
    assert places["keras"] == "BERT4Keras"


@settings(max_examples=200, deadline=None)
@given(MIXED)
@example("2018天象 C++，GPT-4o。")
@example("变分自编码器的原理x_i臺灣")
def test_both_ways_of_cutting_give_the_same_words(text: str) -> None:
    assert set(PLAIN(text)) == set(texts(text))


@settings(max_examples=100, deadline=None)
@given(MIXED)
def test_cutting_again_gives_the_same(text: str) -> None:
    assert PLAIN(text) == PLAIN(text)


@settings(max_examples=100, deadline=None)
@given(MIXED)
def test_positions_ascend_by_one(text: str) -> None:
    positions = [token.position for token in PLAIN.tokens(text)]

    assert sorted(set(positions)) == list(range(len(set(positions))))
    assert positions == sorted(positions)


@settings(max_examples=100, deadline=None)
@given(MIXED)
def test_no_word_is_empty_or_cannot_be_stored(text: str) -> None:
    for word in PLAIN(text):
        assert word
        word.encode("utf-8")


def test_repeated_words_are_counted() -> None:
    assert Counter(PLAIN("天象 天象 sky sky sky")) == {"天象": 2, "sky": 3}


def test_case_and_width_and_script_make_no_difference() -> None:
    assert PLAIN("ＢＥＲＴ 臺灣") == PLAIN("bert 台湾")


def test_the_site_s_own_words_are_cut_whole() -> None:
    learned = Analyzer(["掼蛋熵法"])

    assert "掼蛋熵法" in learned("浅谈掼蛋熵法的应用")
    assert "掼蛋熵法" not in PLAIN("浅谈掼蛋熵法的应用")


def test_two_analyzers_may_alternate() -> None:
    one, other = Analyzer(["甲乙熵壹"]), Analyzer(["丙丁熵贰"])
    text = "关于甲乙熵壹和丙丁熵贰的事"

    for _ in range(3):
        assert "甲乙熵壹" in one(text)
        assert "丙丁熵贰" not in one(text)
        assert "丙丁熵贰" in other(text)
        assert "甲乙熵壹" not in other(text)


def test_a_word_of_the_dictionary_survives_its_analyzer() -> None:
    """Taking our words out again must not take out what jieba knew before."""
    before = PLAIN("我爱北京天安门")

    Analyzer(["北京", "天安门"])("北京天安门")

    assert PLAIN("我爱北京天安门") == before


def test_learned_words_are_folded_as_text_is() -> None:
    assert Analyzer(["變分熵器"]).words == Analyzer(["变分熵器"]).words


@pytest.mark.parametrize(
    "word", ["a", "GPT-4o", "熵", "字" * 13, "两 词", "", "变分VAE"]
)
def test_only_short_chinese_words_are_learned(word: str) -> None:
    assert Analyzer([word]).words == ()


def test_digest_tells_word_lists_apart() -> None:
    assert Analyzer(["甲乙丙"]).digest == Analyzer(["甲乙丙", "甲乙丙"]).digest
    assert Analyzer(["甲乙丙"]).digest != Analyzer(["甲乙丁"]).digest


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("变分\n重参数 100 n\n", id="plain, with jieba's columns"),
        pytest.param("\ufeff变分\n重参数\n", id="byte order mark"),
        pytest.param("变分\r\n重参数\r\n", id="CRLF"),
        pytest.param("# 注释\n\n变分\n   \n重参数", id="comments and blank lines"),
        pytest.param("  变分\n\t重参数", id="indented"),
    ],
)
def test_dictionary_file(tmp_path: Path, content: str) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(content.encode())

    assert read_dictionary(file) == ("变分", "重参数")
