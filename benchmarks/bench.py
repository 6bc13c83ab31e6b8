"""How fast is it, and how small, beside other engines on the same machine?

`python -m benchmarks.bench` prints the table of goals and the figures behind it as
Markdown. `--posts 1000` is quick, 100000 takes an hour, or a third of it with only
`--peer tantivy-jieba`; `--only NAME` runs one row.
Absolute times are noise on a shared machine: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.plot import svg
from benchmarks.report import machine, table
from benchmarks.room import SPEED_PEERS, Room
from benchmarks.rows import (
    Goal,
    Section,
    blog,
    building,
    changes,
    engine,
    http,
    running,
    snippets,
)

ROWS: dict[str, Callable[[Room], Section]] = {
    "building": building.measure,
    "engine": engine.measure,
    "snippets": snippets.measure,
    "http": http.measure,
    "load": http.measure_load,
    "memory": running.measure_memory,
    "nudge": running.measure_nudge,
    "changes": changes.measure,
    "blog": blog.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    start, failures = time.monotonic(), 0
    # so that whoever ends it also ends the servers that it started
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="search-bench-", dir=options.tmp) as name:
        room = Room(
            Path(name), options.posts, options.rounds, options.data, options.peer
        )
        with room.open:
            sections: dict[str, Section] = {}
            for row in options.only or ROWS:
                room.say(f"row {row}")
                try:
                    sections[row] = ROWS[row](room)
                except Exception as problem:  # the other rows are still worth it
                    traceback.print_exc()
                    failed = Goal(row, "measured", f"FAILED: {problem!r}", None)
                    sections[row] = Section(goals=[failed])
                    failures += 1
    goals = [goal for section in sections.values() for goal in section.goals]
    print(f"# Speed and size: {options.posts:,} posts\n\n{machine()}\n")
    print(table(["what", "goal", "measured", "met"], map(_goal, goals)))
    for row, section in sections.items():
        print(f"\n## {row}\n\n" + "\n\n".join(section.tables))
    print(f"\nMeasured in {time.monotonic() - start:.0f} s.")
    if options.plot and (points := sections.get("engine", Section()).points):
        draw(options.plot, options.posts, points)
    return 1 if failures else 0


def draw(picture: Path, posts: int, points: dict[str, float]) -> None:
    """Add these points to the picture; older sizes are kept in a file beside it."""
    notes = picture.with_suffix(".json")
    kept = json.loads(notes.read_text("utf-8")) if notes.exists() else {}
    for name, seconds in points.items():
        kept.setdefault(name.strip("*"), {})[str(posts)] = seconds
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    notes.write_text(text + "\n", encoding="utf-8")
    lines = {name: {int(k): v for k, v in line.items()} for name, line in kept.items()}
    picture.write_text(svg("Three words, top 10: median", lines), encoding="utf-8")


def _goal(goal: Goal) -> list[str]:
    word = "not measured" if goal.met is None else "met" if goal.met else "**missed**"
    return [goal.what, goal.goal, goal.measured, word]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.bench", description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=list(ROWS))
    parser.add_argument("--peer", action="append", choices=SPEED_PEERS)
    parser.add_argument("--data", type=Path, help="folder of corpora")
    parser.add_argument("--tmp", type=Path, help="where the indexes are built")
    parser.add_argument("--plot", type=Path, help="draw latency against size (SVG)")
    options = parser.parse_args(arguments)
    options.peer = options.peer or SPEED_PEERS
    return options


if __name__ == "__main__":
    raise SystemExit(main())
