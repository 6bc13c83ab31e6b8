"""What does the running service weigh, and how soon does it know of a change?"""

from __future__ import annotations

import json
import statistics
import time

import requests

from benchmarks.memory import tree_pss
from benchmarks.peers.like import DATABASE
from benchmarks.report import mb, ms, table
from benchmarks.room import KEY, Room
from benchmarks.rows import Goal, Section
from benchmarks.timing import quantile
from benchmarks.web import target
from service import signing

PSS_MOST = 250e6
NUDGE_P50_S, NUDGE_P95_S = 0.5, 1.0
NUDGES = 20


def measure_memory(room: Room) -> Section:
    """PSS of master, two workers and writer after every query was asked once."""
    service = room.service
    assert service.server is not None
    with requests.Session() as session:
        for queries in room.queries.values():
            for query in queries:
                _get(session, service.url, target("/api/search", query))
    sizes = tree_pss(service.server.pid)
    total = sum(sizes.values())
    rows = [["all", mb(total)]] + [[_what(pid), mb(n)] for pid, n in sizes.items()]
    return Section(
        goals=[
            Goal(
                "resident set of the running service, 2 workers and writer (PSS)",
                f"at most {mb(PSS_MOST)} MB",
                f"{mb(total)} MB",
                total <= PSS_MOST,
            )
        ],
        tables=[table(["PSS of the running service", "MB"], rows)],
    )


def measure_nudge(room: Room) -> Section:
    """A row is changed in MariaDB, the plugin's nudge sent, the new word asked for."""
    seconds = [_nudge_once(room, number) for number in range(NUDGES)]
    median, p95 = statistics.median(seconds), quantile(seconds, 0.95)
    return Section(
        goals=[
            Goal(
                "nudge to findable, live MariaDB, median / p95",
                f"{NUDGE_P50_S:g} / {NUDGE_P95_S:g} s",
                f"{median:.2f} / {p95:.2f} s",
                median <= NUDGE_P50_S and p95 <= NUDGE_P95_S,
            )
        ],
        tables=[
            table(
                [f"nudge to findable, {NUDGES} times, ms", "p50", "p95", "longest"],
                [["**ours**", ms(median), ms(p95), ms(max(seconds))]],
            )
        ],
    )


def _nudge_once(room: Room, number: int) -> float:
    word, service = f"nudgedword{number}", room.service
    cid = room.docs[number * 11 % room.count].cid
    room.blog.server.execute(
        "UPDATE typecho_contents SET text = CONCAT(text, %s) WHERE cid = %s",
        (f"\n{word}", cid),
        DATABASE,
    )
    body = json.dumps({"cids": [cid]}).encode()
    with requests.Session() as session:
        start = time.perf_counter()
        headers = signing.headers(KEY, "POST", "/api/nudge", "", body)
        answer = session.post(
            f"{service.url}/api/nudge", data=body, headers=headers, timeout=10
        )
        assert answer.status_code == 202, answer.text
        while time.perf_counter() - start < 30:
            found = _get(session, service.url, target("/api/cids", word))
            if cid in found.json()["cids"]:
                return time.perf_counter() - start
            time.sleep(0.01)
    raise RuntimeError(f"post {cid} was not found within 30 s of its nudge")


def _get(session: requests.Session, url: str, where: str) -> requests.Response:
    path, _, query = where.partition("?")
    headers = signing.headers(KEY, "GET", path, query)
    answer = session.get(url + where, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer


def _what(pid: int) -> str:
    with open(f"/proc/{pid}/status") as file:
        parent = next(line for line in file if line.startswith("PPid")).split()[1]
    return f"process {pid}, child of {parent}"
