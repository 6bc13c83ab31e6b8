"""What does a reindex cost: time against jieba alone, memory, disk?"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import jieba

from benchmarks.data import text_bytes
from benchmarks.report import mb, table
from benchmarks.room import Room
from benchmarks.rows import Goal, Section

TIMES = 2
SIZE_MOST = 2.5


def measure(room: Room) -> Section:
    """jieba alone and `service reindex` from a dump, in turn."""
    memory_most = 200e6 if room.count <= 1000 else 300e6
    cuts = [_jieba_alone(room)]
    service, builds = room.indexed, room.reindexed
    while len(cuts) < TIMES:
        cuts.append(_jieba_alone(room))
        builds.append(room.reindex(service))
    cut, build = statistics.median(cuts), statistics.median(b.seconds for b in builds)
    peak = max(b.peak for b in builds)
    generation = service.data_dir / "index"
    newest = max(generation.glob("gen-*"), key=lambda path: path.stat().st_mtime)
    size = sum(f.stat().st_size for f in newest.rglob("*") if f.is_file())
    text = text_bytes(room.docs)
    rows = [
        ["text (titles and Markdown), MB", mb(text)],
        ["jieba, search mode, one process, s", _seconds(cuts)],
        ["reindex from a dump, wall, s", _seconds([b.seconds for b in builds])],
        ["reindex, peak PSS of all processes, MB", mb(peak)],
        ["index on disk, MB", mb(size)],
    ]
    return Section(
        goals=[
            Goal(
                f"reindex of {room.count} posts from a dump, wall",
                "at most jieba alone on that text",
                f"{build / cut:.2f}x ({build:.1f} : {cut:.1f} s)",
                build <= cut,
            ),
            Goal(
                "peak memory of that reindex, all processes (PSS)",
                f"at most {mb(memory_most)} MB",
                f"{mb(peak)} MB",
                peak <= memory_most,
            ),
            Goal(
                "index size on disk",
                f"at most {SIZE_MOST}x the text",
                f"{size / text:.2f}x ({mb(size)} : {mb(text)} MB)",
                size <= SIZE_MOST * text,
            ),
        ],
        tables=[table(["building", f"{room.count} posts"], rows)],
    )


def _seconds(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in values)


def _jieba_alone(room: Room) -> float:
    """In a process of its own: a jieba that nobody has taught anything."""
    texts = [(doc.title, doc.text) for doc in room.docs]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        seconds = pool.submit(_cut, texts).result()
    room.say(f"jieba alone {seconds:.1f} s")
    return seconds


def _cut(texts: Sequence[tuple[str, str]]) -> float:
    jieba.setLogLevel(60)
    jieba.initialize()
    start = time.monotonic()
    for title, text in texts:
        for _ in jieba.cut_for_search(title):
            pass
        for _ in jieba.cut_for_search(text):
            pass
    return time.monotonic() - start
