"""What does the rest of the house ask of a search engine?

Five methods, engine-neutral values in and out. Whoosh is the embedded engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from service.model import Post, Query, RawHits


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """`problem` says why `generation` is not the newest one, or ""."""

    generation: str
    posts: int
    built: int
    """Unix seconds when the generation was published."""
    schema_version: str
    previous: str = ""
    stale_schema: bool = False
    problem: str = ""
    size_bytes: int = 0
    segments: int = 0
    details: Mapping[str, object] = field(default_factory=dict)


class Engine(Protocol):
    """An index of posts that many may read and one may write."""

    def search(
        self,
        query: Query,
        *,
        offset: int = 0,
        limit: int = 10,
        facets: bool = False,
        with_posts: bool | slice = True,
    ) -> RawHits:
        """The window `[offset, offset + limit)` of the ranked list.

        `with_posts` may name the part of the window whose posts are wanted.
        """
        ...

    def rebuild(self, posts: Iterable[Post], *, force: bool = False) -> str:
        """The name of a new, published generation that holds exactly `posts`.

        Consumes the iterable once, in bounded memory. The old generation answers
        until the last moment and is kept for `rollback`. Raises `ShrinkRefused`,
        `IndexFull`, `IndexBusy`; then nothing has changed.
        """
        ...

    def update(self, changed: Iterable[Post], removed: Iterable[int]) -> str:
        """Apply a difference to the current generation, all or nothing."""
        ...

    def fingerprints(self) -> dict[int, str]:
        """cid -> fingerprint of every post in the current generation."""
        ...

    def status(self) -> EngineStatus:
        """What answers now; never raises for a damaged index."""
        ...
