"""Is the work of a query bounded, whatever was typed? On 10,000 posts, by counting.

Not by the clock: machines differ. What may cost is counted instead: posting lists
that are read, texts that are looked at, texts that are unpacked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from service.index.parts import MAX_TERMS
from service.index.query import parse
from service.index.snapshot import Snapshot
from service.index.whoosh_engine import WhooshEngine
from service.model import Post
from tests.support.corpus import made_up

COUNT = 10_000
LISTS = 12 * MAX_TERMS
"""Posting lists that one query may read."""


def posts() -> Iterator[Post]:
    for number in range(1, COUNT + 1):
        yield replace(made_up(number % 500, words=12), cid=number)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhooshEngine:
    made = WhooshEngine(tmp_path_factory.mktemp("bounded"), cache_bytes=0)
    made.rebuild(posts())
    return made


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each costly method of a snapshot was called."""
    calls: Counter[str] = Counter()
    for name in ("postings", "flat", "post"):
        real = getattr(Snapshot, name)

        def counted(self: Snapshot, *args: Any, _n: str = name, _r: Any = real) -> Any:
            calls[_n] += 1
            return _r(self, *args)

        monkeypatch.setattr(Snapshot, name, counted)
    return calls


HOSTILE = {
    "empty": "",
    "blanks": " \t\n\u3000",
    "stop words": "的 了 是 什么 怎么 the of",
    "signs": "!@#$%^&*()_+-=[]{}|;:,./<>?~`" * 6,
    "5,000 characters": "天象观测与引力波的关系。" * 417,
    "5,000 different characters": "".join(chr(0x4E00 + n) for n in range(5000)),
    "2,000 terms": " ".join(f"term{n}" for n in range(2000)),
    "one long run": "a" * 5000,
    "lone surrogates": "\ud800\udfff天象",
    "controls": "".join(map(chr, range(32))) + "天象",
    "right to left": "\u202e\u200f天象\u202c",
    "emoji with joiners": "👨\u200d👩\u200d👧" * 20,
    "regular expression": "(a+)+$|.*?(?=天)",
    "sql": "' OR 1=1; DROP TABLE typecho_contents; --",
    "html": "<script>alert('天象')</script>",
    "wildcards": "*?% _ * * *",
    "nested brackets": "(" * 2500 + "天" + ")" * 2500,
    "many phrases": " ".join(['"的，了"'] * 33),
    "many exclusions": " ".join(f"-词{n}" for n in range(45)),
    "many arms": " OR ".join(["天象"] * 25),
    "many titles": " ".join(["title:天"] * 22),
    "operators only": 'title: tag: year: "" - OR',
}


@pytest.mark.parametrize("typed", HOSTILE.values(), ids=HOSTILE)
def test_work_of_a_query_is_bounded(
    engine: WhooshEngine, work: Counter[str], typed: str
) -> None:
    found = engine.search(parse(typed), limit=10)

    assert len(found.hits) <= 10
    assert work["postings"] <= LISTS
    assert work["flat"] <= 2 * COUNT  # a condition is verified once in each post
    assert work["post"] <= 10 + 500


def test_pasted_paragraph_reads_as_little_as_a_question(
    engine: WhooshEngine, work: Counter[str]
) -> None:
    engine.search(parse("注意力机制的原理是什么，为什么需要梯度"), limit=10)
    question = work["postings"]
    work.clear()

    paragraph = "".join(made_up(number).text for number in range(20))[:5000]
    engine.search(parse(paragraph), limit=10)

    assert work["postings"] <= 6 * question
