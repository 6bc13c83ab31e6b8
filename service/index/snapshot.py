"""What does a reader see of one generation at one moment?

Segments opened read-only and memory-mapped; documents numbered through all of
them; deleted ones left out. A snapshot never changes: after an update another one is
opened. Decoded postings are kept, the least recently used go first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.filedb.filestore import FileStorage
from whoosh.index import _DEF_INDEX_NAME as INDEX_NAME
from whoosh.index import TOC

from service.index import packer
from service.index.cache import Cache
from service.index.document import read_post
from service.index.packer import Packer
from service.index.schema import META, UNIT, whoosh_schema
from service.index.segment import Segment, open_segment
from service.index.term_file import Codes, Ids
from service.model import Post

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_TOC = TOC._pattern(INDEX_NAME)

FINDINGS = 4
"""One part in so many of the cache is for other things than posting lists."""

K1, B = 1.2, 0.6
"""BM25's saturation and length normalisation: docs/search.md, "k1 and b"."""


class Snapshot:
    """Documents and postings; every id is a document number of this snapshot."""

    def __init__(
        self,
        folder: Path,
        generation: str,
        cache_bytes: int,
        before: Snapshot | None = None,
    ) -> None:
        """`before` is one of the same generation whose open files may be used."""
        self.generation = generation
        self.folder = folder
        storage, schema = FileStorage(str(folder), readonly=True), whoosh_schema()
        toc = TOC.read(storage, INDEX_NAME, schema=schema)
        self.toc_generation: int = toc.generation
        self.packer: Packer = before.packer if before else packer.read(folder)
        known = {s.name: s for s in before._segments} if before else {}
        live: list[Mask] = []
        self._segments: list[Segment] = []
        base = 0
        for segment in toc.segments:
            opened = known.get(segment.segment_id())
            if opened is None:
                opened = open_segment(storage, segment, base)
            kept = np.ones(opened.count, dtype=np.bool_)
            kept[list(segment.deleted_docs())] = False
            live.append(kept)
            self._segments.append(replace(opened, base=base))
            base += opened.count
        self.size = base
        # as mere bytes: numpy would copy field by field
        rows = [segment.meta.view(f"V{META.itemsize}") for segment in self._segments]
        self.meta = np.concatenate(rows).view(META) if rows else np.zeros(0, META)
        self.cids: Ids = self.meta["cid"].astype(np.int64)
        self.live: Mask = np.concatenate(live) if live else np.zeros(0, np.bool_)
        self.count = int(self.live.sum())
        self.complete = self.count == self.size
        lengths = self.meta["length"].astype(np.float64)
        average = float(lengths[self.live].mean()) if self.count else 1.0
        # in the unit of the weight codes, so that these need no conversion
        self._norms: Floats = UNIT * K1 * (1 - B + B * lengths / max(average, 1e-9))
        # No blog has 2 ** 31 posts, few have 2 ** 16.
        self._id_type = np.dtype(np.uint16 if self.size <= 1 << 16 else np.int32)
        # Apart, so that long lists, soon read again, do not drive out what took long.
        self._findings = Cache(cache_bytes // FINDINGS)
        self._lists = Cache(cache_bytes - cache_bytes // FINDINGS)
        self.titles: dict[int, str] = {}
        """Squeezed titles that were looked at; small, so none is dropped."""

    @property
    def segments(self) -> int:
        return len(self._segments)

    def segment_sizes(self) -> list[int]:
        return [segment.count for segment in self._segments]

    def segment(self, number: int) -> Segment:
        return self._segments[number]

    def place(self, doc: int) -> tuple[int, int]:
        """The number of the segment that a document is in, and its number there."""
        for number, segment in enumerate(self._segments):
            if doc < segment.base + segment.count:
                return number, doc - segment.base
        raise IndexError(doc)

    def postings(self, field: str, term: bytes) -> tuple[Ids, Codes]:
        """Live documents with `term`, ascending, and its weight codes."""
        ids: list[Ids] = []
        codes: list[Codes] = []
        for segment in self._segments:
            number = segment.terms.find(field, term)
            if number is not None:
                found, weights = segment.terms.postings(number)
                ids.append(found + segment.base if segment.base else found)
                codes.append(weights)
        if not ids:
            return np.zeros(0, np.int64), np.zeros(0, np.uint8)
        return self._only_live(_join(ids), _join(codes))

    def listed(self, field: str, term: bytes) -> tuple[Ids, Codes]:
        """`postings` in as few bytes as they fit, kept in memory."""

        def load() -> tuple[Ids, Codes]:
            ids, codes = self.postings(field, term)
            return ids.astype(self._id_type), np.array(codes)  # not the file's bytes

        found: tuple[Ids, Codes] = self._lists.get((field, term), load)
        return found

    def saturated(self, ids: Ids, codes: Floats) -> Floats:
        """What BM25 makes of weight codes in these documents, without idf."""
        weights = self._norms.take(ids)
        weights += codes
        np.divide(codes, weights, out=weights)
        weights *= K1 + 1
        return weights

    def holding(self, part: bytes, field: str) -> Ids:
        """Live documents with a word that has `part` inside, ascending."""

        def load() -> tuple[Ids]:
            mask = np.zeros(self.size, dtype=np.bool_)
            for segment in self._segments:
                for ids in segment.terms.holding(field, part):
                    mask[ids + segment.base] = True
            return (np.flatnonzero(mask & self.live).astype(self._id_type),)

        ids: Ids = self.cached(("in", field, part), load)[0]
        return ids

    def names(self, field: str) -> list[tuple[str, Ids]]:
        """Every category or tag with its live documents."""

        def load() -> list[tuple[str, Ids]]:
            terms = {
                segment.terms.term_bytes(number)
                for segment in self._segments
                for number in range(*segment.terms.fields.get(field, (0, 0)))
            }
            pairs = ((t.decode(), self.postings(field, t)[0]) for t in sorted(terms))
            return [(name, ids) for name, ids in pairs if len(ids)]

        found: list[tuple[str, Ids]] = self.cached(("names", field), load)
        return found

    def words(self, after_first: bool = False) -> Iterator[tuple[str, int]]:
        """Every word with the number of documents that have it, segment by segment.

        The first segment is the large one of the last rebuild.
        """
        for segment in self._segments[int(after_first) :]:
            first, last = segment.terms.fields.get("words", (0, 0))
            for number in range(first, last):
                word = segment.terms.term_bytes(number).decode()
                yield word, segment.terms.doc_count(number)

    def document(self, cid: int) -> int | None:
        """The document number of a post."""
        found = np.flatnonzero((self.cids == cid) & self.live)
        return int(found[-1]) if len(found) else None

    def post(self, doc: int) -> Post:
        number, local = self.place(doc)
        segment = self._segments[number]
        body = self.packer.unpack(segment.bodies[local])
        return read_post(self.meta[doc], segment.heads[local], body)

    def head(self, doc: int) -> bytes:
        number, local = self.place(doc)
        data: bytes = self._segments[number].heads[local]
        return data

    def flat(self, doc: int) -> bytes:
        """All visible text, squeezed, in `schema.FLAT_CODING`."""
        number, local = self.place(doc)
        data: bytes = self._segments[number].flats[local]
        return data

    def flats(self, docs: list[int]) -> Iterator[bytes]:
        """`flat` of each of `docs`."""
        if len(self._segments) == 1:
            return map(self._segments[0].flats.__getitem__, docs)
        return map(self.flat, docs)

    def cached(self, key: Any, load: Callable[[], Any]) -> Any:
        """What `load` returns, kept in memory: what took long to find out."""
        return self._findings.get(key, load)

    def _only_live(self, ids: Ids, codes: Codes) -> tuple[Ids, Codes]:
        if self.complete:
            return ids, codes
        kept = self.live[ids]
        return ids[kept], codes[kept]


def commits(folder: Path) -> tuple[str, ...]:
    """The names of the tables of contents in a folder: a new one with every commit."""
    return tuple(sorted(name for name in os.listdir(folder) if _TOC.match(name)))


def _join(arrays: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
