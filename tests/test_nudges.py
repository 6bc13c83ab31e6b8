"""The spool: nothing that was acknowledged is lost, whatever happens to the files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.errors import IndexError_
from service.nudges import FOLDER, Nudges


def test_put_cids_come_back_merged(tmp_path: Path) -> None:
    spool = Nudges(tmp_path)

    spool.put([3, 1])
    spool.put([2, 3])

    batch = spool.take()
    assert batch.cids == {1, 2, 3}
    assert not batch.everything
    assert len(batch.files) == 2


def test_empty_spool_gives_an_empty_batch_without_a_folder(tmp_path: Path) -> None:
    spool = Nudges(tmp_path)

    assert spool.pending() == 0
    assert not spool.take()
    assert not (tmp_path / FOLDER).exists()


def test_everything_wins_over_single_cids(tmp_path: Path) -> None:
    spool = Nudges(tmp_path)

    spool.put([7])
    spool.put(None)

    assert spool.take().everything


def test_nudge_stays_until_it_is_done(tmp_path: Path) -> None:
    spool = Nudges(tmp_path)
    spool.put([7])

    first = spool.take()
    assert Nudges(tmp_path).take().cids == {7}
    spool.done(first)

    assert spool.pending() == 0


def test_nudge_put_while_the_writer_works_is_not_done_with_the_rest(
    tmp_path: Path,
) -> None:
    spool = Nudges(tmp_path)
    spool.put([1])

    batch = spool.take()
    spool.put([2])
    spool.done(batch)

    assert spool.take().cids == {2}


@pytest.mark.parametrize(
    "content",
    [b"", b'{"cids": [1, 2', b"\x00" * 40, b"[]", b'{"cids": "1"}', b'{"cids": [1.5]}',
     b'{"cids": [true]}', b"[" * 5000],
    ids=["empty", "cut", "zeros", "list", "text", "float", "bool", "deep"],
)  # fmt: skip
def test_spoiled_file_counts_as_everything(tmp_path: Path, content: bytes) -> None:
    spool = Nudges(tmp_path)
    spool.put([5])
    (tmp_path / FOLDER / "0-spoiled.json").write_bytes(content)

    batch = spool.take()
    spool.done(batch)

    assert batch.everything
    assert batch.cids == {5}
    assert spool.pending() == 0


def test_foreign_and_half_written_files_are_not_nudges(tmp_path: Path) -> None:
    spool = Nudges(tmp_path)
    spool.put([5])
    (tmp_path / FOLDER / "README").write_text("hello")
    young = tmp_path / FOLDER / "1-young.half"
    old = tmp_path / FOLDER / "1-old.half"
    young.write_text('{"cids": [9')
    old.write_text('{"cids": [9')
    os.utime(old, (time.time() - 7200,) * 2)

    batch = spool.take()

    assert batch.cids == {5}
    assert young.exists()
    assert not old.exists()


def test_burst_from_many_threads_is_one_batch(tmp_path: Path) -> None:
    spool = Nudges(tmp_path)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda cid: spool.put([cid]), range(1, 1001)))

    assert spool.pending() == 1000
    assert spool.take().cids == set(range(1, 1001))


def test_file_and_folder_are_synced_before_put_returns(tmp_path: Path) -> None:
    """As the kernel saw it: what power would have to be cut after."""
    code = (
        "import sys, pathlib; from service.nudges import Nudges;"
        "Nudges(pathlib.Path(sys.argv[1])).put([1])"
    )
    trace = tmp_path / "calls"
    hook = (
        "import os, sys; real = os.fsync; log = open(sys.argv[2], 'w');"
        "path = lambda fd: os.readlink(f'/proc/self/fd/{fd}');"
        "os.fsync = lambda fd: (print(path(fd), file=log), real(fd))[1];"
        + code
        + "; log.close()"
    )

    subprocess.run([sys.executable, "-c", hook, str(tmp_path), str(trace)], check=True)

    file, folder = trace.read_text().split()
    assert file.endswith(".half")
    assert folder == str(tmp_path / FOLDER)


def test_put_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")

    with pytest.raises(IndexError_, match="cannot write nudges") as caught:
        Nudges(tmp_path).put([1])

    assert "data_dir" in caught.value.hint


def test_full_disk_is_named(tmp_path: Path) -> None:
    """A process may not write a single byte more: what a full disk looks like."""
    code = (
        "import resource, signal, sys, pathlib, errno, os;"
        "from service.nudges import Nudges; from service.errors import IndexFull;"
        "real = os.write;"
        "os.write = lambda *a: (_ for _ in ()).throw(OSError(errno.ENOSPC, 'full'));"
        "spool = Nudges(pathlib.Path(sys.argv[1]))\n"
        "try: spool.put([1])\n"
        "except IndexFull as e: print(e.code, spool.pending(), "
        "len(list(spool.folder.iterdir())))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True
    )

    assert done.stdout == "index_full 0 0\n"


def test_file_content_is_plain_json(tmp_path: Path) -> None:
    Nudges(tmp_path).put([2, 1, 2])

    (file,) = (tmp_path / FOLDER).iterdir()
    assert json.loads(file.read_text()) == {"cids": [1, 2]}
