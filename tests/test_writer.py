"""Does the one writer follow the blog, whatever is done to it?

Real processes of the service over a blog in SQLite; what they say is in their log.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from service import locks, signing, state, writer
from service.nudges import Nudges
from tests.support.processes import wait_until
from tests.support.searchservice import SearchService
from tests.support.sqliteblog import SqliteBlog

KEY = "writer-key-0123456789abcdef"
SOON_S = 60.0
"""Generous, for a busy machine."""


class Followed(SqliteBlog):
    """A blog with a service of its own, not started yet."""

    def __init__(self, folder: Path, source: str = "", **settings: object) -> None:
        super().__init__(folder)
        self.service = SearchService(
            folder / "service", source or self.settings.source, KEY, **settings
        )
        self.settings = self.settings.model_copy(
            update={"data_dir": self.service.data_dir}
        )
        self.service.command("reindex")

    def watch(self) -> subprocess.Popen[bytes]:
        """`service sync --watch`, as the systemd unit runs it; returns when it runs."""
        process = self.service.spawn("sync", "--watch")
        wait_until(lambda: self.writer() == process.pid, SOON_S, "the writer")
        return process

    def writer(self) -> int | None:
        return writer.running(self.service.data_dir)

    def nudge(self, *cids: int) -> int:
        body = f'{{"cids":{list(cids)}}}'.encode()
        return requests.post(
            f"{self.service.url}/api/nudge",
            data=body,
            headers=signing.headers(KEY, "POST", "/api/nudge", "", body),
            timeout=30,
        ).status_code

    def pending(self) -> int:
        return Nudges(self.service.data_dir).pending()

    def lines(self, words: str) -> list[str]:
        text = self.service.log.read_text(encoding="utf-8")
        return [line for line in text.splitlines() if words in line]


@pytest.fixture
def blog(tmp_path: Path) -> Iterator[Followed]:
    made = Followed(tmp_path)
    yield made
    made.service.stop()


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that a test starts beside the service; they end with it."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def dump_of(texts: dict[int, str]) -> str:
    """A dump of posts with these texts, as mysqldump ends it."""
    rows = ",".join(
        f"({cid},'Post','p{cid}',1500000000,1500000000,'{text}',1,'post','publish')"
        for cid, text in texts.items()
    )
    return (
        "-- MySQL dump 10.13\n"
        "CREATE TABLE `typecho_contents` (`cid` int, `title` text, `slug` text, "
        "`created` int, `modified` int, `text` text, `authorId` int, `type` text, "
        "`status` text);\n"
        f"INSERT INTO `typecho_contents` VALUES {rows};\n"
        "CREATE TABLE `typecho_options` (`name` text, `user` int, `value` text);\n"
        "INSERT INTO `typecho_options` VALUES ('siteUrl',0,'https://blog.example');\n"
        "-- Dump completed on 2024-05-01  0:00:00\n"
    )


Started = list[subprocess.Popen[bytes]]


def soon(true: Callable[[], bool], what: str) -> None:
    wait_until(true, SOON_S, what)


# One, however it is started


def test_second_watch_is_told_who_the_first_is(
    blog: Followed, started: Started
) -> None:
    started += [blog.service.spawn("sync", "--watch") for _ in range(2)]

    soon(lambda: any(one.poll() is not None for one in started), "the loser's end")
    loser = next(one for one in started if one.poll() is not None)
    first = next(one for one in started if one is not loser)

    soon(lambda: blog.writer() == first.pid, "the winner")
    assert loser.returncode == 4
    said = f"another writer follows the blog already (pid {first.pid})"
    assert blog.lines(said)


def test_serve_beside_a_watch_takes_over_when_that_ends(
    blog: Followed, started: Started
) -> None:
    started.append(blog.watch())
    blog.service.start()
    soon(lambda: bool(blog.lines("writer not started")), "a refusal")
    assert blog.writer() == started[0].pid

    started[0].send_signal(signal.SIGTERM)

    assert started[0].wait(SOON_S) == 0
    soon(lambda: blog.writer() not in (None, started[0].pid), "serve's own writer")
    assert not blog.lines("Traceback")


def test_owners_sync_waits_for_the_writers(blog: Followed, started: Started) -> None:
    started.append(blog.watch())
    blog.publish(50, "zqbeside")

    blog.service.command("sync")

    assert blog.found("zqbeside") == [50]
    assert blog.here() == blog.there()


# Nudges


def test_nudge_wakes_the_writer(blog: Followed) -> None:
    blog.service.start()
    blog.publish(50, "zqnudged")

    assert blog.nudge(50) == 202

    soon(lambda: blog.service.cids("zqnudged") == [50], "the post")


def test_nudge_survives_a_kill_between_acknowledged_and_applied(
    blog: Followed,
) -> None:
    blog.service.start()
    soon(lambda: bool(blog.writer()), "the writer")
    first = blog.writer() or 0
    os.kill(first, signal.SIGSTOP)
    blog.publish(50, "zqsurvives")

    assert blog.nudge(50) == 202
    os.kill(first, signal.SIGKILL)

    soon(lambda: blog.service.cids("zqsurvives") == [50], "the post")
    assert blog.writer() != first
    assert blog.lines(f"writer died pid={first}")
    soon(lambda: blog.pending() == 0, "an empty spool")


def test_nudge_survives_the_end_of_everything(blog: Followed) -> None:
    blog.service.start()
    soon(lambda: bool(blog.writer()), "the writer")
    os.kill(blog.writer() or 0, signal.SIGSTOP)
    blog.publish(50, "zqsurvives")
    assert blog.nudge(50) == 202

    assert blog.service.server is not None
    blog.service.server.kill(signal.SIGKILL)
    blog.service.stop()
    assert blog.pending() == 1
    blog.service.start()

    soon(lambda: blog.service.cids("zqsurvives") == [50], "the post")


def test_burst_of_a_thousand_is_merged(blog: Followed) -> None:
    blog.service.start()
    for cid in (50, 51, 52):
        blog.publish(cid, f"zqburst{cid}")

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(lambda n: blog.nudge(50 + n % 3, 999), range(1000)))
    soon(lambda: blog.pending() == 0, "an empty spool")

    assert statuses == {202}
    assert blog.here() == blog.there()
    assert len(blog.lines("sync finished")) < 200


def test_disorder_does_no_harm(blog: Followed, started: Started) -> None:
    """A nudge may come before its change, after the next one, twice, or never."""
    started.append(blog.watch())
    spool = Nudges(blog.service.data_dir)

    spool.put([50])  # before it is there
    blog.publish(50, "zqone")
    blog.publish(50, "zqtwo")
    spool.put([50])  # of the second change; that of the first comes late
    blog.run("DELETE FROM typecho_contents WHERE cid = 21")
    spool.put([21, 50])
    spool.put([21])
    soon(lambda: spool.pending() == 0, "an empty spool")

    assert blog.here() == blog.there()
    assert blog.found("zqtwo") == [50]


# Coming and going


def test_sigterm_lets_the_sync_under_way_end(blog: Followed, started: Started) -> None:
    started.append(blog.watch())
    soon(lambda: "next_look" in state.read(blog.settings), "the end of the first look")
    for cid in range(100, 500):
        blog.publish(cid, f"zqdrain{cid} " + "今天的观测记录写在这里。" * 60)
    Nudges(blog.service.data_dir).put(range(100, 500))
    lock = blog.service.data_dir / "index" / "LOCK"
    soon(lambda: locks.holder(lock) is not None, "a sync under way")

    started[0].send_signal(signal.SIGTERM)

    assert started[0].wait(SOON_S) == 0
    assert blog.here() == blog.there()
    assert blog.lines("writer stopped pending_nudges=0")


def test_source_that_was_away_is_tried_again(tmp_path: Path) -> None:
    blog = Followed(tmp_path, sync_interval_s=5)
    away = blog.file.rename(blog.file.with_suffix(".away"))
    blog.service.start()
    try:
        soon(lambda: bool(blog.lines("sync failed")), "a failure")
        assert blog.service.cids("zqfirst25") == [25], "searches go on"
        away.rename(blog.file)
        blog.publish(50, "zqback")

        assert blog.nudge(50) == 202

        soon(lambda: blog.service.cids("zqback") == [50], "the post")
    finally:
        blog.service.stop()


def test_new_words_are_noticed_while_the_old_index_answers(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("木卫二\n", encoding="utf-8")
    blog = Followed(tmp_path, dictionary_file=str(words))
    blog.service.start()
    before = blog.service.get("/readyz").json()["generation"]
    wrong: list[int] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            answer = blog.service.get("/api/cids", q="zqfirst25")
            if answer.status_code != 200 or answer.json()["cids"] != [25]:
                wrong.append(answer.status_code)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        words.write_text("木卫二\n土卫六\n", encoding="utf-8")

        soon(
            lambda: blog.service.get("/readyz").json()["generation"] != before,
            "a new generation",
        )
    finally:
        over.set()
        reader.join()
        blog.service.stop()
    assert wrong == []


def test_new_dump_is_taken_once_it_is_whole(tmp_path: Path) -> None:
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    (dumps / "1.sql").write_text(dump_of({1: "zqmonday"}), encoding="utf-8")
    blog = Followed(tmp_path, source=str(dumps))
    blog.service.start()
    try:
        whole = dump_of({1: "zqmonday", 2: "zqtuesday"})
        half = dumps / "2.sql"
        half.write_text(whole[: len(whole) // 2], encoding="utf-8")
        time.sleep(8)
        assert blog.service.cids("zqmonday") == [1]
        assert blog.service.cids("zqtuesday") == []

        half.write_text(whole, encoding="utf-8")

        soon(lambda: blog.service.cids("zqtuesday") == [2], "the new dump")
    finally:
        blog.service.stop()


# Readers


def test_files_cut_while_served_are_passed_over_then_healed(blog: Followed) -> None:
    """A process that meets the hole is killed by the kernel; the next one sees it."""
    blog.service.command("reindex")
    blog.service.start()
    assert blog.service.cids("zqfirst25") == [25]
    index = blog.service.data_dir / "index"
    spoilt = (index / "CURRENT").read_text().strip()

    for file in (index / spoilt).glob("MAIN_*"):
        os.truncate(file, file.stat().st_size // 2)

    def answers() -> str:
        return str(blog.service.get("/readyz").json()["generation"])

    # The previous one, or already the one that the writer has built meanwhile.
    soon(lambda: answers() != spoilt, "another generation")
    assert blog.service.cids("zqfirst25") == [25]

    blog.service.command("reindex")
    assert blog.service.get("/readyz").json()["status"] == "ready"


def test_50_readers_notice_nothing_of_a_reindex(tmp_path: Path) -> None:
    blog = Followed(tmp_path, workers=2)
    blog.service.start()
    first = blog.service.get("/readyz").json()["generation"]
    over = threading.Event()
    wrong: list[str] = []
    answers = [0]

    def read(cid: int) -> None:
        while not over.wait(0.1):
            try:
                answer = blog.service.get("/api/cids", q=f"zqfirst{cid}")
            except requests.RequestException as error:
                wrong.append(repr(error))
                continue
            answers[0] += 1
            if answer.status_code != 200 or answer.json()["cids"] != [cid]:
                wrong.append(f"{answer.status_code} {answer.text[:200]}")

    threads = [threading.Thread(target=read, args=(20 + n % 20,)) for n in range(50)]
    for thread in threads:
        thread.start()
    try:
        blog.service.command("reindex")
        time.sleep(1)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    last = blog.service.get("/readyz").json()["generation"]
    blog.service.stop()

    assert wrong == []
    assert answers[0] > 100
    assert last != first
