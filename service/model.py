"""What are the words that every layer shares?

Frozen values only: no behaviour, no imports of ours. Offsets are counted in
Python characters (code points) and are half-open: `text[start:end]`. What a page of
hits makes by the hundred is a NamedTuple, made in half the time of a dataclass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

PostType = Literal["post", "page"]
SegmentKind = Literal["heading", "code", "formula"]
SnippetKind = Literal["text", "code", "formula", "comment"]


class Segment(NamedTuple):
    """A part of `Post.text` that is not prose.

    `anchor` is set on headings only: what follows `#` in a URL that opens the
    post at this heading, percent-encoded, or "" where none is known. `level`
    is 1 to 6 for headings, else 0. Code is a block or inline code; a formula
    includes its delimiters as written (`$x$`, `\\\\(x\\\\)`, `\\\\begin...`).
    """

    kind: SegmentKind
    start: int
    end: int
    level: int = 0
    anchor: str = ""


class Comment(NamedTuple):
    """An approved comment as plain text."""

    coid: int
    author: str
    text: str
    created: int


@dataclass(frozen=True, slots=True)
class Post:
    """A public post or page as a visitor may read it: our document.

    `title` and names are plain text (nothing escaped). `text` is the whole
    visible text in reading order, prose, headings, code and formulas alike,
    blocks separated by newlines; `segments` says which parts are not prose,
    in order of `start`, never overlapping. `created` is in Unix seconds (UTC).
    """

    cid: int
    type: PostType
    title: str
    text: str
    url: str
    created: int
    segments: tuple[Segment, ...] = ()
    author: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    year: int = 0
    """Calendar year of `created` in the blog's own time zone."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing a visitor asked for, as typed: words or an exact phrase.

    `field` narrows it to the title; None means everywhere. `alternatives`
    holds the other arms of an `OR`, each a clause of its own.
    """

    text: str
    phrase: bool = False
    field: Literal["title"] | None = None
    alternatives: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must be, whatever its score. Empty means no condition.

    Names compare without regard to case and width. Several categories (or
    tags, or years) mean any of them. `after` is inclusive and `before`
    exclusive, both in Unix seconds.
    """

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    type: PostType | None = None
    years: tuple[int, ...] = ()
    after: int | None = None
    before: int | None = None


Sort = Literal["relevance", "newest", "oldest"]


@dataclass(frozen=True, slots=True)
class Query:
    """What a visitor typed, taken apart; knows nothing of an engine."""

    raw: str
    clauses: tuple[Clause, ...] = ()
    excluded: tuple[Clause, ...] = ()
    filters: Filters = Filters()
    given: Filters = Filters()
    """The part of `filters` that was not typed: it holds in every branch."""
    sort: Sort = "relevance"
    recency: bool = True
    """False where a post's age must not count, not even for ties."""


@dataclass(frozen=True, slots=True)
class RawHit:
    cid: int
    score: float
    post: Post | None = None
    """The stored post; None where only cids were asked for."""


@dataclass(frozen=True, slots=True)
class FacetCount:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class RawHits:
    """The engine's answer: one window of the ranked list.

    `cids` and `scores` are as long as the window, `posts` as the part of it whose
    posts were asked for.
    `total` is exact: the number of posts in the whole list. `highlights` are
    the folded strings that a snippet marks, the longest first.
    `relaxed` is True when no post holds everything that was asked for, `unknown`
    has what of it stands in no post at all, squeezed.
    """

    cids: tuple[int, ...]
    scores: tuple[float, ...]
    total: int
    generation: str
    posts: tuple[Post, ...] = ()
    facets: dict[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    highlights: tuple[str, ...] = ()
    relaxed: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def hits(self) -> tuple[RawHit, ...]:
        """With all posts of the window or none; raises ValueError for a part."""
        posts = self.posts or (None,) * len(self.cids)
        rows = zip(self.cids, self.scores, posts, strict=True)
        return tuple(RawHit(*row) for row in rows)


class Span(NamedTuple):
    """A run of text; `mark` says that the reader asked for it."""

    text: str
    mark: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """The best window of a post.

    `kind` says where it was found: in prose, code, a formula or a comment.
    `heading` is the heading it stands under ("" at the top) and `url` opens
    the post there.
    """

    spans: tuple[Span, ...]
    kind: SnippetKind = "text"
    heading: str = ""
    url: str = ""
    comment_author: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of a result page."""

    cid: int
    type: PostType
    url: str
    title: tuple[Span, ...]
    snippet: Snippet
    score: float
    created: int
    author: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another query that finds something: `total` is its own exact count."""

    query: str
    total: int


@dataclass(frozen=True, slots=True)
class Results:
    """What a door shows: a page of hits. `took_ms` is the time in the searcher.

    `corrected` is the query that was used instead, when the typed one found
    nothing; `suggestions` are only offered.
    """

    query: str
    hits: tuple[Hit, ...]
    total: int
    page: int
    per_page: int
    took_ms: float
    generation: str
    facets: dict[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    relaxed: bool = False
    corrected: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
