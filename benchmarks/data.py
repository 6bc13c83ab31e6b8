"""Which documents and judged queries are measured on?

The folder is given by `--data` or `SEARCH_EVAL_DATA` and looks like this:
`cmrc/docs.jsonl` (cid, title, text), `cmrc/queries.jsonl` (kind, query, cid),
`cosx/docs.jsonl` (besides: categories, tags, date), `make_scale.py`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from service.model import Post
from tests.relevance.judged import TABLE
from tests.relevance.judged import read_judged as table_lines

ROOT = Path(__file__).resolve().parent.parent
ENV_DATA = "SEARCH_EVAL_DATA"
DEFAULT_DATA = ROOT.parent / "shared" / "eval"


@dataclass(frozen=True, slots=True)
class Doc:
    """One post; `text` is Markdown as the author wrote it."""

    cid: int
    title: str
    text: str
    created: int = 0
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the posts of which one is wanted first."""

    kind: str
    query: str
    cids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """`docs` are what every engine gets, Markdown unless there are `posts`.

    `posts` are the same, complete: tags, comments and code that only ours can read.
    """

    name: str
    docs: tuple[Doc, ...] = field(repr=False)
    queries: tuple[Judged, ...] = field(repr=False)
    posts: tuple[Post, ...] = field(default=(), repr=False)


def data_folder(given: Path | None = None) -> Path | None:
    """The folder of corpora, or None where there is none."""
    wanted = given or Path(os.environ.get(ENV_DATA) or DEFAULT_DATA)
    return wanted if (wanted / "cosx" / "docs.jsonl").is_file() else None


def read_docs(folder: Path, limit: int | None = None) -> tuple[Doc, ...]:
    """The posts of `folder/docs.jsonl`."""
    return tuple(map(_doc, _lines(folder / "docs.jsonl", limit)))


def read_judged(folder: Path) -> tuple[Judged, ...]:
    """The queries of `folder/queries.jsonl`."""
    return tuple(
        Judged(line["kind"], line["query"], (line["cid"],))
        for line in _lines(folder / "queries.jsonl")
    )


def read_table(path: Path = TABLE) -> tuple[Judged, ...]:
    """Our own queries, those that want a post; the others are left to the tests."""
    return tuple(
        Judged(line.kind, line.query, line.wanted)
        for line in table_lines(path)
        if line.wanted
    )


def scale_docs(folder: Path, count: int, seed: int = 1) -> Iterator[Doc]:
    """`count` posts of about 2,000 characters, made of real passages."""
    command = [sys.executable, str(folder / "make_scale.py"), str(count), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as maker:
        assert maker.stdout is not None
        for line in maker.stdout:
            yield _doc(json.loads(line))
    if maker.returncode:
        raise RuntimeError(f"make_scale.py ended with {maker.returncode}")


def text_bytes(docs: Iterable[Doc]) -> int:
    """What the posts weigh as text: titles and bodies in UTF-8."""
    return sum(len(d.title.encode()) + len(d.text.encode()) for d in docs)


def _doc(line: dict[str, Any]) -> Doc:
    created = int(line.get("created") or 0)
    if not created:
        created = _seconds(line.get("date") or "")
    categories = line.get("categories") or [line.get("category")]
    return Doc(
        cid=line["cid"],
        title=line["title"],
        text=line["text"],
        # without a date (encyclopedia), the order of the file is the order of time
        created=created or 1_300_000_000 + line["cid"] * 3600,
        categories=tuple(c for c in categories if c),
        tags=tuple(line.get("tags") or ()),
    )


def _seconds(date: str) -> int:
    """Unix seconds, 0 without a date; `2017-07-15T0:10:32` is read too."""
    if not re.match(r"\d+-\d+-\d+", date):
        return 0
    numbers = [*map(int, re.findall(r"\d+", date)[:6]), 0, 0, 0]
    year, month, day, hour, minute, second = numbers[:6]
    moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    return int(moment.timestamp())


def _lines(path: Path, limit: int | None = None) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            if limit is not None and number >= limit:
                return
            yield json.loads(line)
