"""Which documents meet a condition, whatever their score?

Filters, exact phrases, `title:` and what a minus excludes. The pieces of a string
narrow the documents, then the stored text decides.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np

from service.index.bonuses import holding, squeezed_title
from service.index.schema import CATEGORY, FLAT_CODING, GRAMS, TAG, WORDS
from service.index.scoring import Ids
from service.index.snapshot import Mask, Snapshot
from service.index.terms import clause_terms, phrase_pattern
from service.model import Clause, Filters, Query
from service.text import grams, normalize
from service.text.analyzer import Analyzer

_MAX_AS_TYPED = 500  # documents looked at for a string that reads like operators


def filtered(snapshot: Snapshot, filters: Filters) -> Mask:
    """Live documents that meet `filters`."""
    mask = snapshot.live
    for field, names in ((CATEGORY, filters.categories), (TAG, filters.tags)):
        if names:
            mask = mask & _named(snapshot, field, names)
    if filters.type:
        mask = mask & (snapshot.meta["page"] == (filters.type == "page"))
    if filters.years:
        mask = mask & np.isin(snapshot.meta["year"], filters.years)
    if filters.after is not None:
        mask = mask & (snapshot.meta["created"] >= filters.after)
    if filters.before is not None:
        mask = mask & (snapshot.meta["created"] < filters.before)
    return mask


def clause_mask(
    snapshot: Snapshot, clause: Clause, analyzer: Analyzer, within: Mask
) -> Mask | None:
    """The documents that a phrase or a `title:` requires; None for plain words.

    Only documents in `within` are looked at, so that many conditions cost no more
    than the first.
    """
    if clause.field == "title":
        return _in_title(snapshot, clause, analyzer, within)
    if clause.phrase and normalize.squeeze(clause.text):
        return holding_phrase(snapshot, clause.text, analyzer, within)
    return None


def holding_clause(
    snapshot: Snapshot, clause: Clause, analyzer: Analyzer, within: Mask
) -> Mask:
    """The documents that `clause`, after a minus, excludes."""
    if clause.field == "title":
        return _in_title(snapshot, clause, analyzer, within)
    if clause.phrase:
        return holding_phrase(snapshot, clause.text, analyzer, within)
    return holding_phrase(snapshot, clause.text, analyzer, within)


def holding_phrase(
    snapshot: Snapshot, text: str, analyzer: Analyzer, within: Mask
) -> Mask:
    """Documents with exactly this string; blanks and case are free."""
    squeezed = normalize.squeeze(text)
    mask = np.zeros(snapshot.size, dtype=np.bool_)
    if not squeezed:
        return mask
    if len(squeezed) <= 2 and all(grams.classify(c) == grams.HAN for c in squeezed):
        # It is a piece: no text needs to be read.
        return _as_mask(snapshot, snapshot.listed(GRAMS, squeezed.encode())[0])
    asked = clause_terms(text, analyzer)
    if asked.runs == (squeezed,):  # it is a word
        return _as_mask(snapshot, snapshot.listed(WORDS, squeezed.encode())[0])
    pattern, coded = phrase_pattern(text), squeezed.encode(FLAT_CODING)
    borders = not (_free(squeezed[0]) and _free(squeezed[-1]))
    docs = candidates(snapshot, text, analyzer)
    for doc in holding(snapshot, docs[within[docs]], coded):
        mask[doc] = not borders or bool(pattern.search(_folded_text(snapshot, doc)))
    return mask


def candidates(snapshot: Snapshot, text: str, analyzer: Analyzer) -> Ids:
    """Documents that have every piece and run of `text`: all that hold it, and more."""
    asked = clause_terms(text, analyzer)
    sets = [
        snapshot.listed(GRAMS, grams.key_text(key).encode())[0]
        for key in (*asked.pieces, *asked.signs)
    ]
    for run in asked.runs:
        if len(run) == 1:
            sets.append(snapshot.listed(GRAMS, run.encode())[0])
        else:
            sets.append(snapshot.holding(run.encode(), WORDS))
    if not sets:
        return np.flatnonzero(snapshot.live)
    sets.sort(key=len)
    result = sets[0]
    for other in sets[1:]:
        if not len(result):
            break
        result = np.intersect1d(result, other, assume_unique=True)
    return result


def standing_as_typed(snapshot: Snapshot, query: Query, analyzer: Analyzer) -> Mask:
    """Documents that hold a query word for word, operators and all.

    `ls -la` and `title: x` are also text: a post that has exactly this, blanks and
    signs included, is what the visitor copied it from.
    """
    mask = np.zeros(snapshot.size, dtype=np.bool_)
    typed = _one_blank(normalize.fold(query.raw))
    if not typed or len(typed) > 200:
        return mask
    allowed = filtered(snapshot, query.given)
    squeezed = normalize.squeeze(query.raw).encode(FLAT_CODING)
    docs = candidates(snapshot, query.raw, analyzer)
    held = holding(snapshot, docs[allowed[docs]], squeezed)
    for doc in itertools.islice(held, _MAX_AS_TYPED):
        mask[doc] = typed in _one_blank(_folded_text(snapshot, doc))
    return mask


def _in_title(
    snapshot: Snapshot, clause: Clause, analyzer: Analyzer, within: Mask
) -> Mask:
    """Every word (or the whole phrase) stands in the title."""
    squeezed = normalize.squeeze(clause.text)
    words = [normalize.squeeze(word) for word in analyzer(clause.text)]
    wanted = [squeezed] if clause.phrase or not words else words
    mask = np.zeros(snapshot.size, dtype=np.bool_)
    docs = candidates(snapshot, wanted[0], analyzer)
    for word in wanted[1:]:
        docs = np.intersect1d(docs, candidates(snapshot, word, analyzer))
    for doc in docs[within[docs]].tolist():
        title = squeezed_title(snapshot, doc)
        mask[doc] = all(word in title for word in wanted)
    return mask


def _named(snapshot: Snapshot, field: str, names: Iterable[str]) -> Mask:
    wanted = {normalize.squeeze(name) for name in names}
    mask = np.zeros(snapshot.size, dtype=np.bool_)
    for name, ids in snapshot.names(field):
        if normalize.squeeze(name) in wanted:
            mask[ids] = True
    return mask


def _as_mask(snapshot: Snapshot, ids: Ids) -> Mask:
    mask = np.zeros(snapshot.size, dtype=np.bool_)
    mask[ids] = True
    return mask


def _folded_text(snapshot: Snapshot, doc: int) -> str:
    def load() -> str:
        post = snapshot.post(doc)
        comments = (comment.text for comment in post.comments)
        parts = (post.title, *post.tags, *post.categories, post.text, *comments)
        return "\0".join(map(normalize.fold, parts))

    text: str = snapshot.cached(("folded", doc), load)
    return text


def _one_blank(text: str) -> str:
    return " ".join(text.split())


def _free(char: str) -> bool:
    """True if a phrase may begin or end with `char` in the middle of a word."""
    return grams.classify(char) != grams.ALPHABETIC
