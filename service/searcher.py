"""What does a door show for what a visitor typed?

query -> engine -> hits with marked titles and snippets, suggestions, related posts.
The API, the page and the command line ask here and only here.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from service.errors import NotFound
from service.index.explain import Explanation, explain
from service.index.query import parse
from service.index.suggesting import Speller
from service.index.whoosh_engine import WhooshEngine
from service.model import (
    Clause,
    Filters,
    Hit,
    Query,
    RawHit,
    RawHits,
    Results,
    Sort,
    Suggestion,
)
from service.settings import Settings
from service.text.analyzer import Token
from service.text.snippet import mark_all, snippet

NO_FILTERS = Filters()

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Cids:
    """What the plugin needs: the ranked list as numbers, and what one page shows."""

    cids: tuple[int, ...]
    total: int
    generation: str
    took_ms: float
    relaxed: bool
    corrected: str | None
    highlights: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    hits: tuple[Hit, ...] = ()


def _in_turn(
    answer: Callable[Concatenate[Searcher, P], R],
) -> Callable[Concatenate[Searcher, P], R]:
    """One question after the other in a process.

    Two at once are no faster, because the interpreter runs one thread at a time, and
    at each of some hundred calls that let another one run, they would change places:
    that doubles the processor time of both. Threads are there for slow clients.
    """

    @functools.wraps(answer)
    def answer_in_turn(self: Searcher, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.turn:
            return answer(self, *args, **kwargs)

    return answer_in_turn


class Searcher:
    """Use one for the life of a process; it notices new generations by itself."""

    def __init__(self, engine: WhooshEngine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._speller = Speller(engine)
        self.turn = threading.Lock()

    @_in_turn
    def search(
        self,
        text: str,
        *,
        page: int = 1,
        per_page: int = 10,
        filters: Filters = NO_FILTERS,
        sort: Sort = "relevance",
        facets: bool = True,
    ) -> Results:
        start = time.perf_counter()
        per_page = max(1, min(per_page, self._settings.per_page_max))
        offset = (max(1, page) - 1) * per_page
        query = self._parse(text, filters, sort)
        raw, corrected, suggestions = self._ask(query, offset, per_page, facets, True)
        return Results(
            query=query.raw,
            hits=tuple(_hit(hit, raw.highlights) for hit in raw.hits),
            total=raw.total,
            page=max(1, page),
            per_page=per_page,
            took_ms=_ms_since(start),
            generation=raw.generation,
            facets=raw.facets,
            relaxed=raw.relaxed,
            corrected=corrected,
            suggestions=suggestions,
        )

    @_in_turn
    def cids(
        self,
        text: str,
        *,
        limit: int = 500,
        page: int = 1,
        per_page: int = 0,
        filters: Filters = NO_FILTERS,
        sort: Sort = "relevance",
    ) -> Cids:
        """At most `limit` cids; `hits` are those of one page of them."""
        start = time.perf_counter()
        per_page = max(0, min(per_page, self._settings.per_page_max))
        first = (max(1, page) - 1) * per_page
        shown = slice(first, first + per_page)
        limit = max(0, min(limit, self._settings.cids_max))
        query = self._parse(text, filters, sort)
        raw, corrected, suggestions = self._ask(query, 0, limit, False, shown)
        rows = zip(raw.cids[shown], raw.scores[shown], raw.posts, strict=True)
        return Cids(
            cids=raw.cids,
            total=raw.total,
            generation=raw.generation,
            took_ms=_ms_since(start),
            relaxed=raw.relaxed,
            corrected=corrected,
            highlights=raw.highlights,
            suggestions=suggestions,
            hits=tuple(_hit(RawHit(*row), raw.highlights) for row in rows),
        )

    @_in_turn
    def related(self, cid: int, limit: int = 5) -> tuple[Hit, ...]:
        """Posts with the most telling terms of post `cid`, itself left out."""
        post = self._engine.post(cid)
        if post is None:
            raise NotFound(f"no post {cid} in the index", "it may not be public")
        text = " ".join((post.title, *post.tags, post.text[:5000]))
        query = Query(raw=text, clauses=(Clause(text),), recency=False)
        raw = self._engine.search(query, limit=limit + 1)
        hits = [_hit(hit, ()) for hit in raw.hits if hit.cid != cid]
        return tuple(hits[:limit])

    def analyze(self, text: str) -> tuple[Token, ...]:
        """How a text is cut, with the words of the current generation."""
        return tuple(self._engine.analyzer().tokens(text))

    def explain(self, text: str, cid: int) -> Explanation:
        """Why a post has its score for a query."""
        query = self._parse(text, NO_FILTERS, "relevance")
        return explain(self._engine, query, cid)

    def _parse(self, text: str, filters: Filters, sort: Sort) -> Query:
        text = text[: self._settings.query_max_chars]
        return parse(text, filters, sort, self._settings.timezone_s or 8 * 3600)

    def _ask(
        self,
        query: Query,
        offset: int,
        limit: int,
        facets: bool,
        with_posts: bool | slice,
    ) -> tuple[RawHits, str | None, tuple[Suggestion, ...]]:
        """The answer, what was searched instead of the query, what else to try."""

        def ask(asked: Query) -> RawHits:
            return self._engine.search(
                asked, offset=offset, limit=limit, facets=facets, with_posts=with_posts
            )

        raw = ask(query)
        if raw.total and not raw.unknown:
            return raw, None, ()
        suggestions = self._speller.suggest(query, raw.unknown)
        if raw.total or not suggestions:
            return raw, None, suggestions
        best = suggestions[0].query
        corrected = parse(best, query.given, query.sort)
        return ask(corrected), best, suggestions[1:]


def _hit(raw: RawHit, wanted: tuple[str, ...]) -> Hit:
    post = raw.post
    assert post is not None
    return Hit(
        cid=post.cid,
        type=post.type,
        url=post.url,
        title=mark_all(post.title, wanted),
        snippet=snippet(post, wanted),
        score=round(raw.score, 4),
        created=post.created,
        author=post.author,
        categories=post.categories,
        tags=post.tags,
    )


def _ms_since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 3)
