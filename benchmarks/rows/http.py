"""What does an answer cost over HTTP, above an empty route on the same gunicorn?

Two thousand different queries, so that nearly all are new to whoever answers them.
"""

from __future__ import annotations

import random
import statistics
from functools import partial

from benchmarks.peers import Missing
from benchmarks.report import ms, table
from benchmarks.room import KEY, Room
from benchmarks.rows import Goal, Section
from benchmarks.timing import Call, interleaved
from benchmarks.web import (
    CONNECTIONS,
    Connection,
    Load,
    floor_server,
    load,
    signed_request,
    target,
)

KINDS = ("rare word", "common word", "three words", "question")
CIDS_MOST, SEARCH_MOST = 1.5, 3.0
LOADS, LOAD_S, P99_MOST_S = 6, 10, 0.050
ROUNDS = 2
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
        samples = interleaved(asked, ROUNDS, 60)
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
    """32 connections for a minute, the empty route in between.

    Six times ten seconds: which worker gets how many connections is a matter of luck.
    """
    what = f"requests a second, 2 workers, mixed queries, {CONNECTIONS} connections"
    port = room.service.port
    queries = _mixed(room)
    mixed = [
        target(CIDS, query, limit=500) if number % 2 else target(SEARCH, query)
        for number, query in enumerate(queries)
    ]
    server, floor_port = floor_server(room.folder)
    try:
        load(port, KEY, mixed, 2, room.folder)  # warm
        floors, loads = [], []
        for _ in range(LOADS):
            floors.append(load(floor_port, KEY, [EMPTY], 3, room.folder))
            loads.append(load(port, KEY, mixed, LOAD_S, room.folder))
    except Missing as problem:
        return Section(
            goals=[Goal(what, "half of the empty route", str(problem), None)]
        )
    finally:
        server.stop()
    base = statistics.median(floor.per_second for floor in floors)
    speed = statistics.median(ours.per_second for ours in loads)
    p99 = statistics.median(ours.p99 for ours in loads)
    errors = sum(ours.errors for ours in loads)
    rows = [_row("empty route, 3 s", told) for told in floors]
    rows += [_row(f"half {CIDS}, half {SEARCH}, {LOAD_S} s", told) for told in loads]
    return Section(
        goals=[
            Goal(
                what,
                "at least half of the empty route",
                f"{speed / base:.2f} of it ({speed:.0f} : {base:.0f})",
                speed >= 0.5 * base,
            ),
            Goal(
                f"errors in {LOADS * LOAD_S} s; p99",
                f"none; below {ms(P99_MOST_S)} ms",
                f"{errors}; {ms(p99)} ms",
                not errors and p99 < P99_MOST_S,
            ),
        ],
        tables=[
            table(["32 connections", "requests/s", "p50 ms", "p99 ms", "errors"], rows)
        ],
    )


def _mixed(room: Room) -> list[str]:
    queries = [query for kind in KINDS for query in room.many_queries[kind]]
    random.Random(1).shuffle(queries)
    return queries


def _row(name: str, told: Load) -> list[object]:
    return [name, f"{told.per_second:.0f}", ms(told.p50), ms(told.p99), told.errors]
