"""Is publishing one rename, and what is found when a generation is damaged?"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from service.errors import IndexBusy, IndexFull, IndexMissing, SearchError
from service.index import integrity
from service.index.generations import (
    Generations,
    convert_os_errors,
    read_manifest,
    write_manifest,
)


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(tmp_path / "index")


def published(generations: Generations, text: str = "x") -> str:
    """A generation of one file; what answered before becomes the previous one."""
    before = generations.candidates()
    building = generations.new()
    (building / "file").write_text(text)
    return generations.publish(
        building, {"schema": "1", "built": 5}, before[0] if before else ""
    )


def test_nothing_is_current_before_the_first_build(generations: Generations) -> None:
    assert generations.candidates() == []
    assert generations.previous() == ""
    with pytest.raises(IndexMissing) as caught:
        generations.current()
    assert "typecho-search reindex" in caught.value.hint


def test_published_build_is_current(generations: Generations) -> None:
    name = published(generations)

    assert generations.current() == name
    assert name.startswith("gen-")
    assert (generations.path(name) / "file").read_text() == "x"
    assert generations.manifest(name)["schema"] == "1"


def test_manifest_knows_size_and_sum_of_every_file(generations: Generations) -> None:
    name = published(generations, "12345")

    assert generations.manifest(name)["files"] == {"file": [5, 0xCBF53A1C]}


def test_the_one_before_is_kept_for_rollback(generations: Generations) -> None:
    first, second, third = (published(generations) for _ in range(3))

    generations.clear()

    assert (generations.current(), generations.previous()) == (third, second)
    assert generations.path(second).is_dir()
    assert not generations.path(first).exists()


def test_rolling_back_twice_is_where_it_began(generations: Generations) -> None:
    first, second = published(generations), published(generations)

    assert generations.rollback() == first
    assert generations.candidates() == [first, second]
    assert generations.rollback() == second
    assert generations.candidates() == [second, first]


def test_nothing_to_roll_back_to(generations: Generations) -> None:
    name = published(generations)

    with pytest.raises(IndexMissing, match="no previous generation"):
        generations.rollback()

    assert generations.current() == name


def test_rollback_to_a_removed_folder_is_refused(generations: Generations) -> None:
    first, second = published(generations), published(generations)
    shutil.rmtree(generations.path(first))

    with pytest.raises(IndexMissing):
        generations.rollback()

    assert generations.current() == second


def test_unfinished_builds_are_cleared_by_the_next_writer(
    generations: Generations,
) -> None:
    name = published(generations)
    left = generations.new()
    (generations.folder / ".CURRENT.4711").write_text("gen-half\n")

    generations.clear()

    assert not left.exists()
    names = {path.name for path in generations.folder.iterdir()}
    assert names == {"CURRENT", name}


def test_strangers_files_are_left_alone(generations: Generations) -> None:
    published(generations)
    note = generations.folder / "README"
    note.write_text("mine")

    generations.clear()

    assert note.read_text() == "mine"


@pytest.mark.parametrize(
    "text", ["", "\n", "../../etc", "gen-a/../../b", "building-x", "\xff", "gen-"]
)
def test_odd_current_is_no_path_out_of_the_folder(
    generations: Generations, text: str
) -> None:
    published(generations)

    (generations.folder / "CURRENT").write_bytes(text.encode("latin-1"))

    for name in generations.candidates():
        assert generations.path(name).resolve().parent == generations.folder.resolve()


def test_full_disk_before_publishing_changes_nothing(
    generations: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = published(generations), published(generations)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    building = generations.new()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(IndexFull), convert_os_errors(generations.folder):
        generations.publish(building, {}, second)

    assert generations.candidates() == [second, first]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "index_full"),
        (errno.EDQUOT, "index_full"),
        (errno.EACCES, "internal"),
        (errno.EROFS, "internal"),
    ],
)
def test_errors_of_the_disk_have_a_next_step(
    tmp_path: Path, number: int, code: str
) -> None:
    with pytest.raises(SearchError) as caught, convert_os_errors(tmp_path):
        raise OSError(number, "x")

    assert caught.value.code == code
    assert caught.value.hint


HOLD = """
import sys
from pathlib import Path
from service.index.generations import Generations
with Generations(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(generations: Generations) -> subprocess.Popen[str]:
    """Another process that holds the lock until its input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(generations.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def finish(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_second_writer_learns_who_the_first_is(generations: Generations) -> None:
    process = holder(generations)
    try:
        with pytest.raises(IndexBusy, match=f"pid {process.pid}"), generations.lock():
            pass
    finally:
        finish(process)


def test_lock_dies_with_its_holder(generations: Generations) -> None:
    finish(holder(generations))

    with generations.lock():
        assert str(os.getpid()) in (generations.folder / "LOCK").read_text()


def test_lock_is_free_after_an_error(generations: Generations) -> None:
    with pytest.raises(RuntimeError), generations.lock():
        raise RuntimeError

    with generations.lock():
        pass


def test_same_process_is_a_second_writer_too(generations: Generations) -> None:
    with generations.lock(), pytest.raises(IndexBusy), generations.lock():
        pass


# Sums of files


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x10
    file.write_bytes(bytes(data))


@pytest.mark.parametrize("damage", [cut, flip])
def test_damage_to_a_small_file_is_seen(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"0123456789")
    recorded = integrity.sums([file])
    assert integrity.damaged(tmp_path, recorded, thorough=False, small=10) == ""

    damage(file)

    assert integrity.damaged(tmp_path, recorded, thorough=False, small=10) == "a"


def test_large_files_are_read_only_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"0123456789")
    recorded = integrity.sums([file])

    flip(file)

    assert integrity.damaged(tmp_path, recorded, thorough=False, small=9) == ""
    assert integrity.damaged(tmp_path, recorded, thorough=True, small=9) == "a"


def test_size_of_a_large_file_is_always_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"0123456789")
    recorded = integrity.sums([file])

    cut(file)

    assert integrity.damaged(tmp_path, recorded, thorough=False, small=9) == "a"


def test_missing_file_of_a_segment_is_left_to_who_needs_it(tmp_path: Path) -> None:
    recorded = {"MAIN_merged.trm": [1, 2]}

    assert integrity.damaged(tmp_path, recorded, thorough=True) == ""


def test_other_missing_file_is_seen(tmp_path: Path) -> None:
    recorded = {"words.txt": [1, 2]}

    assert integrity.damaged(tmp_path, recorded, thorough=False) == "words.txt"


def test_manifest_is_replaced_whole(generations: Generations) -> None:
    name = published(generations)
    path = generations.path(name)

    assert json.loads((path / "manifest.json").read_text())["built"] == 5
    assert [p.name for p in path.iterdir() if p.name.startswith(".")] == []


WRITTEN = """{
 "schema": "4",
 "files": {
  "a": [
   10,
   2786358498
  ]
 },
 "sum": 605688588
}"""


def test_manifest_is_written_as_it_always_was(tmp_path: Path) -> None:
    """The ones that lie on people's disks are read by the next version too."""
    manifest = {"schema": "4", "files": {"a": [10, 2786358498]}}

    write_manifest(tmp_path, manifest)

    assert (tmp_path / "manifest.json").read_text() == WRITTEN
    assert read_manifest(tmp_path) == manifest


@pytest.mark.parametrize("place", range(0, len(WRITTEN), 7))
def test_any_changed_character_of_a_manifest_is_seen(
    tmp_path: Path, place: int
) -> None:
    changed = WRITTEN[:place] + "?" + WRITTEN[place + 1 :]
    (tmp_path / "manifest.json").write_text(changed)

    with pytest.raises(ValueError, match="manifest|Expecting|delimiter|string|char"):
        read_manifest(tmp_path)
