"""Is an index of many updates what a rebuild would have made, whatever happened?

Segments are merged by copying what lies on disk: nothing may be lost, doubled or
given another weight. An update fails or dies at every call that touches the disk's
order of things; then the index is the old one or the new one, whole.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from service.errors import IndexFull, IndexUnusable
from service.index import segments
from service.index.document import to_document
from service.index.new_segment import NewSegment
from service.index.query import parse
from service.index.schema import whoosh_schema
from service.index.snapshot import Snapshot
from service.index.whoosh_engine import WhooshEngine
from service.model import Post
from tests.support.corpus import blog, made_up

POSTS = blog(30)
MARK = "鼗鼖鼛"


def made(folder: Path, posts: list[Post]) -> WhooshEngine:
    engine = WhooshEngine(folder, processes=1)
    engine.rebuild(posts)
    return engine


@pytest.fixture
def untaught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words of titles are not learned: a rebuild would learn others than updates."""
    monkeypatch.setattr("service.index.build.learned", lambda post: ())


# Merging


def contents(snapshot: Snapshot) -> dict[Any, Any]:
    """All that a reader can get of it, by cid instead of document number."""
    terms = {
        (field, segment.terms.term_bytes(number))
        for segment in map(snapshot.segment, range(snapshot.segments))
        for field, (first, last) in segment.terms.fields.items()
        for number in range(first, last)
    }
    found: dict[Any, Any] = {}
    for field, term in terms:
        docs, codes = snapshot.postings(field, term)
        assert (docs[1:] > docs[:-1]).all()
        pairs = zip(snapshot.cids[docs].tolist(), codes.tolist(), strict=True)
        if posts := sorted(pairs):
            found[field, term] = posts
    for doc in snapshot.live.nonzero()[0].tolist():
        row, flat = snapshot.meta[doc], snapshot.flat(doc)
        found[int(row["cid"])] = (row.tobytes(), flat, snapshot.post(doc))
    return found


@pytest.mark.usefixtures("untaught")
def test_many_updates_make_what_a_rebuild_makes(tmp_path: Path) -> None:
    engine = made(tmp_path / "updated", POSTS)
    posts = {post.cid: post for post in POSTS}
    merges = 0

    for round_ in range(40):
        new = [made_up(1 + round_ * 7 % 40, seed=round_)]
        if round_ % 5 == 0:
            new.append(made_up(50 + round_, seed=round_))
        gone = [round_ % 30 + 1] if round_ % 3 == 0 else []
        before = engine.status().segments
        engine.update(new, gone)
        merges += engine.status().segments < before
        for cid in gone:
            posts.pop(cid, None)
        posts.update({post.cid: post for post in new})

    assert merges >= 8
    rebuilt = made(tmp_path / "rebuilt", list(posts.values()))
    assert contents(engine.snapshot()) == contents(rebuilt.snapshot())
    again = WhooshEngine(tmp_path / "updated")
    assert contents(again.snapshot()) == contents(rebuilt.snapshot())


@pytest.mark.usefixtures("untaught")
def test_segments_of_several_files_are_merged_too(tmp_path: Path) -> None:
    """As updates wrote them before they wrote one file."""
    engine = made(tmp_path / "updated", POSTS)
    snapshot = engine.snapshot()
    storage = FileStorage(str(snapshot.folder))
    toc = TOC.read(storage, "MAIN", schema=whoosh_schema())
    more = [made_up(cid) for cid in range(41, 45)]
    for post in more[:3]:
        new = NewSegment(storage, snapshot.folder)
        new.add(to_document(post, engine.analyzer(), snapshot.packer))
        toc.segments.append(new.finish())
    TOC(toc.schema, toc.segments, 2).write(storage, "MAIN")
    assert engine.status().segments == 4

    engine.update(more[3:], [])

    assert engine.status().segments == 2
    rebuilt = made(tmp_path / "rebuilt", POSTS + more)
    assert contents(engine.snapshot()) == contents(rebuilt.snapshot())


