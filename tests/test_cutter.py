"""Does jieba cut the same with the mapped dictionary as with its own?"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable
from pathlib import Path

import jieba
import pytest
from hypothesis import given
from hypothesis import strategies as st

import service
from service.text import dictionary
from service.text.cutter import Cutter
from tests.relevance.judged import read_judged

SAMPLE = Path(service.__file__).parent / "sample" / "blog.sql"
TAUGHT = (
    "变分自编码器",
    "掼蛋熵法",
    "北京天安门",
    "天象",
    "龘龘",
    "一二三四五六七八九十",
)
HAN = "天象的一二三年中国人民北京安门变分自编码器掼蛋熵法龘䶮着了吗么黄山共和国"


@functools.cache
def mapped() -> dictionary.Dictionary:
    return dictionary.load()


@functools.cache
def jieba_taught(*words: str) -> jieba.Tokenizer:
    logging.getLogger("jieba").setLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.cache_file = f"typecho-search-test-{os.getpid()}.cache"
    tokenizer.initialize()
    for word in words:
        tokenizer.add_word(word)
    return tokenizer


@functools.cache
def ours_taught(*words: str) -> Cutter:
    return Cutter(mapped(), words)


def cut(tokenizer: jieba.Tokenizer, text: str, hmm: bool) -> list[object]:
    return [
        list(tokenizer.cut(text, HMM=hmm)),
        list(tokenizer.cut_for_search(text, HMM=hmm)),
        list(tokenizer.tokenize(text, mode="search", HMM=hmm)),
    ]


def texts() -> list[str]:
    """The sample blog, as its dump has it, and the queries that are judged."""
    return [*SAMPLE.read_text("utf-8").splitlines(), *(q.query for q in read_judged())]


@pytest.mark.parametrize("hmm", [True, False])
@pytest.mark.parametrize("words", [(), TAUGHT], ids=["plain", "taught"])
def test_every_text_of_the_sample_is_cut_as_by_jieba(
    words: tuple[str, ...], hmm: bool
) -> None:
    theirs, ours = jieba_taught(*words), ours_taught(*words)

    for text in texts():
        assert cut(ours, text, hmm) == cut(theirs, text, hmm)


@pytest.mark.parametrize("hmm", [True, False])
@pytest.mark.parametrize("words", [(), TAUGHT], ids=["plain", "taught"])
def test_words_for_the_index_are_those_of_jieba(
    words: tuple[str, ...], hmm: bool
) -> None:
    """Twice: the second time it remembers."""
    theirs, ours = jieba_taught(*words), ours_taught(*words)

    for text in texts() * 2:
        for block in text.split():
            expected = list(theirs.cut_for_search(block, HMM=hmm))
            assert ours.search_words(block, hmm) == expected


@given(st.text(st.sampled_from(HAN + "aB1-あ，"), max_size=40), st.booleans())
def test_words_of_any_block_are_those_of_jieba(block: str, hmm: bool) -> None:
    expected = list(jieba_taught(*TAUGHT).cut_for_search(block, HMM=hmm))
    assert ours_taught(*TAUGHT).search_words(block, hmm) == expected


@given(st.text(st.sampled_from(HAN + "aB1 ，"), max_size=40), st.booleans())
def test_any_string_is_cut_as_by_jieba(text: str, hmm: bool) -> None:
    assert cut(ours_taught(*TAUGHT), text, hmm) == cut(jieba_taught(*TAUGHT), text, hmm)


def test_what_was_taught_weighs_what_jieba_gives_it() -> None:
    theirs, ours = jieba_taught(*TAUGHT), ours_taught(*TAUGHT)

    assert ours.total == theirs.total
    for word in (*TAUGHT, "天", "变分", "中华人民共", "龘", "不存在的"):
        assert ours.FREQ.get(word) == theirs.FREQ.get(word)
        assert (word in ours.FREQ) == (word in theirs.FREQ)


def test_dictionary_is_made_once_and_then_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dictionary.load(tmp_path)

    monkeypatch.setattr(dictionary, "_make", _refuse)
    again = dictionary.load(tmp_path)

    assert list(again.logs) == list(made.logs) == list(mapped().logs)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [
        ".numbers",
        ".trie",
    ]


@pytest.mark.parametrize("suffix", [".trie", ".numbers"])
@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"no dictionary" * 9), id="other"),
        pytest.param(lambda path: os.truncate(path, 4096), id="cut"),
        pytest.param(lambda path: flip(path, 90_000), id="flipped"),
        pytest.param(lambda path: path.unlink(), id="gone"),
    ],
)
def test_damaged_dictionary_is_made_again(
    tmp_path: Path, suffix: str, harm: Callable[[Path], None]
) -> None:
    dictionary.load(tmp_path)
    harm(next(tmp_path.glob(f"*{suffix}")))

    healed = dictionary.load(tmp_path)

    assert list(healed.logs) == list(mapped().logs)
    assert Cutter(healed).lcut("我爱北京天安门") == ["我", "爱", "北京", "天安门"]


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)


def _refuse() -> None:
    raise AssertionError("made again")
