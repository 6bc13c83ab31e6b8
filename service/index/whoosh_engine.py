"""How does the embedded engine keep its five promises? (`service.index.Engine`)

Reading: from the generation that `Reader` says answers. Writing: only under the lock,
only in `rebuild` and `update`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from service.errors import IndexUnusable, SearchError, ShrinkRefused
from service.index import EngineStatus, facets, lexicon, schema, segments
from service.index.build import PostSpool, Progress, build
from service.index.generations import Generations, convert_os_errors
from service.index.matching import Ranking, rank
from service.index.reading import WORDS_FILE, Opened, Reader
from service.index.snapshot import Snapshot
from service.model import Post, Query, RawHits
from service.text.analyzer import Analyzer
from service.text.synonyms import SynonymsFile

log = logging.getLogger(__name__)


class WhooshEngine:
    """See `service.index.Engine`; `folder` holds all generations."""

    def __init__(
        self,
        folder: Path,
        *,
        dictionary: Iterable[str] = (),
        cache_bytes: int = 16 << 20,
        processes: int = 0,
        recency: bool = True,
        synonyms_file: Path | None = None,
    ) -> None:
        self.generations = Generations(folder)
        self._dictionary = tuple(dictionary)
        self._processes = processes
        self.recency = recency
        self._synonyms = SynonymsFile(synonyms_file)
        self._reader = Reader(self.generations, cache_bytes)

    # Reading

    def search(
        self,
        query: Query,
        *,
        offset: int = 0,
        limit: int = 10,
        facets: bool = False,
        with_posts: bool | slice = True,
    ) -> RawHits:
        wanted = with_posts
        if isinstance(wanted, bool):
            wanted = slice(None) if wanted else slice(0)

        def work(opened: Opened) -> RawHits:
            ranking = self._rank(opened, query, offset + limit)
            snapshot, docs = opened.snapshot, ranking.docs[offset:]
            cids, scores = snapshot.cids[docs].tolist(), ranking.scores[offset:]
            posts = map(snapshot.post, docs[wanted].tolist())
            return RawHits(
                cids=tuple(cids),
                scores=tuple(scores.tolist()),
                posts=tuple(posts),
                total=ranking.total,
                generation=snapshot.generation,
                facets=_facets(snapshot, ranking) if facets else {},
                highlights=ranking.highlights,
                relaxed=ranking.relaxed,
                unknown=ranking.unknown,
            )

        return self._reader.answer(work)

    def fingerprints(self) -> dict[int, str]:
        snapshot = self._reader.opened().snapshot
        rows = snapshot.meta[snapshot.live]
        return {int(row["cid"]): bytes(row["fingerprint"]).hex() for row in rows}

    def status(self) -> EngineStatus:
        try:
            opened = self._reader.opened()
        except SearchError as error:
            return EngineStatus("", 0, 0, "", problem=f"{error.message}: {error.hint}")
        snapshot = opened.snapshot
        return EngineStatus(
            generation=snapshot.generation,
            posts=snapshot.count,
            built=opened.built,
            schema_version=opened.schema,
            previous=self.generations.previous(),
            stale_schema=opened.schema != self._schema(),
            problem=opened.problem,
            size_bytes=self.generations.size(opened.name),
            segments=snapshot.segments,
        )

    def damaged_file(self) -> str:
        """The name of a file of the current generation that is not what was written.

        Reads all of it, for `doctor`; "" is good news.
        """
        return self._reader.damaged_file(self._reader.opened(), thorough=True)

    def post(self, cid: int) -> Post | None:
        """The stored post, or None."""

        def work(opened: Opened) -> Post | None:
            doc = opened.snapshot.document(cid)
            return None if doc is None else opened.snapshot.post(doc)

        return self._reader.answer(work)

    def analyzer(self) -> Analyzer:
        """The analyzer of the current generation, for people who ask why."""
        return self._reader.opened().analyzer

    def snapshot(self) -> Snapshot:
        """What answers now, for `explain` and suggestions."""
        return self._reader.opened().snapshot

    # Writing

    def rebuild(
        self,
        posts: Iterable[Post],
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> str:
        folder = self.generations.folder
        with self.generations.lock(), convert_os_errors(folder):
            self.generations.clear()
            building = self.generations.new()
            spool = PostSpool(building)
            try:
                spool.fill(posts)
                previous = self._refuse_to_shrink(spool.count, force)
                analyzer = Analyzer((*self._dictionary, *spool.words))
                build(spool, building, analyzer, self._processes, progress)
                spool.remove()
                words = building / WORDS_FILE
                words.write_text("\n".join(analyzer.words), encoding="utf-8")
                written = self._verify(building, spool.count)
                lexicon.write(written, analyzer, building)
                manifest = self._manifest(spool.count)
                name = self.generations.publish(building, manifest, previous)
            except BaseException:
                self.generations.discard(building)
                raise
            self.generations.clear()
        log.info("generation published generation=%s posts=%d", name, spool.count)
        return name

    def update(
        self, changed: Iterable[Post], removed: Iterable[int], *, force: bool = False
    ) -> str:
        with self.generations.lock(), convert_os_errors(self.generations.folder):
            opened = self._reader.opened()
            if opened.problem:
                raise IndexUnusable(
                    opened.problem, "build a new one: typecho-search reindex"
                )
            posts = {post.cid: post for post in changed}
            gone = set(removed) - posts.keys()
            self._refuse_to_shrink(_size_after(opened.snapshot, posts, gone), force)
            if posts or gone:
                self._apply(opened, posts, gone)
        return opened.name

    def _apply(self, opened: Opened, posts: dict[int, Post], gone: set[int]) -> None:
        try:
            segments.apply(opened.snapshot, posts, gone, opened.analyzer)
        except (OSError, SearchError):
            raise
        except Exception as error:
            # Merging reads old posts: what cannot be read must not be lost quietly.
            if not self._reader.distrust_if_damaged(opened, error):
                raise
            raise IndexUnusable(
                f"generation {opened.name} is damaged",
                "build a new one: typecho-search reindex",
            ) from error

    def _refuse_to_shrink(self, posts: int, force: bool) -> str:
        """The name of the generation that answers, "" if none does."""
        try:
            opened = self._reader.opened()
        except SearchError:
            return ""  # nothing answers: anything is better
        before = opened.snapshot.count
        if posts * 2 < before and not force:
            raise ShrinkRefused(
                f"{posts} posts instead of {before}: more than half would be lost",
                "check the source; if this is right, repeat with --force",
            )
        return opened.name

    def _rank(self, opened: Opened, query: Query, count: int) -> Ranking:
        return rank(
            opened.snapshot,
            query,
            opened.analyzer,
            count,
            self.recency,
            self._synonyms.current(),
        )

    def _verify(self, building: Path, count: int) -> Snapshot:
        """Open what was written, as a reader will, before anybody must."""
        snapshot = Snapshot(building, building.name, 0)
        if snapshot.count != count:
            raise IndexUnusable(
                f"the new index holds {snapshot.count} of {count} posts",
                "run `typecho-search reindex` again; the current index is untouched",
            )
        return snapshot

    def _manifest(self, count: int) -> dict[str, Any]:
        return {"schema": self._schema(), "posts": count, "built": int(time.time())}

    def _schema(self) -> str:
        own = Analyzer(self._dictionary)
        return f"{schema.VERSION}-{schema.digest(own.hmm)}-{own.digest}"


def _size_after(snapshot: Snapshot, posts: dict[int, Post], gone: set[int]) -> int:
    replaced = np.isin(snapshot.cids[snapshot.live], [*posts, *gone])
    return snapshot.count - int(replaced.sum()) + len(posts)


def _facets(snapshot: Snapshot, ranking: Ranking) -> dict[str, Any]:
    return facets.count(snapshot, ranking.mask)
