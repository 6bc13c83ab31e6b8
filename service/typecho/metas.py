"""Which categories and tags has a post, and in which order?

Small tables, held in memory: a hundred thousand posts with five tags each take
about 60 MB. Category order: Typecho 1.2 sorts by `order`, then `mid`
(var/Widget/Base/Contents.php, filter); 1.3 walks the tree depth first
(var/Widget/Base/TreeTrait.php).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from service.typecho import Row, Source
from service.typecho.cells import number, text


@dataclass(frozen=True, slots=True)
class Meta:
    mid: int
    name: str
    slug: str
    parent: int
    order: int


class Metas:
    """The categories and tags of one blog, by post."""

    def __init__(
        self, source: Source, tree_order: bool, cids: Collection[int] | None = None
    ) -> None:
        categories: dict[int, Meta] = {}
        self._tags: dict[int, str] = {}
        for row in source.rows("metas"):
            kind = text(row.get("type"))
            if kind == "category":
                meta = _meta(row)
                categories[meta.mid] = meta
            elif kind == "tag":
                self._tags[number(row.get("mid"))] = text(row.get("name"))
        self._categories = categories
        ordered = _tree(categories) if tree_order else _flat(categories.values())
        self._rank = {meta.mid: rank for rank, meta in enumerate(ordered)}
        self._mids: defaultdict[int, list[int]] = defaultdict(list)
        for row in source.rows("relationships", cids):
            self._mids[number(row.get("cid"))].append(number(row.get("mid")))

    def categories(self, cid: int) -> list[Meta]:
        """In Typecho's order; the first one is part of many addresses."""
        mids = {mid for mid in self._mids.get(cid, ()) if mid in self._rank}
        return [self._categories[m] for m in sorted(mids, key=self._rank.__getitem__)]

    def tags(self, cid: int) -> tuple[str, ...]:
        mids = self._mids.get(cid, ())
        return tuple(sorted({self._tags[mid] for mid in mids if mid in self._tags}))

    def directory(self, cid: int) -> tuple[str, ...]:
        """Slugs from the outermost parent to the post's first category."""
        found = self.categories(cid)
        if not found:
            return ()
        slugs: list[str] = []
        mid, seen = found[0].mid, set[int]()
        while mid in self._categories and mid not in seen:
            seen.add(mid)
            slugs.append(self._categories[mid].slug)
            mid = self._categories[mid].parent
        return tuple(reversed(slugs))


def _meta(row: Row) -> Meta:
    return Meta(
        mid=number(row.get("mid")),
        name=text(row.get("name")),
        slug=text(row.get("slug")),
        parent=number(row.get("parent")),
        order=number(row.get("order")),
    )


def _flat(metas: Iterable[Meta]) -> list[Meta]:
    return sorted(metas, key=lambda meta: (meta.order, meta.mid))


def _tree(categories: dict[int, Meta]) -> list[Meta]:
    children: defaultdict[int, list[Meta]] = defaultdict(list)
    for meta in _flat(categories.values()):
        parent = meta.parent if meta.parent in categories else 0
        children[parent].append(meta)
    walked: list[Meta] = []
    waiting = list(reversed(children.pop(0, [])))
    while waiting:
        meta = waiting.pop()
        walked.append(meta)
        waiting.extend(reversed(children.pop(meta.mid, [])))
    # Categories in a circle are no part of the tree; Typecho shows them last.
    circled = [meta for group in children.values() for meta in group]
    return walked + _flat(circled)
