"""What do ten snippets with highlights cost?"""

from __future__ import annotations

from functools import partial

from benchmarks.peers.ours import Ours
from benchmarks.report import ms, table
from benchmarks.room import Room
from benchmarks.rows import Goal, Section
from benchmarks.timing import interleaved
from service.model import RawHits
from service.text.snippet import mark_all, snippet

GOAL_S = 0.0005


def measure(room: Room) -> Section:
    ours = Ours(room.indexed.data_dir)
    kinds = ("three words", "question", "common word")
    rows, medians = [], []
    for kind in kinds:
        queries = room.queries[kind]
        found = [ours.engine.search(ours.prepare(q), limit=10) for q in queries]
        full = [raw for raw in found if len(raw.hits) == 10]
        if not full:
            continue
        sample = interleaved({"": [partial(_cut, r) for r in full]}, room.rounds, 20)[
            ""
        ]
        medians.append(sample.median())
        rows.append([kind, ms(sample.median()), ms(sample.p95()), len(full)])
    worst = max(medians)
    return Section(
        goals=[
            Goal(
                "ten snippets with highlights, median",
                f"{ms(GOAL_S)} ms",
                f"{ms(worst)} ms for the slowest kind of query",
                worst <= GOAL_S,
            )
        ],
        tables=[table(["ten snippets and titles, ms", "p50", "p95", "queries"], rows)],
    )


def _cut(raw: RawHits) -> None:
    for hit in raw.hits:
        assert hit.post is not None
        mark_all(hit.post.title, raw.highlights)
        snippet(hit.post, raw.highlights)
