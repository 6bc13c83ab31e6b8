"""What is written in `queries.tsv`? README.md beside it explains the columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("queries.tsv")
CONDITION = re.compile(r"(?:^|[ ;])(all|total|without|suggest)=([^ ;]+)")


@dataclass(frozen=True, slots=True)
class Judged:
    """One line. `wanted` is empty where nothing is to be found."""

    id: str
    kind: str
    query: str
    wanted: tuple[int, ...]
    rank: int
    conditions: Mapping[str, str]

    def cids(self, condition: str) -> set[int]:
        """The cids that a condition names."""
        value = self.conditions.get(condition, "")
        return {int(cid) for cid in value.split(",") if cid}


def read_judged(table: Path = TABLE) -> tuple[Judged, ...]:
    # Not splitlines(): a query may hold characters that it takes for ends of lines.
    lines = table.read_text(encoding="utf-8").split("\n")[1:]
    return tuple(_judged(line) for line in lines if line)


def _judged(line: str) -> Judged:
    number, kind, query, wanted, rank, note = line.split("\t")
    return Judged(
        id=number,
        kind=kind,
        query=query,
        wanted=() if wanted == "-" else tuple(int(c) for c in wanted.split(",")),
        rank=int(rank),
        conditions=dict(CONDITION.findall(note)),
    )
