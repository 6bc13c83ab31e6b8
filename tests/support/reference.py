"""What must the ranked list be? The same sums, one posting at a time, no arrays.

Written from docs/search.md and from the tables of numbers, as plainly as possible.
It shares with the engine how text is cut and what a query asks for; everything else
(postings, segments, deletions, sums, cut-off, bonuses, order) is done again here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from service.index import bonuses, matching, parts, snapshot, splitting
from service.index.document import to_document, visible_text
from service.index.packer import Packer
from service.index.schema import UNIT
from service.index.terms import ClauseTerms, clause_terms
from service.model import Post
from service.text import grams, normalize
from service.text.analyzer import Analyzer


@dataclass(frozen=True)
class Doc:
    cid: int
    created: int
    words: dict[str, float]
    pieces: dict[str, float]
    length: float
    title: str
    visible: str


@dataclass(frozen=True)
class Reason:
    held: dict[int, float]  # cid -> weight without idf
    idf: float
    boost: float
    coverage: float


def reference(
    posts: Iterable[Post], text: str, analyzer: Analyzer, without: str = ""
) -> list[tuple[int, float]]:
    """`(cid, score)` of the whole list, best first, equal scores by cid."""
    docs = [_doc(post, analyzer) for post in posts]
    asked = clause_terms(text, analyzer)
    average = sum(doc.length for doc in docs) / len(docs)
    reasons = _reasons(docs, asked, average)
    whole = sum(reason.coverage for reason in reasons)
    scores: dict[int, float] = defaultdict(float)
    covered: dict[int, float] = defaultdict(float)
    for reason in reasons:
        for cid, weight in reason.held.items():
            scores[cid] += weight * reason.idf * reason.boost
            covered[cid] += reason.coverage
    banned = normalize.squeeze(without)
    share = {
        doc.cid: covered[doc.cid] / whole if whole else covered[doc.cid]
        for doc in docs
        if not (banned and banned in doc.visible)
    }
    best = max(share.values(), default=0.0)
    least = max(best * matching.CUT_OFF, 1e-9)
    found = [doc for doc in docs if share.get(doc.cid, 0.0) >= least]
    newest = max((doc.created for doc in found), default=0)
    for doc in found:
        age = (newest - doc.created) / matching.RECENCY_HALF_LIFE_S
        scores[doc.cid] *= share[doc.cid] ** matching.COVERAGE_POWER
        scores[doc.cid] *= 1 + matching.RECENCY_BONUS * 0.5**age
    found.sort(key=lambda doc: (-scores[doc.cid], doc.cid))
    for doc, factor in zip(found, _factors(docs, found, share, asked), strict=True):
        scores[doc.cid] *= factor
    ranked = [(doc.cid, scores[doc.cid]) for doc in found]
    return sorted(ranked, key=lambda pair: (-pair[1], pair[0]))


def _doc(post: Post, analyzer: Analyzer) -> Doc:
    made = to_document(post, analyzer, Packer())
    keys = map(grams.key_text, made.gram_keys.tolist())
    return Doc(
        cid=post.cid,
        created=post.created,
        words={word.decode(): code / UNIT for word, code in made.words.items()},
        pieces=dict(
            zip(keys, (c / UNIT for c in made.gram_codes.tolist()), strict=True)
        ),
        # the engine keeps it in four bytes
        length=float(np.float32(sum(made.words.values()) / UNIT)),
        title=normalize.squeeze(post.title),
        visible=visible_text(post),
    )


def _idf(count: int, total: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _reasons(docs: list[Doc], asked: ClauseTerms, average: float) -> list[Reason]:
    def norm(doc: Doc) -> float:
        return snapshot.K1 * (1 - snapshot.B + snapshot.B * doc.length / average)

    def saturated(doc: Doc, count: float) -> float:
        return count * (snapshot.K1 + 1) / (count + norm(doc))

    def with_word(word: str) -> dict[int, float]:
        return {d.cid: saturated(d, d.words[word]) for d in docs if word in d.words}

    def with_piece(piece: str) -> dict[int, float]:
        return {d.cid: saturated(d, d.pieces[piece]) for d in docs if piece in d.pieces}

    total = len(docs)
    inside = {
        run: {d.cid for d in docs if run in d.pieces}
        if len(run) == 1
        else {d.cid for d in docs if any(run in word for word in d.words)}
        for run in asked.runs
    }
    lost = [run for run, cids in inside.items() if not cids]
    reasons = []

    def add_word(word: str, covers: float) -> None:
        if held := with_word(word):
            rarity = _idf(len(held), total)
            reasons.append(Reason(held, rarity, 1.0, rarity * covers))

    for word in asked.words:
        if word in asked.runs:
            add_word(word, 1 - parts.INSIDE_COVERAGE)
        elif any(word in run for run in lost):
            add_word(word, 1.0)
        else:
            add_word(word, parts.WORD_COVERAGE)
    for key in (*asked.pieces, *asked.signs):
        piece = grams.key_text(key)
        if not (held := with_piece(piece)):
            continue
        boost, covers = parts.PIECE_BOOST, 1.0
        if key in asked.signs:
            boost, covers = parts.SIGN_BOOST, float(asked.empty)
        elif key in asked.across:
            boost, covers = parts.ACROSS_BOOST, parts.ACROSS_COVERAGE
        if len(piece) == 1:
            boost = parts.SINGLE_BOOST
        rarity = _idf(len(held), total)
        reasons.append(Reason(held, rarity, boost, rarity * covers))
    for run, cids in inside.items():
        if cids:
            rarity = _idf(len(with_word(run)) or len(cids), total)
            covers = rarity * parts.INSIDE_COVERAGE
            flat = dict.fromkeys(cids, 1.0)
            reasons.append(Reason(flat, rarity, parts.INSIDE_BOOST, covers))
    for run in lost:
        for word in splitting.split(run, lambda word: bool(with_word(word))):
            add_word(word, 1.0)
    if len(reasons) > parts.MAX_TERMS:
        reasons.sort(key=lambda reason: -reason.idf * reason.boost)
    return reasons[: parts.MAX_TERMS]


def _factors(
    docs: list[Doc], found: list[Doc], share: dict[int, float], asked: ClauseTerms
) -> list[float]:
    words = []
    for word, squeezed, _ in asked.needles:
        if count := sum(word in doc.words for doc in docs):
            words.append((squeezed, _idf(count, len(docs))))
    words.sort(key=lambda pair: -pair[1])
    del words[8:]
    total = sum(rarity for _, rarity in words)
    words = [(word, rarity / total) for word, rarity in words]
    complete = [d for d in found if share[d.cid] >= matching.COMPLETE]
    literal = {
        doc.cid
        for doc in complete[: bonuses.LITERALS]
        if asked.literal and asked.squeezed in doc.visible
    }
    factors = []
    for place, doc in enumerate(found):
        factor = 1.0
        if place < bonuses.TITLES or doc.cid in literal:
            factor = 1 + _title(doc.title, asked.squeezed, words)
        if doc.cid in literal:
            factor *= bonuses.AS_TYPED
        elif place < bonuses.NEARS and len(words) > 1:
            near = _near(doc.visible, words)
            factor *= 1 + bonuses.NEAR_SHARE * near**bonuses.NEAR_POWER
        factors.append(factor)
    return factors


def _title(title: str, typed: str, words: list[tuple[str, float]]) -> float:
    bonus = 0.0
    if typed and typed in title:
        bonus = bonuses.TITLE_WHOLE * (2 if typed == title else 1)
    held = sum(share for word, share in words if word in title)
    return bonus + bonuses.TITLE_SHARE * held**bonuses.TITLE_POWER


def _near(visible: str, words: list[tuple[str, float]]) -> float:
    present = [number for number, (word, _) in enumerate(words) if word in visible]
    if not present:
        return 0.0
    anchor, share = words[present[0]]
    rest = words[present[0] + 1 :]
    place, best = visible.find(anchor), 0.0
    for _ in range(16):
        start = max(0, place - bonuses.NEAR)
        window = visible[start : place + len(anchor) + bonuses.NEAR]
        near = [its_share for word, its_share in rest if word in window]
        best = max(best, share + sum(near))
        place = visible.find(anchor, place + 1)
        if place < 0 or len(near) == len(rest):
            break
    return best
