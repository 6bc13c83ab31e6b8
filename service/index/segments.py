"""How is a difference applied to the current generation, all or nothing?

Changed posts become a small segment, old versions are marked as deleted, and one
rename of Whoosh's table of contents shows all of it at once. Segments are kept few:
four of about the same size become one (a tiered merge, as in Lucene), copied from
what lies on disk; the large segment of the last rebuild is left alone.

A small segment is one file (Whoosh's compound segment), made in memory: seven would
have to reach the disk one after the other before the table of contents names them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.filestore import FileStorage, RamStorage
from whoosh.index import _DEF_INDEX_NAME as INDEX_NAME
from whoosh.index import TOC, clean_files

from service.index import generations, integrity
from service.index.document import to_document
from service.index.new_segment import NewSegment
from service.index.schema import whoosh_schema
from service.index.snapshot import Snapshot
from service.model import Post
from service.text.analyzer import Analyzer

TIER = 4
"""So many segments of one tier become one; tier n holds up to `TIER ** n` documents."""

_HALF_WRITTEN = re.compile(rf"_{INDEX_NAME}_[0-9]+\.toc\..+")
_LARGEST_MERGED = 256  # documents; a segment of more is never written again


def apply(
    snapshot: Snapshot, changed: dict[int, Post], removed: set[int], analyzer: Analyzer
) -> None:
    """Replace `changed` and delete `removed` in the index that `snapshot` shows."""
    storage, schema = _CommitStorage(str(snapshot.folder)), whoosh_schema()
    toc = TOC.read(storage, INDEX_NAME, schema=schema)
    live = snapshot.live.copy()
    for cid in changed.keys() | removed:
        if (doc := snapshot.document(cid)) is not None:
            live[doc] = False
            number, local = snapshot.place(doc)
            toc.segments[number].delete_document(local)
    merged = _to_merge(snapshot.segment_sizes(), len(changed))
    _refuse_damaged(snapshot, merged)

    made = RamStorage()
    new = NewSegment(made, snapshot.folder)
    for number in sorted(merged):
        segment = snapshot.segment(number)
        kept = live[segment.base : segment.base + segment.count]
        new.copy(segment, np.flatnonzero(kept))
    for post in changed.values():
        new.add(to_document(post, analyzer, snapshot.packer))
    left = [s for n, s in enumerate(toc.segments) if n not in merged]
    segments = [s for s in left if s.doc_count_all() > s.deleted_count()]
    try:
        if new.count:
            segments.append(_as_one_file(new.finish(), made, storage))
        TOC(schema, segments, toc.generation + 1).write(storage, INDEX_NAME)
    except BaseException:
        if not storage.committed:
            _clear(storage, toc.generation, toc.segments)
        raise
    _clear(storage, toc.generation + 1, segments)


def _refuse_damaged(snapshot: Snapshot, numbers: set[int]) -> None:
    """Raise ValueError if a file of these segments is not what was written: what is
    copied gets new sums, and nobody would notice any more."""
    if numbers:
        names = tuple(f"{snapshot.segment(number).name}." for number in numbers)
        files = generations.read_manifest(snapshot.folder)["files"]
        ours = {name: sums for name, sums in files.items() if name.startswith(names)}
        if file := integrity.damaged(snapshot.folder, ours, thorough=True):
            raise ValueError(f"{file} is damaged")


def _as_one_file(segment: Any, made: RamStorage, storage: FileStorage) -> Any:
    file = segment.create_file(storage, segment.COMPOUND_EXT)
    CompoundStorage.assemble(file, made, sorted(made.list()))
    segment.compound = True
    return segment


def _clear(storage: FileStorage, generation: int, segments: list[Any]) -> None:
    """Remove what does not belong to this table of contents: what was merged away,
    and what a commit that failed or died has left."""
    clean_files(storage, INDEX_NAME, generation, segments)
    for name in storage.list():
        if _HALF_WRITTEN.match(name):
            storage.delete_file(name)


class _CommitStorage(FileStorage):  # type: ignore[misc]
    """Whoosh commits by renaming its table of contents, and nothing else is renamed.

    Before that everything it names is on disk, and its sums are in the manifest.
    """

    committed = False

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        folder = Path(self.folder)
        manifest = generations.read_manifest(folder)
        known, recorded = manifest["files"], {}
        for file in os.scandir(folder):
            if not file.is_file() or file.name.startswith("."):
                continue
            if file.name in known:
                recorded[file.name] = known[file.name]
            elif file.name != generations.MANIFEST:
                path = Path(file.path)
                generations.sync(path)
                # The new name may stand there from a commit that died before this line.
                name = newname if file.name == oldname else file.name
                recorded[name] = integrity.sums([path])[file.name]
        generations.write_manifest(folder, {**manifest, "files": recorded})
        super().rename_file(oldname, newname, safe)
        self.committed = True
        generations.sync(folder)


def _to_merge(sizes: list[int], added: int) -> set[int]:
    """The numbers of the segments that join the new one of `added` documents."""
    merged: set[int] = set()
    total = added
    while True:
        tier = _tier(total)
        peers = {
            number
            for number, size in enumerate(sizes)
            if number not in merged and size <= _LARGEST_MERGED and _tier(size) <= tier
        }
        if len(peers) < TIER - 1:
            return merged
        merged |= peers
        total += sum(sizes[number] for number in peers)


def _tier(size: int) -> int:
    tier = 1
    while TIER**tier < size:
        tier += 1
    return tier
