"""Are the words of the site kept, and is what nearly looks like one found?"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from service.index import lexicon
from service.index.lexicon import Counts
from service.index.whoosh_engine import WhooshEngine
from tests.support.app import post

WORDS = st.dictionaries(
    st.text("天地玄黄宇", min_size=2, max_size=4), st.integers(1, 9)
)


@given(WORDS, st.text("天地玄黄宇", min_size=3, max_size=4))
def test_one_off_is_what_edit_distance_says(words: dict[str, int], typed: str) -> None:
    found = Counts(None, words).one_off(typed)

    assert sorted(found) == sorted(
        word
        for word in words
        if len(word) == len(typed) and OSA.distance(word, typed) == 1
    )


def test_words_of_titles_are_kept_with_their_posts_and_sounds(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, processes=1)
    engine.rebuild([post(1, "天象", "天象 Keras"), post(2, "流星雨", "天象")])

    words = lexicon.read(engine.snapshot())

    assert words.han["天象"] == 2
    assert words.latin["keras"] == 1
    assert words.by_key.get("tianxiang") == ["天象"]
    assert "没有" not in words.han
    with pytest.raises(KeyError):
        words.han["没有"]


def test_latin_words_of_later_changes_are_counted_too(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, processes=1)
    engine.rebuild([post(1, "天象", "keras"), post(2, "流星雨", "numpy")])
    engine.update([post(3, "木星", "keras pytorch")], [])

    latin = lexicon.read(engine.snapshot()).latin

    assert (latin["keras"], latin["numpy"], latin["pytorch"]) == (2, 1, 1)
    assert sorted(latin) == ["keras", "numpy", "pytorch"]
    assert len(latin) == 3


def test_blog_without_any_word_has_an_empty_lexicon(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, processes=1)
    engine.rebuild([post(1, "", "")])

    words = lexicon.read(engine.snapshot())

    assert (len(words.han), len(words.latin), words.by_key.get("a")) == (0, 0, [])


def test_missing_lexicon_suggests_nothing_and_fails_nothing(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, processes=1)
    engine.rebuild([post(1, "天象", "keras")])
    snapshot = engine.snapshot()
    for file in snapshot.folder.glob("lexicon-*"):
        file.unlink()

    assert len(lexicon.read(snapshot).han) == 0
