"""How do postings lie on disk, so that numpy reads them without unpacking?

A Whoosh codec of our own, through Whoosh's public seam (`whoosh.codec.base`): the
documents stay as Whoosh's own codec writes them, terms and postings become arrays.
Whoosh's blocks of pickled tuples cost about 100 bytes a rare term and a Python loop
a posting; these cost 18 bytes a term and nothing a posting, and everything that
speaks Whoosh (delete, merge, its own searcher) goes on working.

`.pst`: for each term its document numbers as gaps of 1, 2 or 4 bytes, then one
weight byte a posting, left out where all are equal.
`.trm`: a JSON line, padded, then the arrays of `LAYOUT` for all terms in order of
(field, term), then the terms' bytes. `term_file.py` reads both.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.codec import base
from whoosh.codec.whoosh3 import W3Codec

from service.index.files import SegmentFiles
from service.index.packing import pack
from service.index.term_file import ALIGN, LAYOUT, MAGIC, ArrayTermsReader, Codes, Ids

_FLUSH = 1 << 16  # postings held back before they are packed, 9 bytes each


class ArrayCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec with postings as arrays."""

    length_stats = False

    def field_writer(self, storage: Any, segment: Any) -> ArrayFieldWriter:
        return ArrayFieldWriter(self, storage, segment)

    def terms_reader(self, storage: Any, segment: Any) -> ArrayTermsReader:
        files = SegmentFiles(storage, segment)
        terms, postings = map(segment.make_filename, (self.TERMS_EXT, self.POSTS_EXT))
        return ArrayTermsReader(files.place(terms), files.place(postings))


class ArrayFieldWriter(base.FieldWriter):  # type: ignore[misc]
    """Takes terms in order of (field, term), one by one or as sorted arrays."""

    def __init__(self, codec: ArrayCodec, storage: Any, segment: Any) -> None:
        self._terms = segment.create_file(storage, codec.TERMS_EXT)
        self._postings = segment.create_file(storage, codec.POSTS_EXT)
        self._size = self._key_bytes = 0
        self._fields: list[tuple[str, int]] = []
        self._columns: dict[str, list[npt.NDArray[Any]]] = {n: [] for n, _ in LAYOUT}
        self._keys: list[bytes] = []
        self._one: tuple[bytes, list[int], list[int]] = (b"", [], [])
        self._taken = 0  # terms, packed or not
        self._pending: list[tuple[list[bytes], Ids, Ids, Codes]] = []
        self._pending_postings = 0
        self.is_closed = False

    def start_field(self, fieldname: str, fieldobj: Any) -> None:
        self._fields.append((fieldname, self._taken))

    def start_term(self, text: bytes) -> None:
        self._one = (text, [], [])

    def add(self, docnum: int, weight: float, vbytes: bytes, length: Any) -> None:
        _, docs, codes = self._one
        docs.append(docnum)
        codes.append(int(weight))

    def finish_term(self) -> None:
        text, docs, codes = self._one
        counts, ids = np.array([len(docs)]), np.array(docs, dtype=np.int64)
        self.add_terms([text], counts, ids, np.array(codes, dtype=np.uint8))

    def add_terms(
        self, terms: list[bytes], counts: Ids, docs: Ids, codes: Codes
    ) -> None:
        """Many terms at once: `counts[i]` postings of `docs` and `codes` belong to
        `terms[i]`; terms ascend, and documents within a term."""
        self._pending.append((terms, counts, docs, codes))
        self._taken += len(terms)
        self._pending_postings += len(docs)
        if self._pending_postings >= _FLUSH:
            self._flush()

    def close(self) -> None:
        self._flush()
        header = {
            "magic": MAGIC,
            "terms": self._taken,
            "fields": self._fields,
            "keys": self._key_bytes,
            "postings": self._size,
        }
        line = json.dumps(header).encode() + b"\n"
        self._terms.write(line + b" " * (-len(line) % ALIGN))
        for name, dtype in LAYOUT:
            parts = self._columns[name] or [np.zeros(0, dtype)]
            data = np.concatenate(parts).astype(dtype).tobytes()
            self._terms.write(data + b"\0" * (-len(data) % 8))
        self._terms.write(b"".join(self._keys))
        self._terms.close()
        self._postings.close()
        self.is_closed = True

    def _flush(self) -> None:
        """Pack what is pending, of whatever fields: a call for each would take longer
        than all that a small segment holds."""
        if not self._pending:
            return
        terms = [term for some, *_ in self._pending for term in some]
        _, counts, docs, codes = zip(*self._pending, strict=True)
        counted = np.concatenate(counts)
        packed = pack(counted, np.concatenate(docs), np.concatenate(codes))
        self._pending, self._pending_postings = [], 0
        self._postings.write(packed.data)
        ends = np.cumsum(np.fromiter(map(len, terms), np.int64, len(terms)))
        columns = {
            "starts": packed.starts + self._size,
            "ends": ends + self._key_bytes,
            "counts": counted,
            "widths": packed.widths,
            "codes": packed.codes,
        }
        for name, dtype in LAYOUT:
            self._columns[name].append(np.asarray(columns[name]).astype(dtype))
        self._keys.append(b"".join(terms))
        self._key_bytes += len(self._keys[-1])
        self._size += len(packed.data)
