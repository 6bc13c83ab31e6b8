"""Is what stands nowhere rewritten, and nothing else?"""

from __future__ import annotations

from pathlib import Path

import pytest

from service.index.query import parse
from service.index.suggesting import Speller
from service.index.whoosh_engine import WhooshEngine
from tests.support.app import post


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    made = WhooshEngine(tmp_path, processes=1)
    made.rebuild(
        [
            post(1, "朴素贝叶斯分类", "朴素贝叶斯是一种分类方法 naive bayes"),
            post(2, "分雷的方法", "分雷不是分类 bayesian transformer"),
        ]
    )
    return made


@pytest.mark.parametrize(
    ("typed", "unknown", "meant"),
    [
        pytest.param("朴素贝叶思", "叶思", "朴素贝叶斯", id="homophone"),
        pytest.param("分雷 朴素贝叶思", "叶思", "分雷 朴素贝叶斯", id="one of two"),
        pytest.param("bayes transfomer", "transfomer", "bayes transformer", id="latin"),
    ],
)
def test_only_what_stands_nowhere_is_rewritten(
    engine: WhooshEngine, typed: str, unknown: str, meant: str
) -> None:
    query = parse(typed)
    answer = engine.search(query)

    suggestions = Speller(engine).suggest(query, answer.unknown)

    assert unknown in answer.unknown
    assert [found.query for found in suggestions] == [meant]


def test_what_stands_somewhere_has_no_suggestion(engine: WhooshEngine) -> None:
    answer = engine.search(parse("朴素贝叶斯 transformer"))

    assert answer.unknown == ()
    assert answer.relaxed
