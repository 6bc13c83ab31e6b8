"""How does a measured document become a post, as the indexer makes it?

Through the service's own reader of Markdown; peers get the same visible text.
"""

from __future__ import annotations

import time
from dataclasses import replace

from benchmarks.data import Doc
from service.model import Post
from service.text.markup import to_text


def to_post(doc: Doc, *, names: bool = True) -> Post:
    """The post of a document; without tags and categories if not `names`."""
    text, segments = to_text(doc.text, True)
    return Post(
        cid=doc.cid,
        type="post",
        title=doc.title,
        text=text,
        segments=segments,
        url=f"http://127.0.0.1/archives/{doc.cid}/",
        created=doc.created,
        year=time.gmtime(doc.created).tm_year,
        categories=doc.categories if names else (),
        tags=doc.tags if names else (),
    )


def visible(doc: Doc) -> Doc:
    """The document as its readers see it: text instead of Markdown."""
    return replace(doc, text=to_text(doc.text, True)[0])
