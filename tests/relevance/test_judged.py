"""Does a reader of the sample blog find what queries.tsv says, where it says?

The real path: dump, rows, index, searcher. One test a judged query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.index.opening import open_engine
from service.indexer import reindex
from service.searcher import Cids, Searcher
from service.settings import Settings
from tests.relevance.judged import Judged, read_judged

DUMP = Path(__file__).resolve().parents[2] / "service" / "sample" / "blog.sql"
EVERYTHING = 500
JUDGED = read_judged()
Case = Any  # what pytest.param makes has no public name


def cases(chosen: Iterable[Judged]) -> list[Case]:
    """One case a query, named by its id."""
    return [pytest.param(judged, id=judged.id) for judged in chosen]


def having(condition: str) -> list[Case]:
    return cases(j for j in JUDGED if condition in j.conditions)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("sample")
    settings = Settings(source=str(DUMP), data_dir=folder)  # type: ignore[call-arg]
    reindex(settings)
    yield Searcher(open_engine(settings), settings)


def ask(searcher: Searcher, judged: Judged) -> Cids:
    return searcher.cids(judged.query, limit=EVERYTHING)


@pytest.mark.parametrize("judged", cases(j for j in JUDGED if j.wanted))
def test_wanted_post_keeps_its_rank(searcher: Searcher, judged: Judged) -> None:
    found = ask(searcher, judged).cids

    assert judged.wanted[0] in found[: judged.rank]


@pytest.mark.parametrize("judged", cases(j for j in JUDGED if j.wanted[1:]))
def test_no_relevant_post_is_missed(searcher: Searcher, judged: Judged) -> None:
    found = ask(searcher, judged).cids

    assert set(judged.wanted) <= set(found)


@pytest.mark.parametrize("judged", having("all"))
def test_all_wanted_posts_are_on_top(searcher: Searcher, judged: Judged) -> None:
    found = ask(searcher, judged).cids

    assert set(judged.wanted) <= set(found[: int(judged.conditions["all"])])


@pytest.mark.parametrize("judged", having("total"))
def test_total_is_exact(searcher: Searcher, judged: Judged) -> None:
    answer = ask(searcher, judged)

    total = 0 if answer.corrected else answer.total

    assert total == int(judged.conditions["total"])


@pytest.mark.parametrize("judged", having("without"))
def test_excluded_post_is_not_found(searcher: Searcher, judged: Judged) -> None:
    found = ask(searcher, judged).cids

    assert judged.cids("without").isdisjoint(found)


@pytest.mark.parametrize("judged", having("suggest"))
def test_better_query_is_offered(searcher: Searcher, judged: Judged) -> None:
    answer = ask(searcher, judged)

    offered = [suggestion.query for suggestion in answer.suggestions]
    if answer.corrected:
        offered.append(answer.corrected)

    assert judged.conditions["suggest"] in [text.casefold() for text in offered]
