"""What does a reader hold open of one segment?

Its files never change: a snapshot takes over the segments that the one before it
had, and opens only what is new. What is deleted from a segment stands in Whoosh's
table of contents, and is the snapshot's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh import columns

from service.index.codec import ArrayCodec
from service.index.files import Place, PlacedFile, SegmentFiles
from service.index.schema import META
from service.index.term_file import ArrayTermsReader


@dataclass(frozen=True, slots=True)
class Segment:
    """`base` is the snapshot's number of its first document."""

    name: str
    base: int
    count: int
    meta: npt.NDArray[Any]
    terms: ArrayTermsReader
    heads: Any
    bodies: Any
    flats: Any


def open_segment(storage: Any, segment: Any, base: int) -> Segment:
    """Whoosh's `segment` in `storage`. Raises OSError or ValueError for bad files."""
    codec, files = ArrayCodec(), SegmentFiles(storage, segment)
    count = segment.doc_count_all()
    place = files.place(codec.column_filename(segment, "meta"))
    if place.size != count * META.itemsize:
        raise ValueError(f"{place.size / META.itemsize:g} rows for {count} documents")
    heads, bodies, flats = (
        _column(files.place(codec.column_filename(segment, name)), count)
        for name in ("head", "body", "flat")
    )
    return Segment(
        name=segment.segment_id(),
        base=base,
        count=count,
        meta=np.fromfile(place.path, META, count, offset=place.start),
        terms=codec.terms_reader(storage, segment),
        heads=heads,
        bodies=bodies,
        flats=flats,
    )


def _column(place: Place, count: int) -> Any:
    """A reader of the texts of all documents of a segment, `[local number]`."""
    return columns.VarBytesColumn().reader(PlacedFile(place), 0, place.size, count)
