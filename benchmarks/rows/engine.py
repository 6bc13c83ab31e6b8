"""How fast is the engine alone, from the typed text to ten cids?

Everybody is timed twice: from the text, because a visitor types text, and with the
query cut and parsed before the clock starts. Ours remembers what it cut, for page 2;
from the text it is made to forget.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.peers import Mode, Peer, Unsupported
from benchmarks.peers.ours import Ours
from benchmarks.queries import COUNT
from benchmarks.report import ms, table
from benchmarks.room import Room
from benchmarks.rows import Goal, Section
from benchmarks.timing import Call, Sample, interleaved
from service.index.whoosh_engine import WhooshEngine
from service.text.analyzer import preload

BUDGET_S = 3.0
OURS, COLD = "**ours**", "ours, nothing cached"
CUT = ", query cut before"
Samples = dict[str, Sample]


def measure(room: Room) -> Section:
    """Latency of every kind of query, ours and all peers."""
    ours, cold = _ours(room), _ours(room)
    cold.engine = WhooshEngine(cold.settings.data_dir / "index", cache_bytes=0)
    peers = room.peers
    preload(ours.settings.data_dir / "cache")
    gc.freeze()
    kinds: dict[str, Samples] = {}
    for kind, queries in room.queries.items():
        if not queries:
            continue
        mode: Mode = "phrase" if kind == "phrase" else "words"
        prepared = [ours.prepare(query, mode) for query in queries]
        asked = {
            OURS: _from_text(ours, queries, mode),
            OURS + CUT: [partial(ours.run, p, 10) for p in prepared],
            COLD: _from_text(cold, queries, mode),
        }
        for peer in peers.values():
            try:
                prepared = [peer.prepare(query, mode) for query in queries]
            except Unsupported:
                continue
            asked[peer.name] = _from_text(peer, queries, mode)
            if peer.name != peers_name(room, "like"):
                asked[peer.name + CUT] = [partial(peer.run, p, 10) for p in prepared]
        kinds[kind] = interleaved(asked, room.rounds, BUDGET_S)
        room.say(f"engine: {kind}")
    kinds["page 10"] = _page_10(room, ours)
    kinds["filter, facets"] = _filtered(room, ours)
    gc.unfreeze()
    section = Section(tables=[_table(room, kinds)])
    section.goals = _goals(room, kinds)
    section.points = {
        name: sample.median()
        for name, sample in kinds["three words"].items()
        if not name.endswith(CUT)
    }
    return section


def peers_name(room: Room, key: str) -> str:
    peer = room.peers.get(key)
    return peer.name if peer else ""


def _ours(room: Room) -> Ours:
    return Ours(room.indexed.data_dir)


def _from_text(peer: Peer, queries: Sequence[str], mode: Mode) -> list[Call]:
    def ask(query: str) -> list[int]:
        return peer.run(peer.prepare(query, mode), 10)

    return [partial(ask, query) for query in queries]


def _page_10(room: Room, ours: Ours) -> Samples:
    def ask(peer: Peer, query: str) -> list[int]:
        return peer.run(peer.prepare(query), 10, 90)

    queries = room.queries["common word"]
    asked = {OURS: [partial(ask, ours, query) for query in queries]}
    for peer in room.peers.values():
        asked[peer.name] = [partial(ask, peer, query) for query in queries]
    return interleaved(asked, room.rounds, BUDGET_S)


def _filtered(room: Room, ours: Ours) -> Samples:
    """Ours only: three words in one category, with all facets counted."""
    rng = random.Random(1)
    names = sorted({name for doc in room.docs for name in doc.categories})

    def ask(query: str, category: str) -> object:
        asked = ours.filtered(query, category)
        return ours.engine.search(asked, limit=10, facets=True, with_posts=False)

    queries = room.queries["three words"]
    calls = [partial(ask, query, rng.choice(names)) for query in queries]
    return interleaved({OURS: calls}, room.rounds, BUDGET_S)


def _table(room: Room, kinds: dict[str, Samples]) -> str:
    names = list(dict.fromkeys(name for samples in kinds.values() for name in samples))
    rows = [[name, *(_cell(kinds[kind].get(name)) for kind in kinds)] for name in names]
    rows += [
        [f"**{name}: MISSING ({why})**", *("-" for _ in kinds)]
        for name, why in room.missing.items()
    ]
    head = f"ms, p50 / p95 (lowest - highest p50 of {room.rounds} rounds)"
    note = (
        f"Up to {COUNT} queries a kind; of a slow engine as many as fit into "
        f"{BUDGET_S:.0f} s.\n\n"
    )
    return note + table([head, *kinds], rows)


def _cell(sample: Sample | None) -> str:
    if sample is None:
        return "-"
    low, high = sample.spread()
    return f"{ms(sample.median())} / {ms(sample.p95())} ({ms(low)} - {ms(high)})"


def _goals(room: Room, kinds: dict[str, Samples]) -> list[Goal]:
    three, question = kinds["three words"], kinds["question"]
    tantivy = peers_name(room, "tantivy-jieba")
    if not tantivy:
        return [Goal("engine", "compared with tantivy", "tantivy is missing", None)]
    most, level = (1.5, 1.1) if room.count < 100_000 else (6.0, 6.0)
    others = [
        sample.p95()
        for name, sample in question.items()
        if name not in (OURS, COLD, tantivy) and not name.endswith(CUT)
    ]
    ours = question[OURS].p95()
    goals = [
        _against("engine, three words, median", three, tantivy, most, Sample.median),
        _against("engine, question, p95", question, tantivy, level, Sample.p95),
    ]
    if others:
        goals.append(
            Goal(
                "engine, question, p95, against all but tantivy",
                "below every other",
                f"{ms(ours)} ms, the best other {ms(min(others))} ms",
                ours < min(others),
            )
        )
    return goals


def _against(
    what: str,
    samples: Samples,
    peer: str,
    most: float,
    figure: Callable[[Sample], float],
) -> Goal:
    ours, theirs = figure(samples[OURS]), figure(samples[peer])
    our_engine, engine = figure(samples[OURS + CUT]), figure(samples[peer + CUT])
    return Goal(
        what,
        f"at most {most:g}x tantivy",
        f"{ours / theirs:.2f}x from the text ({ms(ours)} : {ms(theirs)} ms); "
        f"{our_engine / engine:.2f}x with both queries cut before "
        f"({ms(our_engine)} : {ms(engine)} ms)",
        ours <= most * theirs,
    )
