"""Does `doctor` find what is broken, and does `status` say how things stand?

On the bundled sample; each break is made as accidents make it. What concerns the
plugin is in integration/test_plugin_doctor.py.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from service import __version__, locks
from service.cli import check_plugin
from service.index.whoosh_engine import WhooshEngine
from service.nudges import Nudges
from tests.support import app as support
from tests.test_cli import SAMPLE, run

NOBODY = "127.0.0.1:1"
"""An address on which nothing listens."""


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doctor")
    shutil.copy(SAMPLE, folder / "blog.sql")
    (folder / "search.toml").write_text(
        f'source = "blog.sql"\ndata_dir = "data"\nbind = "{NOBODY}"\n',
        encoding="utf-8",
    )
    assert run("reindex", cwd=folder).returncode == 0
    return folder


@pytest.fixture
def blog(master: Path, tmp_path: Path) -> Path:
    """A healthy installation of one's own."""
    return Path(shutil.copytree(master, tmp_path / "blog"))


def told(blog: Path, name: str, **settings: str) -> list[tuple[str, str, str]]:
    """State, message and mend of every check of this name."""
    done = run("doctor", "--json", cwd=blog, **settings)
    return [
        (check["state"], check["message"], check["mend"])
        for check in json.loads(done.stdout)
        if check["name"] == name
    ]


def generation(blog: Path) -> Path:
    (found,) = (blog / "data" / "index").glob("gen-*")
    return found


def test_every_post_of_a_healthy_index_is_found(blog: Path) -> None:
    _, (state, message, mend) = told(blog, "index")

    assert (state, mend) == ("good", "")
    assert message == (
        "every file and post is whole; 93 of 93 posts were searched for and found"
    )


def test_damaged_file_is_named(blog: Path) -> None:
    (file,) = generation(blog).glob("*.trm")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))

    ((state, message, mend),) = told(blog, "index")

    assert state == "bad"
    assert f"{file.name} is damaged" in message
    assert mend == "typecho-search reindex"


