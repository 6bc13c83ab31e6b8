"""Does a process answer one question after the other?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from service.index.opening import open_engine
from service.model import RawHits
from service.searcher import Searcher
from service.settings import Settings
from tests.support.app import post


@pytest.fixture
def searcher(tmp_path: Path) -> Searcher:
    settings = Settings(data_dir=tmp_path)  # type: ignore[call-arg]
    engine = open_engine(settings)
    engine.rebuild([post(n, f"题目 {n}", "同一个词") for n in range(1, 30)])
    return Searcher(engine, settings)


def test_questions_of_many_threads_are_answered_in_turn(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = searcher._engine.search
    at_work: list[str] = []
    seen: list[int] = []

    def watched(*args: Any, **kwargs: Any) -> RawHits:
        at_work.append("")
        seen.append(len(at_work))
        found = search(*args, **kwargs)
        at_work.pop()
        return found

    monkeypatch.setattr(searcher._engine, "search", watched)
    with ThreadPoolExecutor(4) as threads:
        totals = list(threads.map(lambda n: searcher.cids("同一个词").total, range(80)))

    assert set(totals) == {29}
    assert set(seen) == {1}


def test_a_question_that_fails_lets_the_next_one_in(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)  # type: ignore[call-arg]
    empty = Searcher(open_engine(settings), settings)

    for _ in range(2):
        with pytest.raises(Exception, match="no index"):
            empty.search("词")
