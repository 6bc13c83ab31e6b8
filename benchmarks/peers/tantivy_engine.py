"""tantivy by its Python package: jieba words or bigrams; OR over title and body."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import tantivy
from tantivy import Occur, Query

from benchmarks.data import Doc
from benchmarks.peers import Mode
from benchmarks.tokens import bigrams, search_text, search_words

FIELDS = ("title", "body")


class Tantivy:
    def __init__(self, folder: Path, cut: Literal["words", "bigrams"]) -> None:
        self.words = cut == "words"
        self.cut = search_words if self.words else bigrams
        self.name = "tantivy, " + ("jieba words" if self.words else "bigrams")
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("cid", stored=True, indexed=True, fast=True)
        for field in FIELDS:
            builder.add_text_field(field, tokenizer_name="whitespace")
        self.schema = builder.build()
        path = folder / f"tantivy-{cut}"
        path.mkdir(exist_ok=True)
        self.index = tantivy.Index(self.schema, path=str(path), reuse=False)
        self.searcher: Any = None

    def build(self, docs: Sequence[Doc]) -> None:
        writer = self.index.writer(128_000_000, 1)
        for doc in docs:
            writer.add_document(self._document(doc))
        writer.commit()
        writer.wait_merging_threads()
        self._reopen()

    def replace(self, doc: Doc) -> None:
        """One changed post: committed and visible when this returns."""
        writer = self.index.writer(15_000_000, 1)
        writer.delete_documents_by_term("cid", doc.cid)
        writer.add_document(self._document(doc))
        writer.commit()
        self._reopen()

    def prepare(self, text: str, mode: Mode = "words") -> Any:
        tokens = self.cut(text)
        if mode == "phrase" and len(tokens) > 1:
            parts = [Query.phrase_query(self.schema, f, list(tokens)) for f in FIELDS]
        else:
            parts = [
                Query.term_query(self.schema, field, token)
                for token in dict.fromkeys(tokens)
                for field in FIELDS
            ]
        return Query.boolean_query([(Occur.Should, part) for part in parts])

    def run(self, prepared: Any, limit: int, offset: int = 0) -> list[int]:
        found = self.searcher.search(prepared, limit, offset=offset).hits
        return [self.searcher.doc(address)["cid"][0] for _, address in found]

    def close(self) -> None:
        self.searcher = None

    def _document(self, doc: Doc) -> Any:
        return tantivy.Document(
            cid=doc.cid,
            title=self._stored(doc.title),
            body=self._stored(doc.text),
        )

    def _stored(self, text: str) -> str:
        return search_text(text) if self.words else " ".join(bigrams(text))

    def _reopen(self) -> None:
        self.index.reload()
        self.searcher = self.index.searcher()
