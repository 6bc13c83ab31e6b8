"""Does the current index go on answering, whatever happens to a reindex?

Real processes are killed with SIGKILL at every part of their way, a real small disk is
full at every part of it, and a real database goes away in the middle. After each the
index is opened anew and searched; in the end a quiet reindex must work and leave
nothing of the accidents behind.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pymysql.cursors import Cursor

from service.index.opening import open_engine
from service.model import Results
from service.searcher import Searcher
from service.settings import Settings
from tests.support.blog import BLOG, content
from tests.support.mariadb import MariaDB
from tests.support.processes import wait_until
from tests.support.tables import fill_mariadb

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "service" / "sample" / "blog.sql"
MARK = "幸存"
"""Stands in the second dump only: whoever finds it was published."""
MOMENTS = 8
"""Kills spread over the time that a reindex takes."""
DISK_BYTES = 64 << 20
FREE_BYTES = (0, 60 << 10, 350 << 10, 700 << 10, 1500 << 10)
"""What is left when the reindex begins; it needs about 1.5 MB for the sample."""

pytestmark = pytest.mark.slow


def command(folder: Path, *words: str, source: Path = SAMPLE) -> list[str]:
    config = folder / "search.toml"
    config.write_text(
        f'source = "{source}"\ndata_dir = "{folder}"\nbuild_processes = 2\n'
    )
    return [sys.executable, "-m", "service", "--config", str(config), *words]


def run(
    folder: Path, *words: str, source: Path = SAMPLE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, *words, source=source),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("SEARCH_")}


def search(folder: Path, query: str) -> Results:
    """What a reader who opens the index now is given."""
    settings = Settings(data_dir=folder)
    return Searcher(open_engine(settings), settings).search(query)


def answer(folder: Path) -> tuple[str, int]:
    """The generation that answers, and how many posts it finds."""
    found = search(folder, "天象")
    assert found.hits[0].cid in (17, 41, 63, 71)
    return found.generation, found.total


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with one more word in a title."""
    path = tmp_path_factory.mktemp("dump") / "blog.sql"
    text = SAMPLE.read_text(encoding="utf-8")
    path.write_text(text.replace("2018年重要天象预告", f"2018年重要天象预告{MARK}"))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose index answers."""
    path = tmp_path / "data"
    path.mkdir()
    assert run(path, "reindex").returncode == 0
    return path


def test_a_reindex_killed_at_any_moment_is_as_if_it_had_not_been(
    folder: Path, changed: Path
) -> None:
    before = answer(folder)
    begun = time.monotonic()
    assert run(folder, "reindex", source=changed).returncode == 0
    whole_s = time.monotonic() - begun
    assert run(folder, "rollback").returncode == 0
    assert answer(folder) == before

    killed = 0
    for moment in range(1, MOMENTS + 1):
        process = subprocess.Popen(
            command(folder, "reindex", source=changed),
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(whole_s * moment / MOMENTS)
        process.kill()  # only the reindex itself: those that help it must notice
        code = process.wait()
        killed += code == -signal.SIGKILL
        assert code in (0, -signal.SIGKILL)
        wait_until(partial(is_over, process.pid), 20, "helpers of a dead reindex")

        found = answer(folder)
        assert (found == before) or (code == 0 or is_new(folder)), moment
        if found != before:  # it was published an instant before the kill
            assert run(folder, "rollback").returncode == 0
            assert answer(folder) == before

    assert killed >= MOMENTS // 2
    assert run(folder, "reindex", source=changed).returncode == 0
    assert is_new(folder)
    assert_clean(folder)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, which only root may mount."""
    path = tmp_path / "disk"
    path.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(path)]
    mount = shutil.which("mount") or "/usr/bin/mount"
    if subprocess.run([mount, *options], capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_a_disk_full_at_any_point_leaves_the_index_answering(
    disk: Path, changed: Path
) -> None:
    assert run(disk, "reindex").returncode == 0
    before = answer(disk)
    filler = disk / "filler"

    refused = 0
    for free in FREE_BYTES:
        fill(filler, disk, free)
        done = run(disk, "reindex", source=changed)
        if done.returncode:
            refused += 1
            assert done.returncode == 4, done.stderr
            assert done.stderr.startswith("Error: no space left "), done.stderr
            assert "\nHint: " in done.stderr
            assert "Traceback" not in done.stderr
            assert answer(disk) == before, free
        else:
            assert is_new(disk)
            assert run(disk, "rollback").returncode == 0
        filler.unlink(missing_ok=True)

    assert refused >= 3
    assert run(disk, "reindex", source=changed).returncode == 0
    assert is_new(disk)
    assert_clean(disk)


@pytest.mark.mariadb
def test_a_database_that_goes_away_leaves_the_index_answering(
    folder: Path, mariadb: MariaDB
) -> None:
    before = answer(folder)
    rows = [content(cid, text="天象与新词。" * 2000) for cid in range(1, 3001)]
    fill_mariadb(mariadb, "goes_away", {**BLOG, "contents": rows})
    config = command(folder, "reindex")  # its settings; the source comes by option
    source = f"mysql://root@127.0.0.1:{mariadb.port}/goes_away"

    process = subprocess.Popen(
        [*config, "--source", source],
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    with mariadb.connect() as connection, connection.cursor() as cursor:
        wait_until(partial(kill_streaming, cursor, "goes_away"), 60, "the reindex")
    _, said = process.communicate(timeout=60)

    assert process.returncode == 3
    assert said.startswith("Error: the connection to the database was lost")
    assert "\nHint: nothing was changed; run it again" in said
    assert answer(folder) == before


def kill_streaming(cursor: Cursor, database: str) -> bool:
    """True once a connection that is sending the rows of this database is ended."""
    cursor.execute(
        "SELECT id FROM information_schema.processlist "
        "WHERE db = %s AND state = 'Writing to net'",
        [database],
    )
    found = cursor.fetchall()
    for (number,) in found:
        cursor.execute(f"KILL {number}")
    return bool(found)


def fill(filler: Path, disk: Path, free: int) -> None:
    """Leave `free` bytes on the disk, and not one more."""
    with filler.open("wb") as file:
        left = shutil.disk_usage(disk).free - free
        file.write(b"\0" * max(0, left))


def is_new(folder: Path) -> bool:
    found = search(folder, MARK)
    return found.total > 0 and not found.relaxed


def is_over(pid: int) -> bool:
    """True if nothing runs any more in the group of a process that we started."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone meanwhile
        if fields[0] != "Z" and int(fields[2]) == pid:
            return False
    return True


def assert_clean(folder: Path) -> None:
    """Two generations, no complaint, and nothing that an accident left."""
    status = json.loads(run(folder, "status", "--json").stdout)
    assert status["problem"] == ""
    index = {path.name for path in (folder / "index").iterdir() if path.is_dir()}
    assert len(index) == 2, index
    assert all(name.startswith("gen-") for name in index)
    left = [p for p in (folder / "tmp").rglob("*")] if (folder / "tmp").is_dir() else []
    assert left == []
