"""Which fields does a document have, and how is each indexed?

`BOOSTS` is the one table of weights: a term counts `boost` times for each time it
stands in a zone, and these counts are added up before BM25 saturates them (simple
BM25F: Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted
fields", CIKM 2004). They are added when indexing, so a query reads one posting list
a term instead of eight. Changing anything here changes `VERSION`'s digest, and
every index built before says so and is rebuilt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from whoosh import columns, fields, formats

from service.model import Post

VERSION = 4

BOOSTS: Mapping[str, float] = {
    "title": 2.0,
    "tags": 1.5,
    "categories": 1.0,
    "headings": 1.5,
    "body": 1.0,
    "formulas": 1.0,
    "code": 0.5,
    "comments": 0.25,
}
"""Justified on judged queries: docs/search.md, "The boosts"."""

UNIT = 4
"""Weights are stored as quarters in one byte: 1 to 255."""

FLAT_CODING = "utf-16-le"
"""How the column `flat` is coded: two bytes for nearly every character, so that a
string can be looked for without decoding."""

WORDS, GRAMS, CATEGORY, TAG = "words", "grams", "category", "tag"

META = np.dtype(
    [
        ("cid", "<i8"),
        ("created", "<i8"),
        ("fingerprint", "V16"),
        ("length", "<f4"),
        ("year", "<i2"),
        ("page", "u1"),
        ("spare", "u1"),
    ]
)
"""One row a document; `length` is the sum of its word weights."""


class Weights(fields.FieldType):  # type: ignore[misc]
    """An indexed field whose value is a mapping from term to weight code."""

    def __init__(self) -> None:
        super().__init__(format=formats.Frequency(), analyzer=None)

    def index(
        self, value: Mapping[bytes, int], **_: Any
    ) -> Iterator[tuple[bytes, int, int, bytes]]:
        for term, code in value.items():
            yield term, 1, code, b""

    def to_bytes(self, value: str | bytes) -> bytes:
        return value if isinstance(value, bytes) else value.encode("utf-8")

    def from_bytes(self, data: bytes) -> bytes:
        return data


def whoosh_schema() -> fields.Schema:
    """`meta`, `head`, `body` and `flat` are columns: a hit's row, its line, its text
    as a reader sees it, and all its visible text squeezed, to look for strings in."""
    return fields.Schema(
        words=Weights(),
        grams=Weights(),
        category=Weights(),
        tag=Weights(),
        meta=fields.COLUMN(columns.FixedBytesColumn(META.itemsize)),
        head=fields.COLUMN(columns.VarBytesColumn()),
        body=fields.COLUMN(columns.VarBytesColumn()),
        flat=fields.COLUMN(columns.VarBytesColumn()),
    )


def digest(hmm: bool) -> str:
    """What an index depends on besides its posts and its words."""
    parts = [VERSION, UNIT, hmm, dict(BOOSTS), META.descr]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def fingerprint(post: Post) -> str:
    """32 hex digits over every field of a post: equal means nothing to do."""
    content = json.dumps(
        [
            post.cid,
            post.type,
            post.title,
            post.text,
            post.url,
            post.created,
            post.year,
            post.author,
            post.categories,
            post.tags,
            [(s.kind, s.start, s.end, s.level, s.anchor) for s in post.segments],
            [(c.coid, c.author, c.text, c.created) for c in post.comments],
        ],
        ensure_ascii=False,
    )
    data = content.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).hexdigest()
