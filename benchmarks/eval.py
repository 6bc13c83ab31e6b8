"""How often does a search find the wanted post, and how near the top?

`python -m benchmarks.eval` prints Markdown tables: for each judged set MRR@10,
recall@1 and recall@10 of ours and of every peer, on the same documents in the same
run; then how many random pieces of the visible text were not found. Nothing is
random twice: the same data gives the same tables.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

from benchmarks.data import (
    ROOT,
    Doc,
    JudgedSet,
    data_folder,
    read_docs,
    read_judged,
    read_table,
)
from benchmarks.derive import derived_queries
from benchmarks.metrics import DEPTH, Score, rank_of, summarize
from benchmarks.peers import PEERS, Missing, Peer, open_peer
from benchmarks.peers.like import TypechoLike
from benchmarks.peers.ours import Ours
from benchmarks.posts import to_post, visible
from benchmarks.report import machine, table
from benchmarks.substrings import substring_recall
from service.settings import Settings
from service.typecho.opening import open_source
from service.typecho.rows import read_posts

# whoosh-or is the engine of whoosh-and-or with other tokens: for speed only
DEFAULT = [name for name in PEERS if name != "whoosh-or"]
MARKDOWN = ("like", "ours", "ours-names")
"""These read what is stored; the others get the text that a reader sees."""

Scores = dict[str, Score]
SAMPLE = ROOT / "service" / "sample" / "blog.sql"
P = ParamSpec("P")
R = TypeVar("R")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    print(f"# Relevance\n\n{machine()}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="search-eval-") as name:
        folder = Path(name)
        for number, judged in enumerate(_sets(options)):
            peers = measure(judged, options.peers, folder / str(number))
            print(f"## {judged.name}: {len(judged.docs)} posts\n")
            print(_tables(judged, peers), flush=True)
        if options.strings and data_folder(options.data):
            print(_apart(_substrings, options, folder), flush=True)
    return 0


def measure(
    judged: JudgedSet, names: Sequence[str], folder: Path
) -> dict[str, Scores | str]:
    """Peer -> kind -> score; a text instead says why the peer is missing."""
    results: dict[str, Scores | str] = {}
    shown = judged.docs if judged.posts else tuple(map(visible, judged.docs))
    for name in names:
        started = time.monotonic()
        if name.startswith("ours"):
            label, scores = _apart(_measure_one, name, judged, folder)
        else:
            docs = judged.docs if name in MARKDOWN else shown
            label, scores = _measure_one(name, replace(judged, docs=docs), folder)
        results[label] = scores
        _say(f"{judged.name}: {label} {time.monotonic() - started:.1f} s")
    return results


def _measure_one(
    name: str, judged: JudgedSet, folder: Path
) -> tuple[str, Scores | str]:
    try:
        peer = open_peer(name, folder / name)
    except Missing as problem:
        return name, f"MISSING: {problem}"
    if isinstance(peer, TypechoLike):
        peer.with_count = False  # it changes nothing in the list
    try:
        if judged.posts and isinstance(peer, Ours):
            peer.build_posts(judged.posts)
        else:
            peer.build(judged.docs)
        return peer.name, _scores(peer, judged)
    finally:
        peer.close()


def _apart(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run in a process of its own: ours teaches jieba words, which peers share."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, *args, **kwargs).result()


def _scores(peer: Peer, judged: JudgedSet) -> Scores:
    ranks: dict[str, list[int]] = {}
    for query in judged.queries:
        found = peer.run(peer.prepare(query.query), DEPTH)
        ranks.setdefault(query.kind, []).append(rank_of(found, query.cids))
    return {kind: summarize(list_) for kind, list_ in ranks.items()}


def _sets(options: argparse.Namespace) -> list[JudgedSet]:
    sets = [own_set()] if "ours" in options.sets else []
    folder = data_folder(options.data)
    if folder is None:
        print("No folder of corpora: give --data or SEARCH_EVAL_DATA.", file=sys.stderr)
        return sets
    if "cmrc" in options.sets:
        cmrc = folder / "cmrc"
        sets.append(JudgedSet("cmrc", read_docs(cmrc), read_judged(cmrc)))
    if "cosx" in options.sets:
        cosx = read_docs(folder / "cosx")
        sets.append(JudgedSet("cosx, derived", cosx, derived_queries(cosx)))
    return sets


def _substrings(options: argparse.Namespace, folder: Path) -> str:
    corpora = data_folder(options.data)
    assert corpora is not None
    posts = tuple(map(to_post, read_docs(corpora / "cosx")))
    ours = Ours(folder / "substrings")
    ours.build_posts(posts)
    recall = substring_recall(ours, posts, options.strings)
    lines = [
        "## Substring recall: cosx\n",
        f"{recall.tried} random strings of 1 to 12 characters of titles, texts and "
        f"tags; {recall.operators} of them read as operators; "
        f"{len(recall.missed)} not found.",
        *(f"- not found: `{piece}` of post {cid}" for piece, cid in recall.missed[:20]),
    ]
    return "\n".join(lines)


def own_set() -> JudgedSet:
    """Our own queries on the sample blog."""
    settings = Settings(source=str(SAMPLE))  # type: ignore[call-arg]
    with closing(open_source(settings)) as source:
        posts = tuple(read_posts(source, settings, int(time.time())))
    docs = tuple(Doc(p.cid, p.title, p.text, p.created) for p in posts)
    return JudgedSet("ours, the sample blog", docs, read_table(), posts)


def _tables(judged: JudgedSet, results: dict[str, Scores | str]) -> str:
    kinds = list(dict.fromkeys(query.kind for query in judged.queries))
    counts = {k: sum(q.kind == k for q in judged.queries) for k in kinds}
    head = ["MRR@10 / recall@1 / recall@10", *(f"{k} ({counts[k]})" for k in kinds)]
    rows = []
    for name, scores in results.items():
        if isinstance(scores, str):
            rows.append([f"**{name}: {scores}**", *("-" for _ in kinds)])
        else:
            rows.append([name, *(_cell(scores[kind]) for kind in kinds)])
    return table(head, rows) + "\n"


def _cell(score: Score) -> str:
    parts = (score.mrr, score.recall_1, score.recall_10)
    return " / ".join(f"{part:.3f}" for part in parts)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.eval", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of corpora")
    parser.add_argument("--sets", type=_names, default=["ours", "cmrc", "cosx"])
    parser.add_argument("--peers", type=_names, default=DEFAULT)
    parser.add_argument("--strings", type=int, default=5000, help="pieces to search")
    return parser.parse_args(arguments)


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