def test_merging_does_not_lend_new_sums_to_damaged_posts(tmp_path: Path) -> None:
    engine = made(tmp_path, POSTS)
    for cid in (41, 42, 43):
        engine.update([made_up(cid)], [])
    folder = engine.snapshot().folder
    (file, *_) = sorted(folder.glob("*.seg"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x55
    file.write_bytes(content)

    with pytest.raises(IndexUnusable, match="damaged"):
        engine.update([made_up(44)], [])

    assert sorted(folder.glob("*.seg")) != []


def test_small_segment_is_one_file(tmp_path: Path) -> None:
    engine = made(tmp_path, POSTS)
    before = files(engine)

    engine.update([made_up(41)], [])

    (segment,) = [name for name in files(engine) - before if name.endswith(".seg")]
    assert files(engine) - before == {segment, "_MAIN_2.toc"}
    assert segment in engine.generations.manifest(engine.status().generation)["files"]


# Failing and dying


def files(engine: WhooshEngine) -> set[str]:
    return {file.name for file in engine.snapshot().folder.iterdir()}


def found(folder: Path) -> tuple[int, list[int]]:
    """What someone who opens the index now sees: posts, and those with the mark."""
    engine = WhooshEngine(folder, processes=1)
    assert engine.status().problem == ""
    assert engine.damaged_file() == ""
    hits = engine.search(parse(MARK), limit=100).hits
    return engine.status().posts, sorted(hit.cid for hit in hits)


CALLS = ("fsync", "rename", "replace", "remove", "scandir")
OLD, NEW = (33, []), (34, [2, 44])


def ready(folder: Path) -> WhooshEngine:
    """One update before a merge."""
    engine = made(folder, POSTS)
    for cid in (41, 42, 43):
        engine.update([made_up(cid)], [])
    assert found(folder) == OLD
    return engine


def the_update(engine: WhooshEngine) -> None:
    engine.update([replace(made_up(cid), title=MARK) for cid in (44, 2)], [])


def at_call(number: int, happens: Callable[[], None]) -> Callable[[], int]:
    """Let it happen before this call, of all that order what is on disk."""
    calls = 0

    def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == number:
                happens()
            return real(*args, **more)

        return call

    for name in CALLS:
        setattr(os, name, wrap(getattr(os, name)))
    return lambda: calls


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_update_that_fails_at_any_call_is_none_or_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = 0
    for number in range(1, 100):
        folder = tmp_path / str(number)
        engine = ready(folder)
        before = files(engine)
        with monkeypatch.context() as patched:
            for name in CALLS:
                patched.setattr(os, name, getattr(os, name))  # is put back
            calls = at_call(number, full_disk)
            try:
                the_update(engine)
            except IndexFull:
                failed += 1
        state = found(folder)
        assert state in (OLD, NEW), number
        if state == OLD:
            assert {n for n in files(engine) if n[0] != "."} == before, number
        the_update(engine)
        assert found(folder) == NEW
        if calls() < number:
            break
    assert failed >= 5


def test_disk_that_is_full_while_a_segment_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ready(tmp_path)
    before = files(engine)

    def assemble(file: Any, *_: Any) -> None:
        file.write(b"the first bytes")
        full_disk()

    with monkeypatch.context() as patched:
        patched.setattr(segments.CompoundStorage, "assemble", assemble)
        with pytest.raises(IndexFull):
            the_update(engine)

    assert files(engine) == before
    assert found(tmp_path) == OLD


def test_update_that_is_killed_at_any_call_is_none_or_whole(tmp_path: Path) -> None:
    killed = 0
    for number in range(1, 100):
        folder = tmp_path / str(number)
        engine = ready(folder)
        child = os.fork()
        if not child:
            at_call(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
            the_update(engine)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or status == 0
        state = found(folder)
        assert state in (OLD, NEW), number
        the_update(engine)
        assert found(folder) == NEW
        if not os.WIFSIGNALED(status):
            break
        killed += 1
    assert killed >= 5
    assert [name for name in files(engine) if ".toc." in name] == []
