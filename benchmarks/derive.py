"""Which judged queries can be made of a blog that nobody has judged?

The post from which a query was taken is the one wanted. Kinds: `sentence_words`
(two or three telling words of one random sentence, joined), `title_words` (the same
of the title), `title_words_traditional` (in traditional script), `mixed_fragment`
(a piece with Latin and Chinese letters, as it stands). The same seed gives the same
queries.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from opencc import OpenCC

from benchmarks.data import Doc, Judged
from benchmarks.posts import to_post
from benchmarks.tokens import HAN, plain_words
from service.model import Post

SEED = 20261123
SENTENCE = re.compile(r"[^。！？；\n]{12,120}")
MIXED = re.compile(rf"[{HAN}A-Za-z0-9+#.-]*[{HAN}][A-Za-z][A-Za-z0-9+#.-]*[{HAN}]+")
HAN_CHAR = re.compile(rf"[{HAN}]")


def derived_queries(docs: Sequence[Doc], seed: int = SEED) -> tuple[Judged, ...]:
    """At most one query of each kind for each post."""
    prose = {doc.cid: _prose(to_post(doc)) for doc in docs}
    idf = _idf([doc.title + "\n" + prose[doc.cid] for doc in docs])
    to_traditional = OpenCC("s2t").convert
    queries = []
    for doc in docs:
        rng = random.Random(f"{seed}-{doc.cid}")
        sentences = SENTENCE.findall(prose[doc.cid])
        sentence = rng.choice(sentences) if sentences else ""
        if telling := _telling(sentence, idf, rng):
            queries.append(Judged("sentence_words", telling, (doc.cid,)))
        if telling := _telling(doc.title, idf, rng):
            queries.append(Judged("title_words", telling, (doc.cid,)))
            other = to_traditional(telling)
            queries.append(Judged("title_words_traditional", other, (doc.cid,)))
        if pieces := [p for p in MIXED.findall(prose[doc.cid]) if 5 <= len(p) <= 20]:
            queries.append(Judged("mixed_fragment", rng.choice(pieces), (doc.cid,)))
    return tuple(queries)


def _prose(post: Post) -> str:
    """The visible text without code and formulas."""
    parts, end = [], 0
    for segment in post.segments:
        if segment.kind != "heading":
            parts.append(post.text[end : segment.start])
            end = segment.end
    return "\n".join((*parts, post.text[end:]))


def _telling(sentence: str, idf: Mapping[str, float], rng: random.Random) -> str:
    """Two or three words with the highest idf, in their order, joined; or ""."""
    words = [w for w in plain_words(sentence) if len(w) > 1 and not w.isdigit()]
    words = list(dict.fromkeys(words))
    if len(words) < 2 or not any(map(HAN_CHAR.search, words)):
        return ""
    best = sorted(words, key=lambda w: (-idf.get(w, 0.0), w))[: rng.choice((2, 3))]
    return "".join(w for w in words if w in best)


def _idf(texts: Sequence[str]) -> dict[str, float]:
    known = Counter(word for text in texts for word in set(plain_words(text)))
    return {word: math.log(len(texts) / count) for word, count in known.items()}
