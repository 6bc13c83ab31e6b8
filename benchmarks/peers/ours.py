"""Our own engine, from the typed text to the cids, in the same process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.data import Doc
from benchmarks.peers import Mode
from benchmarks.posts import to_post
from service.index.opening import open_engine
from service.index.query import parse
from service.index.terms import clause_terms
from service.model import Filters, Post, Query
from service.settings import Settings


class Ours:
    """`names`: with tags and categories, which the peers do not get."""

    def __init__(self, folder: Path, names: bool = False) -> None:
        self.name = "**ours**" + (", with tags and categories" if names else "")
        self.names = names
        self.settings = Settings(data_dir=folder)  # type: ignore[call-arg]
        self.engine = open_engine(self.settings)

    def build(self, docs: Sequence[Doc]) -> None:
        self.build_posts(to_post(doc, names=self.names) for doc in docs)

    def build_posts(self, posts: Iterable[Post]) -> None:
        self.engine.rebuild(posts)

    def prepare(self, text: str, mode: Mode = "words") -> Query:
        clause_terms.cache_clear()  # or the second round would find the text cut
        return parse(f'"{text}"' if mode == "phrase" else text)

    def filtered(self, text: str, category: str) -> Query:
        return parse(text, Filters(categories=(category,)))

    def run(self, prepared: Query, limit: int, offset: int = 0) -> list[int]:
        found = self.engine.search(
            prepared, offset=offset, limit=limit, with_posts=False
        )
        return [hit.cid for hit in found.hits]

    def close(self) -> None:
        pass
