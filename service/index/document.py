"""What does the index hold of one post?

A post becomes columns (a fixed row, a short head, a compressed body) and weighted
terms (words and pieces). Pure: it runs in the processes that cut words.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from service.index.packer import Packer
from service.index.schema import BOOSTS, FLAT_CODING, META, UNIT, fingerprint
from service.model import Comment, Post, Segment
from service.text import grams, normalize
from service.text.analyzer import Analyzer

_ZONE_OF = {"heading": "headings", "code": "code", "formula": "formulas"}
_GAP = "\n"


@dataclass(frozen=True, slots=True)
class Document:
    """One post as the engine stores it. `grams` are sorted pieces with codes."""

    meta: bytes
    head: bytes
    body: bytes
    flat: bytes
    words: dict[bytes, int]
    gram_keys: grams.Keys
    gram_codes: npt.NDArray[np.uint8]
    categories: tuple[str, ...]
    tags: tuple[str, ...]


def to_document(post: Post, analyzer: Analyzer, packer: Packer) -> Document:
    weights: dict[str, float] = {}
    for zone, text in zones(post).items():
        boost = BOOSTS[zone]
        for word, count in Counter(analyzer(text)).items():
            weights[word] = weights.get(word, 0.0) + count * boost
    keys, sums = _grams(post)
    codes = _codes(np.array(list(weights.values()))).tolist()
    words = dict(zip(map(str.encode, weights), codes, strict=True))
    return Document(
        meta=_meta(post, sum(words.values()) / UNIT),
        head=_head(post),
        body=packer.pack(body(post)),
        flat=visible_text(post).encode(FLAT_CODING),
        words=words,
        gram_keys=keys,
        gram_codes=_codes(sums),
        categories=tuple(map(normalize.clean, post.categories)),
        tags=tuple(map(normalize.clean, post.tags)),
    )


def zones(post: Post) -> dict[str, str]:
    """The text of each row of `BOOSTS`."""
    parts: dict[str, list[str]] = {zone: [] for zone in BOOSTS}
    parts["title"].append(post.title)
    parts["tags"].extend(post.tags)
    parts["categories"].extend(post.categories)
    parts["comments"].extend(comment.text for comment in post.comments)
    position = 0
    for segment in post.segments:
        parts["body"].append(post.text[position : segment.start])
        parts[_ZONE_OF[segment.kind]].append(post.text[segment.start : segment.end])
        position = segment.end
    parts["body"].append(post.text[position:])
    return {zone: _GAP.join(texts) for zone, texts in parts.items()}


def read_post(meta: np.void, head: bytes, body: bytes) -> Post:
    """The post as it was indexed; the inverse of `to_document`, `body` unpacked."""
    cid, created, _, _, year, page, _ = meta.item()  # in the order of `META`
    # decoded here: `json.loads` would guess at the coding of bytes first
    title, url, author, categories, tags = json.loads(head.decode())
    text, segments, comments = json.loads(body.decode())
    return Post(
        cid=cid,
        type="page" if page else "post",
        title=title,
        text=text,
        url=url,
        created=created,
        year=year,
        author=author,
        categories=tuple(categories),
        tags=tuple(tags),
        segments=tuple(map(Segment._make, segments)),
        comments=tuple(map(Comment._make, comments)),
    )


def visible_text(post: Post) -> str:
    """Everything the net promises to find: squeezed, parts kept apart by NUL."""
    parts = (post.title, *post.tags, *post.categories, post.text)
    comments = (comment.text for comment in post.comments)
    return "\0".join(map(normalize.squeeze, (*parts, *comments)))


def _grams(post: Post) -> tuple[grams.Keys, grams.Weights]:
    plain = [(post.title, BOOSTS["title"])]
    plain += [(tag, BOOSTS["tags"]) for tag in post.tags]
    plain += [(category, BOOSTS["categories"]) for category in post.categories]
    plain += [(comment.text, BOOSTS["comments"]) for comment in post.comments]
    per_char = np.full(len(post.text), BOOSTS["body"], dtype=np.float32)
    for segment in post.segments:
        per_char[segment.start : segment.end] = BOOSTS[_ZONE_OF[segment.kind]]

    form = normalize.squeeze_with_offsets(post.text)
    texts, weights = [form.text], [per_char[form.offsets]]
    for text, boost in plain:
        squeezed = normalize.squeeze(text)
        texts.append(squeezed)
        weights.append(np.full(len(squeezed), boost, dtype=np.float32))
    # NUL counts as alphabetic: it makes no piece, but one (NUL, sign) per part.
    zero = np.zeros(1, dtype=np.float32)
    spread = [part for weight in weights for part in (weight, zero)][:-1]
    keys, sums = grams.pieces("\0".join(texts), np.concatenate(spread))
    real = keys >> np.uint64(grams.SHIFT) != 0
    return _with_ignored(post, keys[real], sums[real])


def _with_ignored(
    post: Post, keys: grams.Keys, sums: grams.Weights
) -> tuple[grams.Keys, grams.Weights]:
    extra = grams.ignored_pieces("".join((post.title, post.text, *post.tags)))
    if not extra:
        return keys, sums
    keys = np.concatenate((keys, np.array(extra, dtype=np.uint64)))
    sums = np.concatenate((sums, np.ones(len(extra), dtype=np.float32)))
    order = np.argsort(keys, kind="stable")
    return keys[order], sums[order]


def _codes(weights: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    codes: npt.NDArray[np.uint8]
    codes = np.clip(np.rint(weights * UNIT), 1, 255).astype(np.uint8)
    return codes


def _meta(post: Post, length: float) -> bytes:
    row = np.zeros((), dtype=META)
    row["cid"], row["created"], row["year"] = post.cid, post.created, post.year
    row["length"], row["page"] = length, post.type == "page"
    row["fingerprint"] = np.void(bytes.fromhex(fingerprint(post)))
    return row.tobytes()


def _head(post: Post) -> bytes:
    head = (post.title, post.url, post.author, post.categories, post.tags)
    return _json(head)


def body(post: Post) -> bytes:
    """Text, segments and comments of a post, to be packed."""
    parts = (
        post.text,
        [(s.kind, s.start, s.end, s.level, s.anchor) for s in post.segments],
        [(c.coid, c.author, c.text, c.created) for c in post.comments],
    )
    return _json(parts)


def _json(value: object) -> bytes:
    return normalize.clean(json.dumps(value, ensure_ascii=False)).encode()
