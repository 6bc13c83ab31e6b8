"""Xapian with jieba words; OR; BM25, title and body as one text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xapian  # type: ignore[import-untyped]

from benchmarks.data import Doc
from benchmarks.peers import Mode
from benchmarks.tokens import search_text, search_words

TERM_MAX = 240  # bytes; Xapian refuses longer terms than 245


class Xapian:
    name = "Xapian, jieba words"

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "xapian")
        self.reader: Any = None

    def build(self, docs: Sequence[Doc]) -> None:
        writer = xapian.WritableDatabase(self.path, xapian.DB_CREATE_OR_OVERWRITE)
        for doc in docs:
            document = xapian.Document()
            words = f"{search_text(doc.title)} {search_text(doc.text)}".split()
            for position, word in enumerate(words, 1):
                document.add_posting(_term(word), position)
            writer.replace_document(doc.cid, document)
        writer.commit()
        writer.close()
        self.reader = xapian.Database(self.path)

    def prepare(self, text: str, mode: Mode = "words") -> Any:
        terms = [_term(word) for word in search_words(text)]
        if mode == "phrase":
            return xapian.Query(xapian.Query.OP_PHRASE, terms)
        return xapian.Query(xapian.Query.OP_OR, list(dict.fromkeys(terms)))

    def run(self, prepared: Any, limit: int, offset: int = 0) -> list[int]:
        enquire = xapian.Enquire(self.reader)
        enquire.set_query(prepared)
        return [match.docid for match in enquire.get_mset(offset, limit)]

    def close(self) -> None:
        if self.reader is not None:
            self.reader.close()


def _term(word: str) -> bytes:
    return word.encode()[:TERM_MAX]
