"""In which order do the postings of a new segment lie, whatever they come from?

By field, term and document. They come document by document, or from the arrays of an
older segment, and are sorted in the end: words by numbers that are given as they
come, pieces by their own keys, the few names of categories and tags as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from service.index.codec import ArrayFieldWriter
from service.index.document import Document
from service.index.schema import CATEGORY, GRAMS, TAG, WORDS
from service.index.spool import Spool
from service.index.term_file import ArrayTermsReader, Ids
from service.text import grams


class Postings:
    """The postings of all documents, field by field."""

    def __init__(self, folder: Path) -> None:
        self._words = Spool(folder)
        self._grams = Spool(folder)
        self._numbers: dict[bytes, int] = {}
        self._names: dict[str, dict[bytes, list[int]]] = {CATEGORY: {}, TAG: {}}

    def add(self, number: int, document: Document) -> None:
        keys = self._word_keys(document.words)
        codes = np.fromiter(document.words.values(), np.uint8, len(keys))
        self._words.append(keys, number, codes)
        self._grams.append(document.gram_keys, number, document.gram_codes)
        for field, names in ((CATEGORY, document.categories), (TAG, document.tags)):
            for name in dict.fromkeys(names):
                self._names[field].setdefault(name.encode(), []).append(number)

    def copy(self, terms: ArrayTermsReader, numbers: Ids) -> None:
        """All postings of a segment; `numbers[old]` is a document's number here, -1
        if it is left out."""
        for field in (GRAMS, WORDS):
            counts, docs, codes = terms.field_postings(field)
            docs = numbers[docs]
            kept = docs >= 0
            texts, ends = terms.blob(field)
            if field == GRAMS:
                keys = grams.text_keys(texts, ends)
            else:
                keys = self._word_keys(_parted(texts, ends))
            spool = self._grams if field == GRAMS else self._words
            spool.append(np.repeat(keys, counts)[kept], docs[kept], codes[kept])
        for field in (CATEGORY, TAG):
            counts, docs, _ = terms.field_postings(field)
            found = np.split(numbers[docs], np.cumsum(counts))
            texts, ends = terms.blob(field)
            for name, ids in zip(_parted(texts, ends), found, strict=False):
                if kept_ids := ids[ids >= 0].tolist():
                    self._names[field].setdefault(name, []).extend(kept_ids)

    def write(self, writer: ArrayFieldWriter, schema: Any) -> None:
        """Fields in alphabetical order, as Whoosh's merges expect them."""
        self._write_names(writer, schema, CATEGORY)
        writer.start_field(GRAMS, schema[GRAMS])
        for run in self._grams.runs():
            terms = grams.key_texts(run.keys)
            writer.add_terms(terms, run.counts, run.docs, run.codes)
        writer.finish_field()
        self._write_names(writer, schema, TAG)
        writer.start_field(WORDS, schema[WORDS])
        words = list(self._numbers)
        order = sorted(range(len(words)), key=words.__getitem__)
        ranks = np.empty(len(words), dtype=np.uint64)
        ranks[order] = np.arange(len(words), dtype=np.uint64)
        ordered = [words[number] for number in order]
        self._numbers.clear()
        del words, order
        for run in self._words.runs(ranks):
            terms = [ordered[key] for key in run.keys.tolist()]
            writer.add_terms(terms, run.counts, run.docs, run.codes)
        writer.finish_field()

    def _write_names(self, writer: ArrayFieldWriter, schema: Any, field: str) -> None:
        writer.start_field(field, schema[field])
        names = sorted(self._names[field])
        ids = [self._names[field][name] for name in names]
        docs = np.array([doc for some in ids for doc in some], dtype=np.int64)
        counts = np.array([len(some) for some in ids], dtype=np.int64)
        writer.add_terms(names, counts, docs, np.ones(len(docs), dtype=np.uint8))
        writer.finish_field()

    def _word_keys(self, words: Iterable[bytes]) -> grams.Keys:
        numbers = self._numbers
        keys = [numbers.setdefault(word, len(numbers)) for word in words]
        return np.array(keys, dtype=np.uint64)


def _parted(texts: bytes, ends: Ids) -> list[bytes]:
    """The texts that stand end to end, each for itself."""
    places = ends.tolist()
    return [texts[a:b] for a, b in zip([0, *places], places, strict=False)]
