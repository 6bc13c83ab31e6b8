"""What do we ask when we measure speed? Queries of eight kinds, from the posts.

Words are drawn by the number of posts that hold them; questions are real ones, asked
about passages of which the posts are made.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.data import Doc, read_judged
from benchmarks.tokens import HAN, search_text

COUNT = 100
MANY = 500
"""More of each kind, so that over HTTP nothing is asked twice in a row of 2,000."""
PARAGRAPH = 1000  # characters
WORD = re.compile(rf"[{HAN}]{{2,4}}|[a-z]{{3,12}}")
PAIR = re.compile(rf"[{HAN}]{{4,6}}")
Kinds = dict[str, list[str]]


def speed_queries(
    docs: Sequence[Doc], folder: Path, seed: int = 1, count: int = COUNT
) -> Kinds:
    """Kind -> at most `count` queries; the same posts and seed give the same ones."""
    rng = random.Random(seed)
    held: Counter[str] = Counter()
    for doc in docs:
        held.update(set(search_text(doc.text).split(" ")))
    words = {w: n for w, n in held.items() if WORD.fullmatch(w)}
    common = sorted(words, key=lambda w: (-words[w], w))[:count]
    # In 100,000 posts hardly a word stands in so few: then the rarest.
    rarest = sorted((n, w) for w, n in words.items() if n > 1)
    rare = sorted(w for place, (n, w) in enumerate(rarest) if n <= 5 or place < MANY)
    middle = {w for w, n in words.items() if 5 < n <= len(docs) // 10}
    questions = [q.query for q in read_judged(folder) if q.kind == "question"]
    some = [docs[rng.randrange(len(docs))] for _ in range(count * 3)]
    three = [" ".join(found) for doc in some if (found := _three(doc, middle, rng))]
    pairs = [rng.choice(runs) for doc in some if (runs := PAIR.findall(doc.text))]
    return {
        "rare word": rng.sample(rare, min(count, len(rare))),
        "common word": common,
        "three words": three[:count],
        "question": rng.sample(questions, min(count, len(questions))),
        "paragraph": [_paragraph(doc, rng) for doc in some[:count]],
        "phrase": pairs[:count],
    }


def _three(doc: Doc, middle: set[str], rng: random.Random) -> list[str]:
    """Three words of one post, none rare and none everywhere."""
    words = sorted(set(search_text(doc.text).split(" ")) & middle)
    return rng.sample(words, 3) if len(words) >= 3 else []


def _paragraph(doc: Doc, rng: random.Random) -> str:
    start = rng.randrange(max(1, len(doc.text) - PARAGRAPH))
    return doc.text[start : start + PARAGRAPH].replace("\n", " ")
