"""What do ten snippets with highlights cost, beside Whoosh's own highlighter?"""

from __future__ import annotations

import functools
from functools import partial
from typing import Any

from jieba.analyse import ChineseAnalyzer
from whoosh.highlight import ContextFragmenter, HtmlFormatter, highlight

from benchmarks.peers.ours import Ours
from benchmarks.report import ms, table
from benchmarks.room import Room
from benchmarks.rows import Goal, Section
from benchmarks.timing import interleaved
from service.model import RawHits
from service.text.snippet import mark_all, snippet

GOAL_S = 0.0005
BUDGET_S = 5.0
OURS, WHOOSH = "**ours**", "Whoosh's highlighter, ChineseAnalyzer"


def measure(room: Room) -> Section:
    ours = Ours(room.indexed.data_dir)
    kinds = ("three words", "question", "common word")
    rows, medians, others = [], [], []
    for kind in kinds:
        queries = room.queries[kind]
        found = [ours.engine.search(ours.prepare(q), limit=10) for q in queries]
        full = [raw for raw in found if len(raw.cids) == 10]
        if not full:
            continue
        calls = {
            OURS: [partial(_cut, raw) for raw in full],
            WHOOSH: [partial(_highlight, raw) for raw in full],
        }
        samples = interleaved(calls, room.rounds, BUDGET_S)
        medians.append(samples[OURS].median())
        others.append(samples[WHOOSH].median())
        for name, sample in samples.items():
            rows.append([kind, name, ms(sample.median()), ms(sample.p95())])
    worst = max(medians)
    return Section(
        goals=[
            Goal(
                "ten snippets with highlights, median",
                f"{ms(GOAL_S)} ms",
                f"{ms(worst)} ms for the slowest kind of query, "
                f"{ms(others[medians.index(worst)])} with Whoosh's highlighter",
                worst <= GOAL_S,
            )
        ],
        tables=[table(["ten snippets and titles, ms", "of", "p50", "p95"], rows)],
    )


def _highlight(raw: RawHits) -> None:
    """As Whoosh does it: every text is cut again to find its words."""
    for post in raw.posts:
        for text in (post.title, post.text):
            highlight(
                text,
                frozenset(raw.highlights),
                _analyzer(),
                ContextFragmenter(),
                HtmlFormatter(),
            )


@functools.cache
def _analyzer() -> Any:
    return ChineseAnalyzer()


def _cut(raw: RawHits) -> None:
    for post in raw.posts:
        mark_all(post.title, raw.highlights)
        snippet(post, raw.highlights)
