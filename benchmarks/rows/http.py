"""What does an answer cost over HTTP, above an empty route on the same gunicorn?"""

from __future__ import annotations

import random
from functools import partial

from benchmarks.peers import Missing
from benchmarks.report import ms, table
from benchmarks.room import KEY, Room
from benchmarks.rows import Goal, Section
from benchmarks.timing import Call, interleaved
from benchmarks.web import Connection, Load, floor_server, load, signed_request, target

KINDS = ("rare word", "common word", "three words", "question")
CIDS_MOST, SEARCH_MOST = 1.5, 3.0
LOAD_S, P99_MOST_S = 60, 0.050
EMPTY, CIDS, SEARCH = "/empty", "/api/cids", "/api/search"


def measure(room: Room) -> Section:
    """One connection: the three routes in turn, mixed queries."""
    port = room.service.port
    server, floor_port = floor_server(room.folder)
    floor, ours = Connection(floor_port), Connection(port)
    try:
        # One kind after the other, so that the median is that of mixed queries.
        queries = _mixed(room)
        asked: dict[str, list[Call]] = {
            EMPTY: [partial(floor.get, signed_request(KEY, EMPTY))] * len(queries)
        }
        for name, more in ((CIDS, {"limit": 500}), (SEARCH, {})):
            wheres = [target(name, query, **more) for query in queries]
            asked[name] = [
                partial(ours.get, signed_request(KEY, where)) for where in wheres
            ]
        samples = interleaved(asked, room.rounds, 60)
    finally:
        floor.close()
        ours.close()
        server.stop()
    rows = []
    for name, sample in samples.items():
        low, high = sample.spread()
        cells = (sample.median(), sample.p95(), low, high)
        rows.append([f"`GET {name}`", *map(ms, cells)])
    base = samples[EMPTY].median()
    goals = [
        Goal(
            f"`GET {name}` over HTTP, median",
            f"at most {most:g}x of an empty route",
            f"{samples[name].median() / base:.2f}x "
            f"({ms(samples[name].median())} : {ms(base)} ms)",
            samples[name].median() <= most * base,
        )
        for name, most in ((CIDS, CIDS_MOST), (SEARCH, SEARCH_MOST))
    ]
    head = ["one connection, ms", "p50", "p95", "lowest p50", "highest p50"]
    return Section(goals=goals, tables=[table(head, rows)])


def measure_load(room: Room) -> Section:
    """32 connections for a minute; the empty route before and after."""
    what = f"requests a second, 2 workers, mixed queries, {32} connections"
    port = room.service.port
    queries = _mixed(room)
    mixed = [
        target(CIDS, query, limit=500) if number % 2 else target(SEARCH, query)
        for number, query in enumerate(queries)
    ]
    server, floor_port = floor_server(room.folder)
    try:
        load(port, KEY, mixed, 2, room.folder)  # warm
        before = load(floor_port, KEY, [EMPTY], 10, room.folder)
        ours = load(port, KEY, mixed, LOAD_S, room.folder)
        after = load(floor_port, KEY, [EMPTY], 10, room.folder)
    except Missing as problem:
        return Section(
            goals=[Goal(what, "half of the empty route", str(problem), None)]
        )
    finally:
        server.stop()
    base = (before.per_second + after.per_second) / 2
    share = ours.per_second / base
    rows = [
        _row("empty route, before", before),
        _row(f"half /api/cids, half /api/search, {LOAD_S} s", ours),
        _row("empty route, after", after),
    ]
    return Section(
        goals=[
            Goal(
                what,
                "at least half of the empty route",
                f"{share:.2f} of it ({ours.per_second:.0f} : {base:.0f})",
                share >= 0.5,
            ),
            Goal(
                f"errors in {LOAD_S} s; p99",
                f"none; below {ms(P99_MOST_S)} ms",
                f"{ours.errors}; {ms(ours.p99)} ms",
                not ours.errors and ours.p99 < P99_MOST_S,
            ),
        ],
        tables=[
            table(["32 connections", "requests/s", "p50 ms", "p99 ms", "errors"], rows)
        ],
    )


def _mixed(room: Room) -> list[str]:
    queries = [query for kind in KINDS for query in room.queries[kind]]
    random.Random(1).shuffle(queries)
    return queries


def _row(name: str, told: Load) -> list[object]:
    return [name, f"{told.per_second:.0f}", ms(told.p50), ms(told.p99), told.errors]
