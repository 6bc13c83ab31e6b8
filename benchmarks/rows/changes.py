"""How soon is one changed post found by the engine itself?"""

from __future__ import annotations

import shutil
import statistics
import time
from dataclasses import replace

from benchmarks.peers.ours import Ours
from benchmarks.report import ms, table
from benchmarks.room import Room
from benchmarks.rows import Goal, Section
from benchmarks.timing import quantile

GOAL_S = 0.005
TIMES = 50


def measure(room: Room) -> Section:
    copy = room.folder / "changes"
    shutil.copytree(room.indexed.data_dir / "index", copy / "index")
    ours = Ours(copy)
    rows = []
    seconds = [_ours_once(room, ours, n) for n in range(TIMES)]
    rows.append(["**ours**", ms(statistics.median(seconds)), ms(max(seconds))])
    beside = ""
    if tantivy := room.peers.get("tantivy-jieba"):
        theirs = [_tantivy_once(room, tantivy, n) for n in range(TIMES)]
        rows.append([tantivy.name, ms(statistics.median(theirs)), ms(max(theirs))])
        beside = f", {ms(statistics.median(theirs))} with tantivy"
    median = statistics.median(seconds)
    return Section(
        goals=[
            Goal(
                "one post changed and findable in the engine, median",
                f"{ms(GOAL_S)} ms",
                f"{ms(median)} ms (p95 {ms(quantile(seconds, 0.95))} ms){beside}",
                median <= GOAL_S,
            )
        ],
        tables=[table([f"one change, ms, {TIMES} times", "p50", "longest"], rows)],
    )


def _ours_once(room: Room, ours: Ours, number: int) -> float:
    word = f"changedword{number}"
    post = ours.engine.post(room.docs[number * 7 % room.count].cid)
    assert post is not None
    post = replace(post, text=f"{post.text}\n{word}")
    start = time.perf_counter()
    ours.engine.update([post], [])
    found = ours.run(ours.prepare(word), 10)
    seconds = time.perf_counter() - start
    assert found == [post.cid], f"{word} finds {found}"
    return seconds


def _tantivy_once(room: Room, tantivy: object, number: int) -> float:
    from benchmarks.peers.tantivy_engine import Tantivy

    assert isinstance(tantivy, Tantivy)
    word = f"changedword{number}"
    doc = room.docs[number * 7 % room.count]
    doc = replace(doc, text=f"{doc.text}\n{word}")
    start = time.perf_counter()
    tantivy.replace(doc)
    found = tantivy.run(tantivy.prepare(word), 10)
    seconds = time.perf_counter() - start
    assert found == [doc.cid], f"{word} finds {found}"
    return seconds
