"""Does the index come to hold what the blog holds, at little cost and never by halves?

A blog in SQLite, changed past everybody, as a database administrator would.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service import indexer, state
from service.errors import IndexBusy, ShrinkRefused
from service.index import generations
from service.index.opening import open_engine
from service.typecho.rows import read_posts
from tests.support.sqliteblog import SqliteBlog


@pytest.fixture
def blog(tmp_path: Path) -> SqliteBlog:
    made = SqliteBlog(tmp_path)
    indexer.reindex(made.settings)
    return made


# What a sync finds

SILENT = {
    "category renamed": "UPDATE typecho_metas SET name = '新名' WHERE mid = 3",
    "category deleted": "DELETE FROM typecho_metas WHERE mid = 3",
    "tags merged": "UPDATE typecho_relationships SET mid = 4 WHERE mid = 5",
    "parent moved": "UPDATE typecho_metas SET parent = 1 WHERE mid = 3",
    "user renamed": "UPDATE typecho_users SET screenName = '新站长' WHERE uid = 1",
    "user deleted": "DELETE FROM typecho_users WHERE uid = 2",
    "site moved": "UPDATE typecho_options SET value = 'https://new.example' "
    "WHERE name = 'siteUrl'",
    "rewriting on": "UPDATE typecho_options SET value = '1' WHERE name = 'rewrite'",
    "text edited": "UPDATE typecho_contents SET text = '别的' WHERE cid = 1",
    "slug edited": "UPDATE typecho_contents SET slug = 'other' WHERE cid = 1",
    "marked private": "UPDATE typecho_contents SET status = 'private' WHERE cid = 1",
    "password set": "UPDATE typecho_contents SET password = 'x' WHERE cid = 1",
    "post deleted": "DELETE FROM typecho_contents WHERE cid = 1",
    "draft published": "UPDATE typecho_contents SET type = 'post' WHERE cid = 3",
    "comment approved": "UPDATE typecho_comments SET status = 'approved' "
    "WHERE coid = 4",
    "comment deleted": "DELETE FROM typecho_comments WHERE coid = 1",
    "comment edited": "UPDATE typecho_comments SET text = '改' WHERE coid = 1",
    "page moved": "UPDATE typecho_contents SET slug = 'us' WHERE cid = 2",
}


@pytest.mark.parametrize("what", SILENT)
def test_look_finds_what_no_hook_tells(blog: SqliteBlog, what: str) -> None:
    before = blog.here()
    blog.run(SILENT[what])

    indexer.look(blog.settings)

    assert blog.here() == blog.there()
    assert blog.here() != before


def test_sync_finds_what_no_hook_tells(blog: SqliteBlog) -> None:
    for what, sql in SILENT.items():
        blog.run(sql)

        indexer.sync(blog.settings)

        assert blog.here() == blog.there(), what


def test_scheduled_post_is_found_by_the_look_after_its_hour(blog: SqliteBlog) -> None:
    due = int(time.time()) + 3
    blog.publish(50, "zqscheduled", created=due)
    indexer.look(blog.settings)
    assert blog.found("zqscheduled") == []
    assert indexer.next_due(blog.settings) == due

    while time.time() <= due:
        time.sleep(0.1)
    indexer.look(blog.settings)

    assert blog.found("zqscheduled") == [50]
    assert indexer.next_due(blog.settings) != due


def test_cid_used_again_is_another_post(blog: SqliteBlog) -> None:
    blog.run("DELETE FROM typecho_contents WHERE cid = 39")
    blog.publish(39, "zqsecond", slug="again")

    indexer.look(blog.settings)

    assert blog.found("zqsecond") == [39]
    assert blog.found("zqfirst39") == []


# What it costs


def test_look_at_an_unchanged_blog_reads_no_post(
    blog: SqliteBlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a text was read")

    monkeypatch.setattr(indexer, "read_posts", fail)

    assert indexer.look(blog.settings) is None


def test_look_reads_only_what_changed(
    blog: SqliteBlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    real = read_posts

    def watched(*words: Any, **more: Any) -> Any:
        asked.append(more.get("cids"))
        return real(*words, **more)

    monkeypatch.setattr(indexer, "read_posts", watched)
    blog.run("UPDATE typecho_contents SET text = 'zqnew' WHERE cid = 25")

    outcome = indexer.look(blog.settings)

    assert asked == [{25}]
    assert outcome is not None
    assert outcome.changed == (25,)


# What it refuses, and what it only says


def test_dry_run_names_every_change_but_makes_none(blog: SqliteBlog) -> None:
    blog.publish(50, "zqadded")
    blog.run("UPDATE typecho_contents SET text = 'zqchanged' WHERE cid = 25")
    blog.run("DELETE FROM typecho_contents WHERE cid = 26")
    before, known = blog.here(), state.read(blog.settings)

    said = indexer.sync(blog.settings, dry_run=True)

    assert (said.added, said.changed, said.removed) == ((50,), (25,), (26,))
    assert blog.here() == before
    assert state.read(blog.settings) == known
    assert indexer.look(blog.settings) is not None


def test_losing_most_posts_is_refused_then_forced(blog: SqliteBlog) -> None:
    before = blog.here()
    blog.run("DELETE FROM typecho_contents WHERE cid > 2")

    for way in (indexer.sync, indexer.look, indexer.reindex):
        with pytest.raises(ShrinkRefused):
            way(blog.settings)
    assert blog.here() == before
    assert state.read(blog.settings)["last_error"]["code"] == "shrink_refused"

    indexer.sync(blog.settings, force=True)
    assert blog.here() == blog.there()


def test_named_posts_may_vanish_however_many(blog: SqliteBlog) -> None:
    cids = [cid for cid in blog.here() if cid > 2]
    blog.run("DELETE FROM typecho_contents WHERE cid > 2")

    indexer.apply_nudge(blog.settings, cids)

    assert blog.here() == blog.there()


# After accidents


def test_rolled_back_index_catches_up_with_the_next_look(blog: SqliteBlog) -> None:
    blog.publish(50, "zqlater")
    indexer.reindex(blog.settings)
    indexer.rollback(blog.settings)
    assert blog.found("zqlater") == []

    indexer.look(blog.settings)

    assert blog.found("zqlater") == [50]


def test_index_of_another_schema_is_built_anew_by_the_next_look(
    blog: SqliteBlog,
) -> None:
    engine = open_engine(blog.settings)
    old = engine.generations.current()
    folder = engine.generations.path(old)
    manifest = generations.read_manifest(folder)
    generations.write_manifest(folder, {**manifest, "schema": "1-older-analyzer"})
    assert open_engine(blog.settings).status().stale_schema
    assert blog.found("zqfirst25") == [25], "the old one goes on answering"

    outcome = indexer.look(blog.settings)

    assert outcome is not None
    assert outcome.action == "reindex"
    now = open_engine(blog.settings).status()
    assert now.generation != old
    assert not now.stale_schema


def test_damaged_index_is_built_anew_by_the_next_look(blog: SqliteBlog) -> None:
    indexer.reindex(blog.settings)
    engine = open_engine(blog.settings)
    damaged = engine.generations.path(engine.generations.current())
    for file in damaged.glob("*.trm"):
        file.write_bytes(b"spoilt")
    assert open_engine(blog.settings).status().problem

    indexer.look(blog.settings)

    assert open_engine(blog.settings).status().problem == ""
    assert blog.here() == blog.there()


def test_damage_that_no_answer_has_met_is_healed_by_a_sync(
    blog: SqliteBlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening reads small files only; the daily sync reads all of them."""
    monkeypatch.setattr("service.index.integrity.SMALL", -1)
    engine = open_engine(blog.settings)
    old = engine.generations.current()
    (file,) = engine.generations.path(old).glob("*.pst")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    assert open_engine(blog.settings).status().problem == ""

    outcome = indexer.sync(blog.settings)

    assert outcome.action == "reindex"
    assert open_engine(blog.settings).damaged_file() == ""
    assert blog.here() == blog.there()


# All at once


def test_reindex_during_sync_during_nudge(blog: SqliteBlog) -> None:
    """Whoever is second waits or is told; nothing is lost, nothing is half."""
    failures: list[BaseException] = []
    stop = threading.Event()

    def again(work: Callable[[], object]) -> None:
        while not stop.is_set():
            try:
                work()
            except IndexBusy:
                time.sleep(0.05)
            except BaseException as error:
                failures.append(error)
                return

    chosen = blog.settings
    jobs = [
        lambda: indexer.reindex(chosen),
        lambda: indexer.sync(chosen),
        lambda: indexer.look(chosen),
        lambda: indexer.apply_nudge(chosen, [20, 21, 60]),
        lambda: blog.found("zqfirst30") == [30] or 1 / 0,
    ]
    threads = [threading.Thread(target=again, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for round_ in range(12):
        blog.publish(20 + round_ % 3, f"zqround{round_}")
        blog.publish(60 + round_, f"zqnew{round_}")
        time.sleep(0.4)
    stop.set()
    for thread in threads:
        thread.join(60)

    indexer.sync(blog.settings)

    assert failures == []
    assert blog.here() == blog.there()
    assert blog.found("zqround11") == [22]
