"""Is the engine's list the one that a plain implementation makes?

Over random corpora and queries, with changed and removed posts, so with several
segments and deleted documents: the same posts in the same order, scores to 1e-6.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.index.query import parse
from service.index.whoosh_engine import WhooshEngine
from service.model import Post
from tests.support.corpus import VOCABULARY, made_up
from tests.support.reference import reference

PLAIN = [word for word in VOCABULARY if word[0] != "-"]
QUERY = st.tuples(
    st.lists(st.sampled_from(PLAIN), min_size=1, max_size=5), st.sampled_from(("", " "))
).map(lambda pair: pair[1].join(pair[0]))
TYPED = st.text(
    st.sampled_from("天象火星变分x_i+C矩阵neural之的2018 "), min_size=1, max_size=9
)


@pytest.fixture(scope="module", params=[(0, 30, 5), (1, 60, 25), (2, 200, 40)])
def blog(
    request: pytest.FixtureRequest,
) -> tuple[WhooshEngine, list[Post]]:
    """An index after some rounds of changes, and the posts that it must hold."""
    seed, count, changes = request.param
    dice = random.Random(seed)
    posts = {n: made_up(n, seed, words=dice.randrange(4, 120)) for n in range(1, count)}
    folder = Path(tempfile.mkdtemp(prefix="reference-"))
    engine = WhooshEngine(folder, processes=1)
    engine.rebuild(posts.values())
    for round_ in range(3):
        changed = {
            n: made_up(n, 100 + round_, words=dice.randrange(4, 120))
            for n in dice.sample(range(1, count + 20), changes // 3 + 1)
        }
        gone = set(dice.sample(sorted(posts), 2)) - changed.keys()
        engine.update(changed.values(), gone)
        posts.update(changed)
        for cid in gone:
            del posts[cid]
    assert engine.status().segments > 1
    return engine, list(posts.values())


def same(blog: tuple[WhooshEngine, list[Post]], text: str, without: str = "") -> None:
    engine, posts = blog
    typed = f"{text} -{without}" if without else text

    found = engine.search(parse(typed), limit=1000, with_posts=False)

    wanted = reference(posts, parse(text).raw, engine.analyzer(), without)
    assert [hit.cid for hit in found.hits] == [cid for cid, _ in wanted]
    assert [hit.score for hit in found.hits] == pytest.approx(
        [score for _, score in wanted], rel=1e-6, abs=1e-9
    )
    assert found.total == len(wanted)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=QUERY)
def test_list_is_that_of_the_reference(
    blog: tuple[WhooshEngine, list[Post]], text: str
) -> None:
    same(blog, text)


@settings(max_examples=40, deadline=None)
@given(text=TYPED)
def test_list_of_odd_text_is_that_of_the_reference(
    blog: tuple[WhooshEngine, list[Post]], text: str
) -> None:
    same(blog, text.strip() or "熵")


@settings(max_examples=40, deadline=None)
@given(text=QUERY, without=st.sampled_from(["火星", "流星雨", "注意力"]))
def test_excluded_posts_are_left_out_of_the_sums_of_nothing(
    blog: tuple[WhooshEngine, list[Post]], text: str, without: str
) -> None:
    same(blog, text, without)
