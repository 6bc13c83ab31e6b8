"""How often is a question asked again, in a real stream of them?

`python -m benchmarks.repeats FILE` reads a query log, one click a line, parted by tabs
or commas: time, visitor, query and whatever follows, as Sogou Labs published theirs
(SogouQ, 2008; its smallest sample has 10,000 lines of ten minutes). What one visitor
clicks on after one question counts once.
"""

from __future__ import annotations

import argparse
import csv
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.report import table

SIZES = (64, 256, 1024)


def questions(lines: Iterable[str]) -> Iterator[str]:
    """What was asked, in the order of asking."""
    seen = set()
    for line in lines:
        row = next(csv.reader([line], delimiter="\t" if "\t" in line else ","), [])
        if len(row) > 2 and row[1].isdigit() and (row[1], row[2]) not in seen:
            seen.add((row[1], row[2]))
            yield row[2].strip("[] ")


def share_of_hits(stream: Sequence[str], size: int) -> float:
    """The share that the `size` answers asked for last would have answered."""
    kept: OrderedDict[str, None] = OrderedDict()
    hits = 0
    for question in stream:
        hits += question in kept
        kept[question] = None
        kept.move_to_end(question)
        if len(kept) > size:
            kept.popitem(last=False)
    return hits / len(stream) if stream else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.repeats", description=__doc__)
    parser.add_argument("file", type=Path, help="the log, in UTF-8")
    file = parser.parse_args(arguments).file
    stream = list(questions(file.read_text("utf-8-sig").splitlines()))
    print(f"{len(stream)} questions, {len(set(stream))} different ones\n")
    rows = [[size, f"{share_of_hits(stream, size):.0%}"] for size in SIZES]
    rows.append(["all", f"{share_of_hits(stream, len(stream)):.0%}"])
    print(table(["answers kept", "questions answered from them"], rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
