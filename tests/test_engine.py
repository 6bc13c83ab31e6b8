"""Does the engine keep the promises of `service.index.Engine`?

Contract tests: they use the five methods and engine-neutral values only, so another
engine passes them by another `make_engine`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.errors import IndexBusy, IndexMissing, ShrinkRefused
from service.index import Engine
from service.index.query import parse
from service.index.schema import fingerprint
from service.index.whoosh_engine import WhooshEngine
from service.model import Comment, Filters, Post, Query
from tests.support.app import post
from tests.support.corpus import blog, made_up

POSTS = blog(40)


def make_engine(folder: Path) -> WhooshEngine:
    return WhooshEngine(folder, processes=1)


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    return make_engine(tmp_path)


@pytest.fixture
def full(engine: WhooshEngine) -> WhooshEngine:
    engine.rebuild(POSTS)
    return engine


def cids(engine: Engine, text: str, **more: object) -> list[int]:
    hits = engine.search(parse(text), limit=1000, **more).hits  # type: ignore[arg-type]
    return [hit.cid for hit in hits]


def everything(engine: Engine) -> Query:
    """A query without words that every post meets."""
    return Query(raw="", filters=Filters(after=-(10**12)))


# Rebuild


def test_rebuilt_posts_come_back_as_they_were(full: WhooshEngine) -> None:
    found = full.search(everything(full), limit=1000)

    assert {hit.cid: hit.post for hit in found.hits} == {p.cid: p for p in POSTS}
    assert found.total == 40


def test_fingerprints_are_those_of_the_posts(full: WhooshEngine) -> None:
    assert full.fingerprints() == {p.cid: fingerprint(p) for p in POSTS}


def test_status_tells_what_answers(full: WhooshEngine) -> None:
    status = full.status()

    assert status.posts == 40
    assert status.generation == full.search(parse("天象")).generation
    assert status.segments == 1
    assert status.size_bytes > 1000
    assert status.built > 1_500_000_000
    assert not status.stale_schema
    assert status.problem == ""


def test_status_before_the_first_build_is_no_error(engine: WhooshEngine) -> None:
    status = engine.status()

    assert status.generation == ""
    assert "reindex" in status.problem


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda e: e.search(parse("x")), id="search"),
        pytest.param(lambda e: e.fingerprints(), id="fingerprints"),
        pytest.param(lambda e: e.update([POSTS[0]], []), id="update"),
    ],
)
def test_asking_before_the_first_build_is_an_error(
    engine: WhooshEngine, ask: Callable[[WhooshEngine], object]
) -> None:
    with pytest.raises(IndexMissing):
        ask(engine)


def test_opening_creates_nothing(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "index")

    engine.status()

    assert list(tmp_path.iterdir()) == []


def test_blog_without_posts_is_an_index(engine: WhooshEngine) -> None:
    engine.rebuild([])

    assert engine.status().posts == 0
    assert engine.status().problem == ""
    assert engine.fingerprints() == {}
    for text in ("天象", '"天象"', "title:x", "-x", "year:2018", "a OR b", ""):
        found = engine.search(parse(text), facets=True)
        assert (found.hits, found.total) == ((), 0)


def test_first_post_after_an_empty_blog(engine: WhooshEngine) -> None:
    engine.rebuild([])

    engine.update([post(70, "天象", "观测")], [])

    assert cids(engine, "天象") == [70]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(post(70, "天象", ""), id="empty text"),
        pytest.param(post(70, "", ""), id="empty title, too"),
        pytest.param(post(70, "天象", " \n\t\0\u200b"), id="blanks only"),
        pytest.param(post(70, "天象", "，。！"), id="signs only"),
        pytest.param(post(70, "😀👨\u200d👩\u200d👧", "☄️ \u202e\ufeff"), id="emoji"),
        pytest.param(post(70, "a\ud800b", "c\udfff 天象"), id="lone surrogates"),
        pytest.param(post(70, "天象", "x", tags=("\ud83d",), categories=("\ud83d",)),
                     id="half an emoji as a tag"),
        pytest.param(post(70, "天象", "x", tags=("", "a", "a", "A"), categories=("",)),
                     id="empty and repeated tags"),
        pytest.param(post(70, "天象", "x", created=0, year=0), id="beginning of time"),
        pytest.param(post(70, "天象", "x", created=-(2**40), year=-3), id="before it"),
        pytest.param(post(2**40, "天象", "x"), id="large cid"),
        pytest.param(post(70, "字" * 5000, "x"), id="long title"),
        pytest.param(post(70, "天象", "a" * 100_000), id="one long word"),
        pytest.param(post(70, "天象", "x", comments=(Comment(1, "", "\ud800", 1),)),
                     id="odd comment"),
    ],
)  # fmt: skip
def test_odd_post_is_indexed(engine: WhooshEngine, odd: Post) -> None:
    engine.rebuild([odd, *POSTS])
    assert engine.fingerprints()[odd.cid] == fingerprint(odd)

    engine.update([odd], [])

    stored = engine.post(odd.cid)
    assert stored is not None
    assert stored.created == odd.created
    assert engine.fingerprints()[odd.cid] == fingerprint(odd)
    engine.search(everything(engine), limit=1000, facets=True)


def test_huge_post_is_found_by_its_last_words(engine: WhooshEngine) -> None:
    sentence = "The softmax of a gradient, as everybody knows.\n"
    huge = post(70, "长", sentence * (2_000_000 // len(sentence.encode())) + "尾声鼗鼖")

    engine.rebuild([huge, *POSTS])

    assert cids(engine, "尾声鼗鼖") == [70]
    assert cids(engine, '"尾声鼗鼖"') == [70]
    assert engine.post(70) == huge


def test_post_with_5000_comments(engine: WhooshEngine) -> None:
    comments = tuple(Comment(n, "读者", f"第{n}条评论", n) for n in range(5000))
    busy = post(70, "热门", "正文", comments=comments)

    engine.rebuild([busy, *POSTS])

    assert cids(engine, '"第4999条"') == [70]
    assert engine.post(70) == busy


def test_one_generator_is_read_once(engine: WhooshEngine) -> None:
    read: list[int] = []

    def once() -> Iterator[Post]:
        for made in POSTS:
            read.append(made.cid)
            yield made

    engine.rebuild(once())

    assert read == [made.cid for made in POSTS]


def test_failing_source_leaves_what_answered(full: WhooshEngine) -> None:
    before = full.status()

    def failing() -> Iterator[Post]:
        yield POSTS[0]
        raise ConnectionError("lost")

    with pytest.raises(ConnectionError):
        full.rebuild(failing())

    assert full.status() == before
    assert full.rebuild(POSTS) != before.generation


@pytest.mark.parametrize("processes", [1, 2])
def test_number_of_processes_does_not_change_the_index(
    tmp_path: Path, processes: int
) -> None:
    engine = WhooshEngine(tmp_path, processes=processes)

    engine.rebuild(POSTS)

    answer = engine.search(parse("变分自编码器 softmax"), limit=5)
    other = make_engine(tmp_path / "other")
    other.rebuild(POSTS)
    expected = other.search(parse("变分自编码器 softmax"), limit=5)
    assert answer.hits == expected.hits


# Shrinking


def test_losing_more_than_half_is_refused(full: WhooshEngine) -> None:
    before = full.status()

    with pytest.raises(ShrinkRefused, match="19 posts instead of 40") as caught:
        full.rebuild(POSTS[:19])
    with pytest.raises(ShrinkRefused):
        full.update([], [made.cid for made in POSTS[:21]])

    assert "--force" in caught.value.hint
    assert full.status() == before


def test_losing_half_is_allowed(full: WhooshEngine) -> None:
    full.rebuild(POSTS[:20])

    assert full.status().posts == 20


def test_force_allows_to_lose_all(full: WhooshEngine) -> None:
    full.rebuild([], force=True)

    assert full.status().posts == 0


def test_forced_update_may_remove_most(full: WhooshEngine) -> None:
    full.update([], [made.cid for made in POSTS[:39]], force=True)

    assert list(full.fingerprints()) == [40]


def test_removing_strangers_is_no_shrinking(full: WhooshEngine) -> None:
    """What is not in the index cannot be lost."""
    full.update([], range(1000, 2000))

    assert full.status().posts == 40


def test_changing_most_posts_is_no_shrinking(full: WhooshEngine) -> None:
    changed = [replace(made, title="新") for made in POSTS]

    full.update(changed, [made.cid for made in POSTS])

    assert full.status().posts == 40


# Update


def test_added_changed_and_removed_in_one_update(full: WhooshEngine) -> None:
    added = post(41, "鼗鼖鼛", "新")
    changed = replace(POSTS[0], title="黼黻黹")

    full.update([added, changed], [2, 3])

    assert cids(full, "鼗鼖鼛") == [41]
    assert cids(full, "黼黻黹") == [1]
    assert full.fingerprints() == {
        **{p.cid: fingerprint(p) for p in POSTS[3:]},
        1: fingerprint(changed),
        41: fingerprint(added),
    }


def test_old_words_of_a_changed_post_find_it_no_more(engine: WhooshEngine) -> None:
    engine.rebuild([post(1, "鼗鼖鼛", "x"), post(2, "别的", "y")])

    engine.update([post(1, "黼黻黹", "x")], [])

    assert cids(engine, "鼗鼖鼛") == []
    assert cids(engine, "黼黻黹") == [1]


def test_removed_and_added_again(full: WhooshEngine) -> None:
    for _ in range(3):
        full.update([], [5])
        assert 5 not in full.fingerprints()
        full.update([POSTS[4]], [])
        assert full.post(5) == POSTS[4]

    assert full.status().posts == 40


def test_cid_used_again_by_another_post(full: WhooshEngine) -> None:
    full.update([], [5])

    full.update([made_up(5, seed=9)], [])

    assert full.post(5) == made_up(5, seed=9)


def test_same_cid_twice_in_one_update_counts_once(full: WhooshEngine) -> None:
    full.update([made_up(5, seed=1), made_up(5, seed=2)], [5])

    assert full.post(5) == made_up(5, seed=2)
    assert full.status().posts == 40


def test_update_with_nothing_changes_nothing(full: WhooshEngine) -> None:
    before = full.status()

    full.update([], [])

    assert full.status() == before


def test_failing_update_changes_nothing(full: WhooshEngine) -> None:
    before = full.fingerprints()

    def failing() -> Iterator[Post]:
        yield replace(POSTS[0], title="鼗鼖鼛")
        raise ConnectionError("lost")

    with pytest.raises(ConnectionError):
        full.update(failing(), [2])

    assert full.fingerprints() == before
    assert cids(full, "鼗鼖鼛") == []


def test_many_small_updates_keep_few_segments(full: WhooshEngine) -> None:
    most = 0
    for number in range(41, 101):
        full.update([made_up(number)], [])
        most = max(most, full.status().segments)

    assert full.status().posts == 100
    assert most <= 8
    assert full.fingerprints() == {p.cid: fingerprint(p) for p in blog(100)}


def test_update_of_300_posts_at_once(full: WhooshEngine) -> None:
    full.update(blog(340)[40:], [])

    assert full.status().posts == 340
    assert full.post(340) == made_up(340)


def test_updated_index_ranks_as_a_rebuilt_one(full: WhooshEngine) -> None:
    full.update(blog(60)[40:], range(1, 11))
    rebuilt = make_engine(full.generations.folder.parent / "rebuilt")
    rebuilt.rebuild(POSTS)
    rebuilt.update(blog(60)[40:], range(1, 11))

    for text in ("天象", "softmax gradient", '"新词"', "tag:天象"):
        assert full.search(parse(text)).hits == rebuilt.search(parse(text)).hits


# Windows


def test_windows_make_up_the_whole_list(full: WhooshEngine) -> None:
    query = parse("天象 观测 的")
    whole = full.search(query, limit=1000)

    pages = [
        hit
        for offset in range(0, whole.total, 7)
        for hit in full.search(query, offset=offset, limit=7).hits
    ]

    assert [hit.cid for hit in pages] == [hit.cid for hit in whole.hits]
    assert whole.total == len(whole.hits)


@pytest.mark.parametrize("limit", [0, 1, 5, 1000])
def test_total_and_facets_do_not_depend_on_the_window(
    full: WhooshEngine, limit: int
) -> None:
    found = full.search(parse("天象"), limit=limit, facets=True)
    whole = full.search(parse("天象"), limit=1000, facets=True)

    assert (found.total, found.facets) == (whole.total, whole.facets)
    assert len(found.hits) == min(limit, whole.total)


def test_window_beyond_the_end_is_empty(full: WhooshEngine) -> None:
    found = full.search(parse("天象"), offset=10**6, limit=10)

    assert found.hits == ()
    assert found.total > 0


def test_posts_are_left_out_on_request(full: WhooshEngine) -> None:
    assert all(
        hit.post is None for hit in full.search(parse("天象"), with_posts=False).hits
    )


def test_facets_count_the_hits(full: WhooshEngine) -> None:
    found = full.search(parse("天象"), limit=1000, facets=True)

    for name, of in (("category", "categories"), ("tag", "tags")):
        for facet in found.facets[name]:
            expected = sum(facet.value in getattr(hit.post, of) for hit in found.hits)
            assert facet.count == expected
    years = {int(f.value): f.count for f in found.facets["year"]}
    assert sum(years.values()) == found.total


# Other processes and threads


def test_other_process_sees_a_new_generation(full: WhooshEngine) -> None:
    other = make_engine(full.generations.folder)
    assert other.status().posts == 40

    name = full.rebuild(blog(41))

    assert other.search(parse("天象")).generation == name
    assert other.status().posts == 41


def test_other_process_sees_an_update(full: WhooshEngine) -> None:
    other = make_engine(full.generations.folder)
    assert cids(other, "鼗鼖鼛") == []

    full.update([post(41, "鼗鼖鼛", "新")], [])

    assert cids(other, "鼗鼖鼛") == [41]


def test_other_process_sees_a_rollback(full: WhooshEngine) -> None:
    full.rebuild(blog(41))
    other = make_engine(full.generations.folder)
    assert other.status().posts == 41

    full.generations.rollback()

    assert other.status().posts == 40


def test_unchanged_index_is_not_opened_again(full: WhooshEngine) -> None:
    before = full.snapshot()

    for _ in range(3):
        full.search(parse("天象"))

    assert full.snapshot() is before


def test_each_of_many_quick_updates_is_seen_at_once(full: WhooshEngine) -> None:
    other = make_engine(full.generations.folder)

    for number in range(41, 61):
        full.update([made_up(number)], [])
        assert number in other.fingerprints()


def test_second_writer_is_told_to_wait(full: WhooshEngine) -> None:
    with full.generations.lock():
        with pytest.raises(IndexBusy):
            full.rebuild(POSTS)
        with pytest.raises(IndexBusy):
            full.update([POSTS[0]], [])
        assert full.search(parse("天象")).total > 0


def test_50_readers_notice_nothing_of_a_writer(full: WhooshEngine) -> None:
    """Every answer is whole: either the old list or the new one, with its posts."""
    stop, failures = threading.Event(), []
    answers = [0]

    def read() -> None:
        while not stop.is_set():
            try:
                found = full.search(parse("天象 softmax"), limit=20, facets=True)
                for hit in found.hits:
                    assert hit.post is not None
                    assert hit.post.cid == hit.cid
                answers[0] += 1
            except BaseException as error:
                failures.append(error)
                return
            time.sleep(0.2)  # leaves the writer some time on a small machine

    threads = [threading.Thread(target=read) for _ in range(50)]
    for thread in threads:
        thread.start()
    try:
        for round_ in range(2):
            full.rebuild(blog(45))
            for number in range(46, 50):
                full.update([made_up(number, seed=round_)], [number - 40])
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert failures == []
    assert answers[0] >= 50


def test_readers_of_one_snapshot_never_get_each_others_posts(
    full: WhooshEngine,
) -> None:
    failures: list[BaseException] = []

    def read(start: int) -> None:
        try:
            for number in range(200):
                cid = (start + number) % 40 + 1
                assert full.post(cid) == POSTS[cid - 1]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
