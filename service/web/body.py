"""How does an answer look as JSON?

Pure functions from our values to dicts; `openapi.py` describes the same shapes and a
test holds the two together. Spans, never HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from service.model import Hit, Results, Snippet, Span, Suggestion
from service.searcher import Cids

Json = dict[str, Any]


def results(found: Results) -> Json:
    return {
        "query": found.query,
        "hits": [hit(h) for h in found.hits],
        "total": found.total,
        "page": found.page,
        "per_page": found.per_page,
        "took_ms": round(found.took_ms, 3),
        "generation": found.generation,
        "facets": {
            name: [{"value": b.value, "count": b.count} for b in buckets]
            for name, buckets in found.facets.items()
        },
        "relaxed": found.relaxed,
        "corrected": found.corrected,
        "suggestions": _suggestions(found.suggestions),
    }


def hit(found: Hit) -> Json:
    return {
        "cid": found.cid,
        "type": found.type,
        "url": found.url,
        "title": _spans(found.title),
        "snippet": _snippet(found.snippet),
        "score": found.score,
        "created": found.created,
        "author": found.author,
        "categories": list(found.categories),
        "tags": list(found.tags),
    }


def cids(found: Cids) -> Json:
    """The ranked list, with the snippets of the posts that a page will show."""
    return {
        "cids": list(found.cids),
        "total": found.total,
        "generation": found.generation,
        "took_ms": round(found.took_ms, 3),
        "relaxed": found.relaxed,
        "corrected": found.corrected,
        "highlights": list(found.highlights),
        "suggestions": _suggestions(found.suggestions),
        "snippets": [
            {"cid": h.cid, "snippet": _snippet(h.snippet)} for h in found.hits
        ],
    }


def _snippet(snippet: Snippet) -> Json:
    return {
        "spans": _spans(snippet.spans),
        "kind": snippet.kind,
        "heading": snippet.heading,
        "url": snippet.url,
        "comment_author": snippet.comment_author,
    }


def _spans(spans: Iterable[Span]) -> list[Json]:
    return [{"text": span.text, "mark": span.mark} for span in spans]


def _suggestions(suggestions: Iterable[Suggestion]) -> list[Json]:
    return [{"query": s.query, "total": s.total} for s in suggestions]
