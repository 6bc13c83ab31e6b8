"""Where in the files of a segment do the postings of a term stand?

The reading side of `codec.py`, which says how the files are laid out: a binary search
over the mapped terms, arrays out. Also what Whoosh's own searcher and
merges ask of a terms reader.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.codec import base
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from service.index.files import Place, PlacedFile, map_file
from service.index.packing import WEIGHTED, Packed, unpack, unpack_all

MAGIC = "typecho-search postings 1"
ALIGN = 64

LAYOUT = (
    ("starts", "<u8"),
    ("ends", "<u8"),
    ("counts", "<u4"),
    ("widths", "u1"),
    ("codes", "u1"),
)
"""Per term: its place in `.pst`, where its own bytes end, how many postings, gap
width (plus 8 when weights follow) and largest weight."""

Ids = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]

_STEP = 64
"""Every so many terms one is kept in memory: 40 bytes for 64 terms, and most of a
search for a term is done where Python needs no look into the file."""
_TOGETHER = 1024  # terms whose postings are read and unpacked in one go


class FieldTerms(NamedTuple):
    """The numbers of a field's terms: `[first, last)`."""

    first: int
    last: int


class ArrayTermsReader(base.TermsReader):  # type: ignore[misc]
    """Terms and postings of one segment."""

    def __init__(self, terms: Place, postings: Place) -> None:
        self._data = map_file(terms.path)
        self._postings = PlacedFile(postings)
        start = terms.start
        line = bytes(self._data[start : self._data.find(b"\n", start) + 1])
        header = json.loads(line)
        if header.get("magic") != MAGIC:
            raise ValueError(f"not a term file of ours: {header.get('magic')!r}")
        self.count: int = header["terms"]
        position = start + len(line) + -len(line) % ALIGN
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name, dtype in LAYOUT:
            arrays[name] = np.frombuffer(self._data, dtype, self.count, position)
            size = arrays[name].nbytes
            position += size + -size % 8
        self._keys = position
        if start + terms.size != position + header["keys"]:
            raise ValueError("term file has the wrong size")
        if self._postings.size != header["postings"]:
            raise ValueError("posting file has the wrong size")
        self._starts, self._ends = arrays["starts"], arrays["ends"]
        self._counts, self._widths = arrays["counts"], arrays["widths"]
        self._codes = arrays["codes"]
        self._sampled: dict[str, list[bytes]] = {}
        firsts = [*header["fields"], (None, self.count)]
        self.fields = {
            name: FieldTerms(first, firsts[i + 1][1])
            for i, (name, first) in enumerate(header["fields"])
        }

    def term_bytes(self, number: int) -> bytes:
        start = int(self._ends[number - 1]) if number else 0
        end = int(self._ends[number])
        return bytes(self._data[self._keys + start : self._keys + end])

    def find(self, fieldname: str, term: bytes) -> int | None:
        """The number of a term, or None."""
        number = self._closest(fieldname, term)
        terms = self.fields.get(fieldname)
        if terms is None or number >= terms.last or self.term_bytes(number) != term:
            return None
        return number

    def doc_count(self, number: int) -> int:
        return int(self._counts[number])

    def postings(self, number: int) -> tuple[Ids, Codes]:
        """Document numbers, ascending, and their weight codes."""
        count, width = int(self._counts[number]), int(self._widths[number])
        size = count * (width % WEIGHTED + (width >= WEIGHTED))
        data = self._postings.get(int(self._starts[number]), size)
        return unpack(Packed(data, 0, count, width, int(self._codes[number])))

    def holding(self, fieldname: str, part: bytes) -> Iterator[Ids]:
        """The documents of the terms of a field that have `part` inside, in batches;
        a document is there as often as it has such terms."""
        numbers = self.inside(fieldname, part)
        for place in range(0, len(numbers), _TOGETHER):
            some = numbers[place : place + _TOGETHER]
            yield self._unpacked(some)[1]

    def inside(self, fieldname: str, part: bytes) -> npt.NDArray[np.int64]:
        """The numbers of the terms of a field that have `part` inside, ascending."""
        terms = self.fields.get(fieldname, FieldTerms(0, 0))
        before, last = self._end(terms.first - 1), self._end(terms.last - 1)
        ends = self._ends[terms.first : terms.last]
        keys = self._data[self._keys + before : self._keys + last]
        places: list[int] = []
        place = keys.find(part)
        while place >= 0:
            places.append(place)
            place = keys.find(part, place + 1)
        starts = np.array(places, dtype=ends.dtype) + ends.dtype.type(before)
        found = ends.searchsorted(starts, side="right")
        # not across the border of two terms
        whole = starts + ends.dtype.type(len(part)) <= ends[found]
        return np.unique(found[whole]) + terms.first

    def blob(self, fieldname: str) -> tuple[bytes, Ids]:
        """All terms of a field end to end, and where each ends."""
        first, last = self.fields.get(fieldname, FieldTerms(0, 0))
        begin, end = self._end(first - 1), self._end(last - 1)
        ends = self._ends[first:last].astype(np.int64) - begin
        return self._data[self._keys + begin : self._keys + end], ends

    def field_postings(self, fieldname: str) -> tuple[Ids, Ids, Codes]:
        """How many postings each term of a field has; all of them end to end."""
        return self._unpacked(np.arange(*self.fields.get(fieldname, FieldTerms(0, 0))))

    # Whoosh's own protocol, for its searcher and its merges

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return self.find(*term) is not None

    def indexed_field_names(self) -> list[str]:
        return list(self.fields)

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for name, (first, last) in self.fields.items():
            for number in range(first, last):
                yield name, self.term_bytes(number)

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        start = self._closest(fieldname, prefix)
        for name, (first, last) in self.fields.items():
            if name >= fieldname:
                for number in range(max(first, start), last):
                    yield name, self.term_bytes(number)

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms())

    def items_from(
        self, fieldname: str, prefix: bytes
    ) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        terms = self.terms_from(fieldname, prefix)
        return ((term, self.term_info(*term)) for term in terms)

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        number = self.find(fieldname, text)
        if number is None:
            raise TermNotFound(f"no term {fieldname}:{text!r}")
        ids, codes = self.postings(number)
        return TermInfo(
            weight=float(codes.sum()),
            df=len(ids),
            maxweight=float(codes.max()),
            minlength=0,  # lengths are ours alone; Whoosh only wants numbers
            maxlength=0,
            minid=int(ids[0]),
            maxid=int(ids[-1]),
        )

    def matcher(
        self, fieldname: str, text: bytes, format_: Any, scorer: Any = None
    ) -> ListMatcher:
        info = self.term_info(fieldname, text)
        number = self.find(fieldname, text)
        assert number is not None
        ids, codes = self.postings(number)
        weights = codes.astype(float).tolist()
        values = [b""] * len(ids)
        return ListMatcher(
            ids.tolist(), weights, values, format_, scorer, 0, None,
            (fieldname, text), info,
        )  # fmt: skip

    def close(self) -> None:
        """Nothing to do: arrays may outlive us, and the map goes with the last."""

    def _unpacked(self, numbers: Ids) -> tuple[Ids, Ids, Codes]:
        """How many postings each of these terms has; all of them end to end."""
        starts = self._starts[numbers].astype(np.int64)
        counts = self._counts[numbers].astype(np.int64)
        marks, codes = self._widths[numbers], self._codes[numbers]
        sizes = counts * (marks % WEIGHTED + (marks >= WEIGHTED))
        data, places = self._postings.gather(starts, starts + sizes)
        return counts, *unpack_all(data, places, counts, marks, codes)

    def _end(self, number: int) -> int:
        """Where a term ends within the terms' bytes; 0 for the one before the first."""
        return int(self._ends[number]) if number >= 0 else 0

    def _closest(self, fieldname: str, term: bytes) -> int:
        """The number of the first term of the field that is not below `term`."""
        terms = self.fields.get(fieldname)
        if terms is None:
            return self.count
        sampled = self._sampled.get(fieldname)
        if sampled is None:
            sampled = [self.term_bytes(n) for n in range(*terms, _STEP)]
            self._sampled[fieldname] = sampled
        block = bisect.bisect_right(sampled, term)
        low = terms.first + max(block - 1, 0) * _STEP
        high = min(terms.first + block * _STEP, terms.last)
        while low < high:
            middle = (low + high) // 2
            if self.term_bytes(middle) < term:
                low = middle + 1
            else:
                high = middle
        return low
