"""Is every piece of the visible text found? The promise behind "never worse".

Strings of 1 to 12 characters are taken from titles, texts and tags at random places,
as they stand, and searched as a visitor would type them; the post must be among all
results. That holds for strings that read like operators, too (`ls -la`, `tag:x`): a
post that has exactly this is what the visitor copied it from. They are counted.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.peers.ours import Ours
from service.index.query import parse
from service.model import Filters, Post

LONGEST = 12


@dataclass
class Recall:
    tried: int = 0
    operators: int = 0
    missed: list[tuple[str, int]] = field(default_factory=list)


def substring_recall(
    ours: Ours, posts: Sequence[Post], count: int, seed: int = 1
) -> Recall:
    """Search `count` strings in posts that `ours` holds."""
    rng, result = random.Random(seed), Recall()
    while result.tried < count:
        post = rng.choice(posts)
        if not (piece := _piece(rng, post)):
            continue
        result.tried += 1
        query = parse(piece)
        if query.excluded or query.filters != Filters() or query.sort != "relevance":
            result.operators += 1
        if post.cid not in ours.run(query, len(posts)):
            result.missed.append((piece, post.cid))
    return result


def _piece(rng: random.Random, post: Post) -> str:
    """Some characters of one line; "" where the place was blank."""
    # most from the text, which is longest, but titles and tags are not forgotten
    where = rng.choice((post.text, post.text, post.text, post.title, *post.tags[:1]))
    lines = [line for line in where.split("\n") if line.strip()]
    if not lines:
        return ""
    line = rng.choice(lines)
    start = rng.randrange(len(line))
    return line[start : start + rng.randint(1, LONGEST)].strip()
