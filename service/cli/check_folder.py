"""Can this user keep an index here, and is the one that lies here whole?"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from service import locks
from service.cli.check import Check
from service.cli.output import size_text
from service.errors import SearchError
from service.index.generations import LOCK, Generations
from service.settings import Settings

FREE_FACTOR = 3
"""A reindex needs the old index, the new one and room to write."""
FREE_MINIMUM_BYTES = 200_000_000
SEARCHES_S = 10.0
"""So long posts are searched for; a blog of a thousand posts needs less."""
CIDS_SHOWN = 5
REINDEX = "typecho-search reindex"


def check_data_dir(chosen: Settings) -> Iterator[Check]:
    folder = chosen.data_dir.absolute()
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Check(
            "data_dir",
            "bad",
            f"this user cannot write to {existing}",
            f'sudo chown -R "$(id -un)" {existing}',
        )
        return
    if foreign := _not_ours(folder):
        yield Check(
            "data_dir",
            "bad",
            f"this user cannot use {foreign}; did another user run a command?",
            f'sudo chown -R "$(id -un)" {folder}',
        )
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    free = shutil.disk_usage(existing).free
    needed = max(FREE_MINIMUM_BYTES, FREE_FACTOR * size)
    if free < needed:
        yield Check(
            "data_dir",
            "warning",
            f"{free // 10**6} MB free on the disk of {folder}, "
            f"a reindex may need {needed // 10**6} MB",
            "make room, or move data_dir to a larger disk",
        )
    else:
        yield Check("data_dir", "good", f"{folder}, {free // 10**6} MB free")


def check_index(chosen: Settings) -> Iterator[Check]:
    from service.index.opening import open_engine
    from service.index.proving import prove

    engine = open_engine(chosen)
    now = engine.status()
    try:
        engine.fingerprints()
    except SearchError as error:
        yield Check("index", "bad", error.message, REINDEX)
        return
    if now.problem:
        said = now.problem.removesuffix(f"; run: {REINDEX}")
        yield Check("index", "bad", f"{said}; the one before answers", REINDEX)
    if now.stale_schema:
        yield Check(
            "index",
            "warning",
            "built by another version, or with other words in dictionary_file",
            f"{REINDEX} (a running writer does it by itself)",
        )
    age = max(0, int(time.time()) - now.built) // 3600
    yield Check(
        "index",
        "good",
        f"{now.generation} holds {now.posts} posts, built {age} hours ago",
    )
    if file := engine.damaged_file():
        yield Check("index", "bad", f"{file} is not what was written", REINDEX)
    proof = prove(engine, SEARCHES_S)
    for cids, what in (
        (proof.spoilt, "cannot be read back as they were written"),
        (proof.lost, "are not found by words that stand in them"),
    ):
        if cids:
            shown = " ".join(map(str, cids[:CIDS_SHOWN]))
            more = " ..." if len(cids) > CIDS_SHOWN else ""
            message = f"{len(cids)} posts {what}: {shown}{more}"
            yield Check("index", "bad", message, REINDEX)
    if not (file or proof.spoilt or proof.lost):
        yield Check(
            "index",
            "good",
            f"every file and post is whole; {proof.searched} of {proof.posts} posts "
            "were searched for and found",
        )
    yield from _orphans(engine.generations)


def _orphans(generations: Generations) -> Iterator[Check]:
    if pid := locks.holder(generations.folder / LOCK):
        yield Check("index", "good", f"process {pid} is writing it just now")
        return
    if not (orphans := generations.orphans()):
        return
    size = sum(
        file.stat().st_size
        for orphan in orphans
        for file in ((orphan, *orphan.rglob("*")) if orphan.is_dir() else (orphan,))
        if file.is_file()
    )
    yield Check(
        "index",
        "warning",
        f"{len(orphans)} left over from a command that died, {size_text(size)}: "
        f"{orphans[0].name}",
        "typecho-search sync",
    )


def _not_ours(folder: Path) -> Path | None:
    """Something in the folder that this user cannot read, or not write into."""
    for path in (folder, *folder.rglob("*")):
        needed = os.R_OK | os.W_OK | os.X_OK if path.is_dir() else os.R_OK
        if path.exists() and not os.access(path, needed):
            return path
    return None
