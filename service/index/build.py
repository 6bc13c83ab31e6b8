"""How does a whole blog become a new generation, quickly and in bounded memory?

1. Posts are spooled to disk while the site's own words are learned from titles,
   tags and categories (jieba must know them before it cuts the first text).
2. Processes cut words; this one writes documents and spools postings.
3. Postings are sorted range by range and written as one Whoosh segment.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import re
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from multiprocessing import connection
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import _DEF_INDEX_NAME as INDEX_NAME
from whoosh.index import TOC

from service.index import packer
from service.index.document import Document, body, to_document
from service.index.new_segment import NewSegment
from service.index.packer import Packer
from service.index.schema import whoosh_schema
from service.model import Post
from service.text.analyzer import HAN, Analyzer

Progress = Callable[[int, int], None]
"""Called with (posts done, posts in all)."""

_BATCH = 16  # posts handed to a cutting process at once
_HAN_RUN = re.compile(f"[{HAN}]+")
_LEARNED = range(2, 6)  # Han characters of a word taken from a title

_analyzer: Analyzer  # set before the cutting processes are forked
_packer: Packer


class PostSpool:
    """Posts on disk, in the order they came, and what was learned from them."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "posts.spool"
        self.count = 0
        self.words: set[str] = set()

    def fill(self, posts: Iterable[Post]) -> None:
        with self._path.open("wb") as file:
            pickler = pickle.Pickler(file, protocol=5)
            for post in posts:
                pickler.dump(post)
                pickler.clear_memo()
                self.count += 1
                self.words.update(learned(post))

    def batches(self) -> Iterator[list[Post]]:
        with self._path.open("rb") as file:
            left = self.count
            while left:
                size = min(left, _BATCH)
                yield [pickle.load(file) for _ in range(size)]
                left -= size

    def sample(self, most: int) -> list[Post]:
        """So many posts at most, from everywhere."""
        step = -(-self.count // most) or 1
        posts = (post for batch in self.batches() for post in batch)
        return list(itertools.islice(posts, 0, None, step))

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


def learned(post: Post) -> Iterator[str]:
    """The site's own words in a post: its tags, categories and short title parts."""
    yield from post.tags
    yield from post.categories
    for run in _HAN_RUN.findall(post.title):
        if len(run) in _LEARNED:
            yield run


def build(
    spool: PostSpool,
    folder: Path,
    analyzer: Analyzer,
    processes: int,
    progress: Progress | None = None,
) -> None:
    """Write all spooled posts into `folder` as a Whoosh index of one segment."""
    storage = FileStorage(str(folder))
    new = NewSegment(storage, folder)
    packer_ = packer.train([body(p) for p in spool.sample(packer.SAMPLES)], folder)
    with closing(_cut(spool, analyzer, packer_, processes)) as cut:
        for document in cut:
            new.add(document)
            if progress:
                progress(new.count, spool.count)
    segment = new.finish()
    segments = [segment] if spool.count else []
    TOC(whoosh_schema(), segments, 1).write(storage, INDEX_NAME)


def _cut(
    spool: PostSpool, analyzer: Analyzer, packer_: Packer, processes: int
) -> Generator[Document, None, None]:
    """The documents in the order of the posts."""
    global _analyzer, _packer
    _analyzer, _packer = analyzer, packer_
    analyzer("预热")  # loads the dictionary here, so that forks share it
    processes = min(processes or os.cpu_count() or 1, -(-spool.count // _BATCH))
    if processes <= 1:
        for batch in spool.batches():
            yield from _cut_batch(batch)
        return
    # imap takes tasks as fast as it can: without this brake the blog would be in
    # memory twice.
    brake = threading.Semaphore(processes * 3)

    def tasks() -> Iterator[list[Post]]:
        for batch in spool.batches():
            brake.acquire()
            yield batch

    context = multiprocessing.get_context("fork")
    with context.Pool(processes, initializer=_follow_parent) as pool:
        for documents in pool.imap(_cut_batch, tasks()):
            brake.release()
            yield from documents


def _follow_parent() -> None:
    """End this process when the writer dies, even by kill -9.

    It inherited the writer's lock, and would keep it while it waits for work that
    nobody sends any more.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _cut_batch(posts: list[Post]) -> list[Document]:
    return [to_document(post, _analyzer, _packer) for post in posts]
