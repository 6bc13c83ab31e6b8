"""Do title, nearness and wording move a post, and does `explain` say so?"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from service.index.bonuses import find
from service.index.explain import explain
from service.index.query import parse
from service.index.schema import FLAT_CODING
from service.index.whoosh_engine import WhooshEngine
from service.model import Clause, Post, Query
from tests.support.app import post
from tests.support.corpus import made_up

FILLER = "今天天气很好，我们去公园散步。" * 12


def engine_of(folder: Path, *posts: Post) -> WhooshEngine:
    engine = WhooshEngine(folder, processes=1)
    others = [post(1000 + n, f"日记{n}", FILLER) for n in range(8)]
    engine.rebuild([*others, *posts])
    return engine


def first(engine: WhooshEngine, text: str) -> int:
    return engine.search(parse(text), limit=1).hits[0].cid


def test_words_side_by_side_beat_words_far_apart(tmp_path: Path) -> None:
    far = post(1, "随笔", f"引力透镜。{FILLER}星系团。")
    near = post(2, "随笔", f"{FILLER}引力透镜与星系团。")

    engine = engine_of(tmp_path, far, near)

    assert first(engine, "引力透镜 星系团") == 2
    assert "near" in explain(engine, parse("引力透镜 星系团"), 2).bonuses


def test_all_words_in_the_title_beat_more_of_them_in_the_body(tmp_path: Path) -> None:
    titled = post(1, "写给初学者的统计学入门", FILLER)
    body = post(2, "周刊", f"{FILLER}统计学的入门书，给初学者。统计学，初学者，入门。")

    engine = engine_of(tmp_path, titled, body)

    assert first(engine, "初学者 统计学 入门") == 1


def test_string_across_two_characters_is_not_found() -> None:
    flat = "一二三".encode(FLAT_CODING)  # 00 4e 8c 4e 09 4e
    across = "\u8c4e".encode(FLAT_CODING)  # 4e 8c

    assert across in flat
    assert find(flat, across) == -1


def test_string_behind_a_match_across_two_characters_is_found() -> None:
    flat = "一二\u8c4e".encode(FLAT_CODING)

    assert find(flat, "\u8c4e".encode(FLAT_CODING)) == 4


def test_character_outside_the_first_plane_is_found() -> None:
    flat = "你好🎉再见".encode(FLAT_CODING)

    assert find(flat, "🎉再".encode(FLAT_CODING)) == 4


@pytest.mark.parametrize(
    "text", ["天象 引力波", "天象", "2018天象", "x_i 模型", "变分"]
)
def test_score_is_the_product_of_what_is_explained(tmp_path: Path, text: str) -> None:
    engine = WhooshEngine(tmp_path, processes=1)
    engine.rebuild(made_up(number, seed=3) for number in range(60))

    for hit in engine.search(parse(text), limit=20).hits:
        why = explain(engine, parse(text), hit.cid)
        product = sum(r.adds for r in why.reasons) * why.coverage**why.power
        assert math.isclose(
            hit.score, product * math.prod(why.bonuses.values()), rel_tol=1e-9
        )


def test_post_with_the_typed_string_beats_one_with_its_pieces(tmp_path: Path) -> None:
    # both hold every pair of neighbours: 正态, 态分, 分布, 布检, 检验
    apart = post(1, "随笔", f"{FILLER}正态分布，分布检验，正态分布。")
    whole = post(2, "随笔", f"{FILLER}做一次正态分布检验。")

    engine = engine_of(tmp_path, apart, whole)

    assert first(engine, "正态分布检验") == 2


def test_typed_string_is_found_first_however_many_posts_hold_its_words(
    tmp_path: Path,
) -> None:
    others = [
        post(n, "随笔", f"{FILLER}x 的值。那么 x 是多少？x 的值是。")
        for n in range(1, 70)
    ]
    whole = post(99, "随笔", f"{FILLER}那么x的值是多少")

    engine = engine_of(tmp_path, *others, whole)

    assert first(engine, "那么x的值是多少") == 99


def test_related_posts_are_not_ordered_by_age(tmp_path: Path) -> None:
    old = post(1, "随笔", f"{FILLER}引力透镜与星系团。", created=1_000_000_000)
    new = post(2, "随笔", f"{FILLER}引力透镜与星系团。", created=1_700_000_000)
    engine = engine_of(tmp_path, old, new)
    clause = (Clause("引力透镜与星系团"),)

    dated = engine.search(Query("引力透镜与星系团", clause)).hits[:2]
    undated = engine.search(Query("引力透镜与星系团", clause, recency=False)).hits[:2]

    assert [hit.cid for hit in dated] == [2, 1]
    assert [hit.cid for hit in undated] == [1, 2]
    assert undated[0].score == undated[1].score
