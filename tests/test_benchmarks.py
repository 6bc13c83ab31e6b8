"""Do the measurements still measure? Small data, no peers that need installing."""

from __future__ import annotations

import os
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import eval as relevance
from benchmarks.data import Doc, Judged, JudgedSet
from benchmarks.derive import derived_queries
from benchmarks.memory import tree_pss
from benchmarks.metrics import rank_of, summarize
from benchmarks.peers import PEERS, Missing, open_peer
from benchmarks.peers.fts5 import Fts5
from benchmarks.peers.ours import Ours
from benchmarks.peers.stock_whoosh import StockWhoosh, WhooshWords
from benchmarks.plot import svg
from benchmarks.posts import to_post
from benchmarks.queries import PARAGRAPH, speed_queries
from benchmarks.repeats import questions, share_of_hits
from benchmarks.report import table
from benchmarks.substrings import substring_recall
from benchmarks.timing import interleaved

DOCS = (
    Doc(1, "变分自编码器的原理", "变分自编码器是生成模型，由编码器与解码器组成。",
        tags=("生成",)),
    Doc(2, "2018年的天象", "2018年七月有月全食，火星大冲。用R语言做t检验也很方便。"),
    Doc(3, "新词发现的算法", "用互信息和凝固度，从语料里找出**没有人登记过的词语**。"),
)  # fmt: skip
QUERIES = (
    Judged("joined", "编码器原理", (1,)),
    Judged("joined", "月全食火星", (2,)),
    Judged("spaced", "互信息 凝固度", (3,)),
)


@pytest.fixture
def ours(tmp_path: Path) -> Ours:
    engine = Ours(tmp_path / "ours", names=True)
    engine.build(DOCS)
    return engine


def test_rank_is_the_place_of_the_first_wanted_post() -> None:
    assert rank_of([7, 8, 9], [9, 8]) == 2
    assert rank_of([7], [9]) == 0


def test_post_below_the_tenth_place_has_no_rank() -> None:
    assert rank_of(list(range(20)), [9]) == 10
    assert rank_of(list(range(20)), [10]) == 0


def test_score_counts_what_was_not_found_as_zero() -> None:
    score = summarize([1, 2, 0, 0])

    assert (score.mrr, score.recall_1, score.recall_10) == (0.375, 0.25, 0.5)


@pytest.mark.parametrize("peer", ["fts5-jieba", "whoosh-and-or", "whoosh-or", "ours"])
def test_engine_finds_each_wanted_post_first(peer: str, tmp_path: Path) -> None:
    judged = JudgedSet("three posts", DOCS, QUERIES)

    label, scores = relevance._measure_one(peer, judged, tmp_path)

    assert not isinstance(scores, str), scores
    assert {kind: score.recall_1 for kind, score in scores.items()} == {
        "joined": 1.0,
        "spaced": 1.0,
    }


def test_peer_that_is_not_installed_is_named_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PEERS, "absent", ("no_such_module", "Absent", {}))
    judged = JudgedSet("three posts", DOCS, QUERIES)

    printed = relevance._tables(judged, relevance.measure(judged, ["absent"], tmp_path))

    assert "absent: MISSING" in printed
    with pytest.raises(Missing):
        open_peer("absent", tmp_path)


def test_pages_of_a_peer_do_not_overlap(tmp_path: Path) -> None:
    for peer in (Fts5(tmp_path, "words"), WhooshWords(tmp_path)):
        peer.build(DOCS)
        asked = peer.prepare("的 用")
        first, second = peer.run(asked, 1), peer.run(asked, 1, 1)
        peer.close()
        assert len(first) == len(second) == 1
        assert first != second


def test_tutorial_whoosh_gives_nothing_for_a_question(tmp_path: Path) -> None:
    whoosh = StockWhoosh(tmp_path, then_or=False)
    whoosh.build(DOCS)
    found = whoosh.run(whoosh.prepare("火星大冲是哪一年的天象呢"), 10)
    whoosh.close()

    assert found == []


def test_derived_queries_are_the_same_in_every_run() -> None:
    first, second = derived_queries(DOCS), derived_queries(DOCS)

    assert first == second
    assert {query.kind for query in first} >= {"title_words", "mixed_fragment"}


def test_traditional_query_is_written_in_traditional_script() -> None:
    by_kind = {(q.kind, q.cids): q.query for q in derived_queries(DOCS)}

    assert by_kind["title_words", (1,)] == "变分原理"
    assert by_kind["title_words_traditional", (1,)] == "變分原理"


def test_every_piece_of_the_visible_text_is_found(ours: Ours) -> None:
    recall = substring_recall(ours, tuple(map(to_post, DOCS)), 200)

    assert recall.tried == 200
    assert recall.missed == []


def test_piece_of_a_post_that_is_not_indexed_counts_as_missed(ours: Ours) -> None:
    other = to_post(Doc(9, "不在索引里的文章", "龘靐齉爩" * 20))

    recall = substring_recall(ours, (other,), 20)

    assert len(recall.missed) == 20


def test_own_queries_are_asked_of_the_sample_blog() -> None:
    judged = relevance.own_set()

    cids = {doc.cid for doc in judged.docs}
    assert len(judged.queries) >= 120
    assert all(cids.issuperset(query.cids) for query in judged.queries)


def test_slow_subject_answers_fewer_queries() -> None:
    slow = [lambda: time.sleep(0.02)] * 10
    samples = interleaved({"slow": slow, "fast": [lambda: None] * 10}, 2, 0.05)

    assert samples["slow"].queries() < 10
    assert samples["fast"].queries() == 10
    assert samples["slow"].median() >= 0.02


def test_speed_queries_come_from_the_posts(tmp_path: Path) -> None:
    docs = [
        Doc(n, f"第{n}篇", f"词语甲 共同 概率{n % 5} 分布函数与密度" * 9)
        for n in range(60)
    ]
    (tmp_path / "queries.jsonl").write_text(
        '{"kind": "question", "query": "什么是分布？", "cid": 1}\n', encoding="utf-8"
    )

    kinds = speed_queries(docs, tmp_path)

    assert kinds["question"] == ["什么是分布？"]
    assert all(len(text) <= PARAGRAPH for text in kinds["paragraph"])
    assert any(kinds["phrase"][0] in doc.text for doc in docs)


def test_memory_of_a_process_tree_contains_this_process() -> None:
    sizes = tree_pss(os.getpid())

    assert sizes[os.getpid()] > 5_000_000


def test_plot_is_well_formed_and_names_every_engine() -> None:
    picture = svg("A & B", {"ours": {1000: 0.0001, 10000: 0.0002}, "<x>": {1000: 0.1}})

    root = ElementTree.fromstring(picture)
    words = "".join(root.itertext())

    assert "A & B" in words
    assert "ours" in words
    assert "<x>" in words


def test_table_keeps_its_columns_when_a_cell_holds_a_bar() -> None:
    assert table(["a", "b"], [["x|y", 1]]).splitlines()[-1] == "| x\\|y | 1 |"


def test_clicks_after_one_question_are_one_question() -> None:
    log = [
        "time,user,query",
        "0:01,1,天象,a",
        "0:02,1,天象,b",
        "0:03\t2\t[天象]\tc",
        "",
    ]

    assert list(questions(log)) == ["天象", "天象"]


def test_hits_are_those_of_the_answers_asked_for_last() -> None:
    assert share_of_hits(["a", "b", "a", "b"], 2) == 0.5
    assert share_of_hits(["a", "b", "a", "b"], 1) == 0.0
    assert share_of_hits([], 1) == 0.0
