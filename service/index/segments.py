"""How is a difference applied to the current generation, all or nothing?

Through Whoosh's own writer: changed posts become a small segment, old versions are
marked as deleted, and one rename of Whoosh's table of contents shows all of it at
once. Segments are kept few: four of about the same size become one (a tiered merge,
as in Lucene), written again from the stored posts; the large segment of the last
rebuild is left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import _DEF_INDEX_NAME as INDEX_NAME
from whoosh.index import FileIndex
from whoosh.writing import SegmentWriter

from service.index import generations, integrity
from service.index.codec import ArrayCodec
from service.index.document import Document, to_document
from service.index.snapshot import Snapshot
from service.model import Post
from service.text import grams
from service.text.analyzer import Analyzer

TIER = 4
"""So many segments of one tier become one; tier n holds up to `TIER ** n` documents."""

_UNCHECKED = (generations.MANIFEST, f"{INDEX_NAME}_WRITELOCK")
_LARGEST_MERGED = 256  # documents; a segment of more is never written again


def apply(
    snapshot: Snapshot, changed: dict[int, Post], removed: set[int], analyzer: Analyzer
) -> None:
    """Replace `changed` and delete `removed` in the index that `snapshot` shows."""
    posts = dict(changed)
    merged = _to_merge(snapshot.segment_sizes(), len(posts))
    for doc in snapshot.live_docs(merged):
        cid = int(snapshot.meta["cid"][doc])
        if cid not in removed and cid not in posts:
            posts[cid] = snapshot.post(doc)

    index = FileIndex(_CommitStorage(str(snapshot.folder)))
    writer = SegmentWriter(index, codec=ArrayCodec(), compound=False)
    try:
        for cid in posts.keys() | removed:
            if (doc_number := snapshot.document(cid)) is not None:
                writer.delete_document(doc_number)
        for post in posts.values():
            writer.add_document(**_fields(to_document(post, analyzer, snapshot.packer)))
    except BaseException:
        writer.cancel()
        raise
    writer.commit(mergetype=_drop_empty)


class _CommitStorage(FileStorage):  # type: ignore[misc]
    """Whoosh commits by renaming its table of contents, and nothing else is renamed.

    Before that everything it names is on disk, and its sums are in the manifest.
    """

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        folder = Path(self.folder)
        manifest = generations.read_manifest(folder)
        recorded: integrity.Sums = {}
        for file in folder.iterdir():
            if not file.is_file() or file.name.startswith("."):
                continue
            name = newname if file.name == oldname else file.name
            if name in manifest["files"]:
                recorded[name] = manifest["files"][name]
            elif name not in _UNCHECKED:
                generations.sync(file)
                recorded[name] = integrity.sums([file])[file.name]
        generations.write_manifest(folder, {**manifest, "files": recorded})
        super().rename_file(oldname, newname, safe)
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


def _fields(document: Document) -> dict[str, Any]:
    keys = (grams.key_text(key).encode() for key in document.gram_keys.tolist())
    return {
        "meta": document.meta,
        "head": document.head,
        "body": document.body,
        "flat": document.flat,
        "words": document.words,
        "grams": dict(zip(keys, document.gram_codes.tolist(), strict=True)),
        "category": {name.encode(): 1 for name in document.categories},
        "tag": {name.encode(): 1 for name in document.tags},
    }


def _drop_empty(_: Any, segments: list[Any]) -> list[Any]:
    """Whoosh's merge hook: the segments that stay."""
    return [s for s in segments if s.doc_count_all() > s.deleted_count()]
