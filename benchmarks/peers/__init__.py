"""Against whom do we measure? One file a peer, all behind the same four methods.

A peer that cannot be installed here is reported as missing, never left out in
silence.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from benchmarks.data import Doc

Mode = Literal["words", "phrase"]


class Missing(Exception):
    """This peer is not installed here; the message says what is missing."""


class Unsupported(Exception):
    """This peer has no such kind of query."""


class Peer(Protocol):
    """An engine that holds posts and ranks them."""

    name: str

    def build(self, docs: Sequence[Doc]) -> None:
        """Index all posts: title and text."""
        ...

    def prepare(self, text: str, mode: Mode = "words") -> Any:
        """What was typed as a query of this engine: cut, parsed, not yet run."""
        ...

    def run(self, prepared: Any, limit: int, offset: int = 0) -> list[int]:
        """The cids of one window of the ranked list."""
        ...

    def close(self) -> None: ...


# name -> (module, class, arguments); imported only when asked for
PEERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "like": ("like", "TypechoLike", {}),
    "fts5-trigram": ("fts5", "Fts5", {"cut": "trigrams"}),
    "fts5-jieba": ("fts5", "Fts5", {"cut": "words"}),
    "xapian-jieba": ("xapian_engine", "Xapian", {}),
    "tantivy-jieba": ("tantivy_engine", "Tantivy", {"cut": "words"}),
    "tantivy-bigrams": ("tantivy_engine", "Tantivy", {"cut": "bigrams"}),
    "whoosh-and": ("stock_whoosh", "StockWhoosh", {"then_or": False}),
    "whoosh-and-or": ("stock_whoosh", "StockWhoosh", {"then_or": True}),
    "whoosh-or": ("stock_whoosh", "WhooshWords", {}),
    "ours": ("ours", "Ours", {}),
    "ours-names": ("ours", "Ours", {"names": True}),
}


def open_peer(name: str, folder: Path) -> Peer:
    """A new, empty peer that keeps its files in `folder`. Raises `Missing`."""
    module, class_name, arguments = PEERS[name]
    try:
        loaded = importlib.import_module(f"benchmarks.peers.{module}")
    except ImportError as problem:
        raise Missing(str(problem)) from problem
    make: Callable[..., Peer] = getattr(loaded, class_name)
    folder.mkdir(parents=True, exist_ok=True)
    return make(folder, **arguments)
