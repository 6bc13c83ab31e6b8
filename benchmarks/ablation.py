"""What is each number and each decision of the ranking worth?

`python -m benchmarks.ablation` changes one of them at a time and prints MRR@10 of
every judged kind as Markdown: the tables of docs/search.md. Lines that need another
index take longer; `--only query` leaves them out. `--every 3` asks every third query.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.data import data_folder, read_docs, read_judged
from benchmarks.derive import derived_queries
from benchmarks.metrics import DEPTH, rank_of, summarize
from benchmarks.peers.ours import Ours
from benchmarks.posts import to_post
from benchmarks.report import machine, table
from service.index import bonuses, build, matching, parts, schema, snapshot, terms
from service.model import Post
from service.text.analyzer import Analyzer

Change = tuple[Any, str, Any]
"""(module or mapping, name, value)"""


@dataclass(frozen=True, slots=True)
class Variant:
    name: str
    changes: tuple[Change, ...] = ()
    needs_index: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Posts and the queries of some kinds: `(kind, query, wanted)`."""

    name: str
    posts: tuple[Post, ...]
    queries: tuple[tuple[str, str, tuple[int, ...]], ...]


def at_query(module: Any, name: str, *values: Any) -> list[Variant]:
    return [
        Variant(f"{name.lower()} {value:g}", ((module, name, value),))
        for value in values
    ]


def boost(zone: str, *values: float) -> list[Variant]:
    return [
        Variant(f"boost of {zone} {value:g}", ((schema.BOOSTS, zone, value),), True)
        for value in values
    ]


VARIANTS = (
    Variant("as it is"),
    *at_query(matching, "COVERAGE_POWER", 0, 0.5, 1.5, 2),
    *at_query(matching, "RECENCY_BONUS", 0, 0.1),
    *at_query(parts, "PIECE_BOOST", 0, 0.4, 0.6, 1),
    *at_query(parts, "ACROSS_BOOST", 0, 0.5),
    *at_query(parts, "ACROSS_COVERAGE", 0, 1),
    *at_query(parts, "WORD_COVERAGE", 0.3),
    *at_query(bonuses, "TITLE_WHOLE", 0),
    *at_query(bonuses, "TITLE_SHARE", 0, 0.2, 0.8),
    *at_query(bonuses, "NEAR_SHARE", 0, 0.15, 0.6),
    *at_query(bonuses, "NEAR", 20, 80),
    *at_query(bonuses, "AS_TYPED", 1),
    *at_query(snapshot, "K1", 0.8, 2),
    *at_query(snapshot, "B", 0.3, 0.9),
    Variant("question words count", ((terms, "STOP_WORDS", frozenset()),)),
    *boost("title", 1, 3, 5),
    *boost("headings", 1, 2.5),
    *boost("code", 0.1, 1),
    *boost("formulas", 0.5),
    Variant(
        "jieba without HMM", ((Analyzer.__init__, "__defaults__", ((), False)),), True
    ),
    Variant(
        "no words learned from the site",
        ((build, "learned", lambda post: iter(())),),
        True,
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    folder = data_folder(options.data)
    if folder is None:
        print("No folder of corpora: give --data or SEARCH_EVAL_DATA.", file=sys.stderr)
        return 1
    chosen = [v for v in VARIANTS if not (v.needs_index and options.only == "query")]
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="search-ablation-") as name:
        sets = list(_sets(folder, options.every))
        for variant in chosen:
            scores: dict[str, float] = {}
            with changed(variant.changes):
                for asked in sets:
                    index = Path(name) / asked.name
                    scores |= _apart(measure, asked, index, variant.needs_index)
            if variant.needs_index:  # the next one must find the usual index
                for asked in sets:
                    _apart(rebuild, asked, Path(name) / asked.name)
            rows.append([variant.name, *(f"{mrr:.4f}" for mrr in scores.values())])
            print(*rows[-1], file=sys.stderr, flush=True)
    print(f"{machine()}; every {options.every}. query\n")
    print(table(["MRR@10", *scores], rows))
    return 0


@contextmanager
def changed(changes: Sequence[Change]) -> Iterator[None]:
    """The constants are others for a while, here and in forked processes."""
    before = [(where, name, _get(where, name)) for where, name, _ in changes]
    for where, name, value in changes:
        _set(where, name, value)
    try:
        yield
    finally:
        for where, name, value in before:
            _set(where, name, value)


def measure(asked: Asked, index: Path, anew: bool) -> dict[str, float]:
    """Kind -> MRR@10."""
    if anew or not index.exists():
        rebuild(asked, index)
    ours = Ours(index)
    ranks: dict[str, list[int]] = {}
    for kind, query, wanted in asked.queries:
        found = ours.run(ours.prepare(query), DEPTH)
        ranks.setdefault(f"{asked.name} {kind}", []).append(rank_of(found, wanted))
    return {kind: summarize(list_).mrr for kind, list_ in ranks.items()}


def rebuild(asked: Asked, index: Path) -> None:
    Ours(index).build_posts(asked.posts)


def _apart(work: Callable[..., Any], *args: Any) -> Any:
    """In a forked process: it sees the change, and its caches go with it."""
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=lambda: answers.put(work(*args)))
    process.start()
    answer = answers.get()
    process.join()
    return answer


def _sets(folder: Path, every: int) -> Iterator[Asked]:
    docs = read_docs(folder / "cmrc")
    judged = [q for q in read_judged(folder / "cmrc") if "traditional" not in q.kind]
    yield _asked("cmrc", docs, judged, every)
    docs = read_docs(folder / "cosx")
    derived = [q for q in derived_queries(docs) if "traditional" not in q.kind]
    yield _asked("cosx", docs, derived, every)


def _asked(name: str, docs: Any, judged: Any, every: int) -> Asked:
    posts = tuple(to_post(doc, names=False) for doc in docs)
    queries = tuple((q.kind, q.query, q.cids) for q in judged)[::every]
    return Asked(name, posts, queries)


def _get(where: Any, name: str) -> Any:
    return where[name] if isinstance(where, dict) else getattr(where, name)


def _set(where: Any, name: str, value: Any) -> None:
    if isinstance(where, dict):
        where[name] = value
    else:
        setattr(where, name, value)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.ablation", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of corpora")
    parser.add_argument("--only", choices=["query"], help="no line that reindexes")
    parser.add_argument("--every", type=int, default=1, help="every n-th query")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
