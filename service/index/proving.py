"""Is every post of the current generation whole, and is it found?

For `doctor`: reads every stored post again and compares it with its fingerprint, then
searches for a piece of each, as a reader would, until the time is over. Changes and
repairs nothing.
"""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass

from service.index.query import parse
from service.index.schema import fingerprint
from service.index.snapshot import Snapshot
from service.index.whoosh_engine import WhooshEngine
from service.model import Post

_PIECE = re.compile(r"[\u4e00-\u9fff]{2,8}|(?<!\w)[A-Za-z0-9]{2,20}(?!\w)")
"""Some characters of Chinese, or a whole word: a quoted part of one is no hit."""
_PIECES_READ = 2000
"""Characters of a post in which a piece is looked for."""


@dataclass(frozen=True, slots=True)
class Proof:
    """`searched` of `posts` posts were searched for; cids of what is wrong."""

    posts: int
    searched: int
    spoilt: tuple[int, ...]
    lost: tuple[int, ...]


def prove(engine: WhooshEngine, seconds: float) -> Proof:
    """What is wrong with the current generation; at most `seconds` are searched."""
    snapshot = engine.snapshot()
    docs = [int(doc) for doc in snapshot.live.nonzero()[0]]
    random.shuffle(docs)  # another part each time, where there is not time for all
    deadline = time.monotonic() + seconds
    spoilt: list[int] = []
    lost: list[int] = []
    searched = 0
    for doc in docs:
        cid = int(snapshot.meta["cid"][doc])
        post = _whole(snapshot, doc)
        if post is None:
            spoilt.append(cid)
        elif time.monotonic() < deadline and (piece := _piece(post)):
            searched += 1
            if not _finds(engine, piece, cid) and engine.post(cid) == post:
                lost.append(cid)
    return Proof(len(docs), searched, tuple(sorted(spoilt)), tuple(sorted(lost)))


def _whole(snapshot: Snapshot, doc: int) -> Post | None:
    """The stored post if it is what was once read from the blog."""
    try:
        post = snapshot.post(doc)
    except Exception:  # whatever it is, this post cannot be shown
        return None
    stored = bytes(snapshot.meta["fingerprint"][doc]).hex()
    return post if fingerprint(post) == stored else None


def _piece(post: Post) -> str:
    """A few letters that stand in the post, "" if there are none."""
    text = post.text or post.title
    start = random.randrange(max(1, len(text) - _PIECES_READ))
    found = _PIECE.findall(text[start : start + _PIECES_READ])
    found = found or _PIECE.findall(post.title)
    return random.choice(found) if found else ""


def _finds(engine: WhooshEngine, piece: str, cid: int) -> bool:
    limit = engine.status().posts
    found = engine.search(parse(f'"{piece}"'), limit=limit, with_posts=False)
    return cid in found.cids