def test_post_that_is_not_found_is_named(
    blog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = WhooshEngine.search

    def forgetful(self: WhooshEngine, *asked: object, **more: object) -> object:
        found = real(self, *asked, **more)  # type: ignore[arg-type]
        return replace(found, cids=tuple(cid for cid in found.cids if cid != 5))

    monkeypatch.setattr(WhooshEngine, "search", forgetful)

    _, (state, message, mend) = told(blog, "index")

    assert state == "bad"
    assert message == "1 posts are not found by words that stand in them: 5"
    assert mend == "typecho-search reindex"


def test_leftovers_of_a_killed_build_are_named_then_removed_by_sync(
    blog: Path,
) -> None:
    index = blog / "data" / "index"
    for name in ("building-20260101T000000-dead", "gen-20260101T000000-dead"):
        (index / name).mkdir()
        (index / name / "words.txt").write_bytes(bytes(1500))

    state, message, mend = told(blog, "index")[-1]

    assert state == "warning"
    assert message.startswith("2 left over from a command that died, 3.0 kB: ")
    assert mend == "typecho-search sync"
    assert run("sync", cwd=blog).returncode == 0
    assert [state for state, _, _ in told(blog, "index")] == ["good", "good"]


def test_build_under_way_is_no_leftover(blog: Path) -> None:
    index = blog / "data" / "index"
    (index / "building-20260101T000000-busy").mkdir()

    with locks.alone(index / "LOCK", "busy", ""):
        state, message, _ = told(blog, "index")[-1]

    assert (state, message) == (
        "good",
        f"process {os.getpid()} is writing it just now",
    )


def test_text_that_changed_behind_the_index_is_counted(blog: Path) -> None:
    dump = blog / "blog.sql"
    text = dump.read_text(encoding="utf-8")
    dump.write_text(text.replace("天象", "天文现象"), encoding="utf-8")

    _, (state, message, mend) = told(blog, "source")

    assert state == "warning"
    assert message.startswith("the index lacks 0 posts, holds 0 that are gone and ")
    assert mend == "typecho-search sync"


def test_index_cut_with_other_words_is_stale(blog: Path) -> None:
    (blog / "words.txt").write_text("木卫二\n", encoding="utf-8")

    (state, message, mend), *_ = told(blog, "index", dictionary_file="words.txt")

    assert state == "warning"
    assert "dictionary_file" in message
    assert mend.startswith("typecho-search reindex")


def test_nobody_follows_the_blog(blog: Path) -> None:
    Nudges(blog / "data").put([1])

    ((state, message, mend),) = told(blog, "writer")

    assert state == "warning"
    assert message == "nobody follows the blog, 1 nudges wait"
    assert "typecho-search serve" in mend


def test_failed_sync_is_told_with_its_time(blog: Path) -> None:
    (blog / "blog.sql").unlink()
    assert run("sync", cwd=blog).returncode == 3

    *_, (state, message, mend) = told(blog, "writer")

    assert state == "warning"
    assert message.startswith(f"the last sync failed {time.strftime('%Y-%m-%d')}")
    assert mend


def test_other_program_on_the_port_is_noticed(blog: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            client, _ = listening.accept()
            client.recv(1000)
            client.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello")
            client.close()

        threading.Thread(target=answer, daemon=True).start()
        port = listening.getsockname()[1]
        ((state, message, _),) = told(blog, "service", bind=f"127.0.0.1:{port}")

    assert state == "bad"
    assert message.endswith("it is another program")


def test_missing_socket_is_a_service_that_is_down(blog: Path) -> None:
    ((state, message, mend),) = told(
        blog, "service", bind=f"unix:{blog / 'search.sock'}"
    )

    assert state == "warning"
    assert message.startswith("nothing answers on unix:")
    assert "typecho-search serve" in mend


def test_plugin_of_a_blog_that_cannot_be_read_is_not_asked(blog: Path) -> None:
    (blog / "blog.sql").unlink()

    ((state, message, mend),) = told(blog, "plugin", api_key="k" * 16)

    assert state == "warning"
    assert message == "not asked: the address of the blog is not known"
    assert mend == "mend the source first"


HELLO = {"plugin": __version__, "typecho": "1.3.0", "php": "8.2.29", "curl": True}


@pytest.mark.parametrize(
    ("change", "then", "message", "mend"),
    [
        ({}, 1000, "the blog's clock is 200 s ahead", "timedatectl set-ntp true"),
        ({}, 1320, "the blog's clock is 120 s behind", "timedatectl set-ntp true"),
        ({"plugin": "0.0.9"}, 1200, "the plugin is version 0.0.9", "same release"),
        ({"php": "7.3.33"}, 1200, "PHP 7.3.33 with Typecho 1.3.0 is too old", "7.4"),
        ({"typecho": "1.1"}, 1200, "with Typecho 1.1 is too old", "Typecho 1.2"),
        ({"curl": False}, 1200, "PHP has no curl", "php-curl"),
    ],
    ids=["ahead", "behind", "plugin", "php", "typecho", "curl"],
)
def test_what_the_plugin_says_of_itself_is_judged(
    change: dict[str, object], then: float, message: str, mend: str
) -> None:
    _, found = check_plugin.judge({**HELLO, "time": 1200, **change}, then)

    assert found.state in ("warning", "bad")
    assert message in found.message
    assert mend in found.mend


@pytest.mark.parametrize(
    ("failure", "detail", "mend"),
    [
        ("refused", "Connection refused", "start the service"),
        ("unauthorized", "HTTP 401: signature wrong", "copy the key"),
        ("unauthorized", "HTTP 401: clock differs too much", "set-ntp"),
        ("index_missing", "HTTP 503: no index", "typecho-search reindex"),
        ("odd", "?", "look into the log of the service"),
    ],
)
def test_what_keeps_the_plugin_from_the_service_is_mended(
    tmp_path: Path, failure: str, detail: str, mend: str
) -> None:
    said = {"url": "http://x", "good": False, "failure": failure, "detail": detail}

    (found,) = check_plugin.judge_way_back(support.settings(tmp_path), said)

    assert found.state == "bad"
    assert found.message == f"the plugin asked http://x: {failure}, {detail}"
    assert mend in found.mend


# status


def rows(blog: Path) -> dict[str, str]:
    """The lines of `status`, by name."""
    lines = run("status", cwd=blog).stdout.splitlines()
    width = max(len(line.partition("  ")[0]) for line in lines)
    return {line[:width].strip(): line[width:].strip() for line in lines}


def test_status_says_all_that_an_owner_asks(blog: Path) -> None:
    said = rows(blog)

    assert said["generation"] == generation(blog).name
    assert said["posts"] == "93"
    assert said["skipped"].startswith("10 (2 draft, 2 hidden, 1 attachment")
    assert said["last reindex"].endswith("  93 posts")
    assert said["drift"].startswith("none, seen ")
    assert said["nudges"] == "none waits"
    assert said["writer"].startswith("none; start one with typecho-search serve")
    assert "last error" not in said


def test_status_tells_the_last_error_until_it_went_well(blog: Path) -> None:
    dump = (blog / "blog.sql").rename(blog / "away.sql")
    run("sync", cwd=blog)
    during = rows(blog)["last error"]

    dump.rename(blog / "blog.sql")
    run("sync", cwd=blog)

    after = rows(blog)
    assert time.strftime("%Y-%m-%d") in during
    assert "blog.sql" in during
    assert after["last error"].endswith("; it went well since")
    assert after["last sync"].endswith("  nothing had changed")
    assert after["skipped"].startswith("10 (2 draft, 2 hidden")


def test_status_tells_who_follows_and_when_it_looks_next(blog: Path) -> None:
    Nudges(blog / "data").put([1])
    state = blog / "data" / "state.json"
    moment = int(time.time()) + 60
    state.write_text(json.dumps({"next_look": moment}), encoding="utf-8")

    with locks.alone(blog / "data" / "writer.lock", "busy", ""):
        said = rows(blog)

    shown = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
    assert said["writer"] == f"process {os.getpid()}"
    assert said["next run"] == f"{shown}, or when a nudge comes"
    assert said["nudges"] == "1 wait for the writer"


def test_status_tells_that_an_older_generation_answers(tmp_path: Path) -> None:
    support.index(tmp_path)
    support.index(tmp_path)
    newest = (tmp_path / "index" / "CURRENT").read_text().strip()
    (tmp_path / "index" / newest / "words.txt").unlink()

    done = run("status", "--data-dir", str(tmp_path), cwd=tmp_path)

    assert f"generation {newest} cannot be opened (words.txt is damaged)" in done.stdout
    assert done.stderr == ""
