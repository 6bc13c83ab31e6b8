"""Whoosh as it comes: its schema, its parser, its scorer, one posting at a time.

`StockWhoosh` is what every tutorial shows: jieba's ChineseAnalyzer and a
MultifieldParser. `WhooshWords` gets the same words as the other peers and joins
them with OR: the engine alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jieba.analyse import ChineseAnalyzer
from whoosh.analysis import LowercaseFilter, SpaceSeparatedTokenizer
from whoosh.fields import NUMERIC, TEXT, Schema
from whoosh.index import create_in
from whoosh.qparser import AndGroup, MultifieldParser, OrGroup
from whoosh.query import Or, Term

from benchmarks.data import Doc
from benchmarks.peers import Mode, Unsupported
from benchmarks.tokens import search_text, search_words

FIELDS = ("title", "body")
LIMIT_MB = 256


class StockWhoosh:
    def __init__(self, folder: Path, then_or: bool) -> None:
        self.then_or = then_or
        self.name = "Whoosh, ChineseAnalyzer, AND" + (" then OR" if then_or else "")
        path = folder / "whoosh"
        path.mkdir(exist_ok=True)
        analyzer = ChineseAnalyzer()
        self.index = create_in(
            str(path),
            Schema(
                cid=NUMERIC(stored=True, unique=True),
                title=TEXT(analyzer=analyzer),
                body=TEXT(analyzer=analyzer),
            ),
        )
        self.searcher: Any = None

    def build(self, docs: Sequence[Doc]) -> None:
        writer = self.index.writer(limitmb=LIMIT_MB)
        for doc in docs:
            writer.add_document(cid=doc.cid, title=doc.title, body=doc.text)
        writer.commit()
        self.searcher = self.index.searcher()

    def prepare(self, text: str, mode: Mode = "words") -> Any:
        if mode == "phrase":
            raise Unsupported("ChineseAnalyzer gives offsets for positions")
        groups = (AndGroup, OrGroup) if self.then_or else (AndGroup,)
        return [
            MultifieldParser(FIELDS, self.index.schema, group=group).parse(text)
            for group in groups
        ]

    def run(self, prepared: Any, limit: int, offset: int = 0) -> list[int]:
        found: dict[int, None] = {}
        for query in prepared:
            hits = self.searcher.search(query, limit=offset + limit)
            found.update((hit["cid"], None) for hit in hits)
            if len(found) >= offset + limit:
                break
        return list(found)[offset : offset + limit]

    def close(self) -> None:
        if self.searcher is not None:
            self.searcher.close()
        self.index.close()


class WhooshWords:
    name = "Whoosh, stock scorer, jieba words, OR"

    def __init__(self, folder: Path) -> None:
        path = folder / "whoosh-words"
        path.mkdir(exist_ok=True)
        analyzer = SpaceSeparatedTokenizer() | LowercaseFilter()
        words = TEXT(analyzer=analyzer, phrase=False)
        schema = Schema(cid=NUMERIC(stored=True, unique=True), title=words, body=words)
        self.index = create_in(str(path), schema)
        self.searcher: Any = None

    def build(self, docs: Sequence[Doc]) -> None:
        writer = self.index.writer(limitmb=LIMIT_MB)
        for doc in docs:
            title, body = search_text(doc.title), search_text(doc.text)
            writer.add_document(cid=doc.cid, title=title, body=body)
        writer.commit()
        self.searcher = self.index.searcher()

    def prepare(self, text: str, mode: Mode = "words") -> Any:
        if mode == "phrase":
            raise Unsupported("built without positions")
        tokens = dict.fromkeys(search_words(text))
        return Or([Term(field, token) for token in tokens for field in FIELDS])

    def run(self, prepared: Any, limit: int, offset: int = 0) -> list[int]:
        hits = self.searcher.search(prepared, limit=offset + limit)
        return [hit["cid"] for hit in hits][offset:]

    def close(self) -> None:
        if self.searcher is not None:
            self.searcher.close()
        self.index.close()
