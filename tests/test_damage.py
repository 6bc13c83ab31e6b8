"""Does the previous generation answer, whatever happens to a file of the current one?

Every file of a generation in turn is cut, flipped, emptied, replaced and deleted, also
after updates, and the pointers to generations as well. A search must never fail, never
be wrong, and `status` must say that something is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from service.index.query import parse
from service.index.whoosh_engine import WhooshEngine
from tests.support import app as support

OLD = support.POSTS[:-2]
NEW = support.POSTS[:-1]
EDITED = replace(NEW[1], text="改过的正文，还是一种天象。")
ADDED = support.POSTS[-1]
QUERIES = ("天象", "damped", "第 3 篇")
Damage = Callable[[Path], None]


def _overwrite(file: Path, content: bytes) -> None:
    """As another file of this name: what is mapped elsewhere stays as it was."""
    temporary = file.with_name("written-anew")
    temporary.write_bytes(content)
    temporary.replace(file)


def cut(file: Path) -> None:
    _overwrite(file, file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    _overwrite(file, b"")


def flip(place: float) -> Damage:
    def work(file: Path) -> None:
        content = bytearray(file.read_bytes())
        if content:
            content[int((len(content) - 1) * place)] ^= 0x55
        _overwrite(file, bytes(content))

    return work


def zero(file: Path) -> None:
    _overwrite(file, bytes(file.stat().st_size))


def delete(file: Path) -> None:
    file.unlink()


def replace_by_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES = {
    "cut": cut,
    "empty": empty,
    "middle byte": flip(0.5),
    "last byte": flip(1.0),
    "zeros": zero,
    "deleted": delete,
    "folder": replace_by_a_folder,
}


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations; the second one was also updated."""
    folder = tmp_path_factory.mktemp("master") / "index"
    engine = WhooshEngine(folder, processes=1)
    engine.rebuild(OLD)
    engine.rebuild(NEW)
    engine.update([EDITED, ADDED], [NEW[0].cid])
    return folder


def answers(engine: WhooshEngine) -> dict[str, list[int]]:
    """What every query finds, with the posts read from the disk."""
    found: dict[str, list[int]] = {}
    for text in QUERIES:
        hits = engine.search(parse(text), limit=100, facets=True).hits
        assert all(hit.post is not None and hit.post.cid == hit.cid for hit in hits)
        found[text] = sorted(hit.cid for hit in hits)
    return found


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """What the previous generation answers."""
    engine = WhooshEngine(tmp_path_factory.mktemp("old"), processes=1)
    engine.rebuild(OLD)
    return answers(engine)


def spoilt(master: Path, folder: Path, name: str, damage: Damage) -> Path:
    """A copy of the index with one file of the current generation damaged."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(master, folder)
    damage(folder / current(folder) / name)
    return folder


def current(folder: Path) -> str:
    return (folder / "CURRENT").read_text().strip()


def names(master: Path) -> list[str]:
    return sorted(file.name for file in (master / current(master)).iterdir())


@pytest.mark.parametrize("how", DAMAGES)
def test_previous_generation_answers(
    master: Path, tmp_path: Path, before: dict[str, list[int]], how: str
) -> None:
    now = answers(WhooshEngine(master, processes=1))
    assert now != before
    silent: list[str] = []

    for name in names(master):
        engine = WhooshEngine(
            spoilt(master, tmp_path / "index", name, DAMAGES[how]), processes=1
        )
        found, status = answers(engine), engine.status()
        if status.problem:
            assert found == before, f"{name}: not what the previous one answers"
            assert current(master) in status.problem
            assert "typecho-search reindex" in status.problem
            assert status.generation == engine.generations.previous()
        else:
            assert found == now, f"{name}: a wrong answer"
            silent.append(name)

    assert all(name.endswith(UNUSED) for name in silent), silent


UNUSED = ("._stored.col",)
"""What only Whoosh's own reader would ask for."""


@pytest.mark.parametrize("how", DAMAGES)
def test_next_reindex_heals(master: Path, tmp_path: Path, how: str) -> None:
    for name in names(master)[::3]:
        folder = spoilt(master, tmp_path / "index", name, DAMAGES[how])

        WhooshEngine(folder, processes=1).rebuild(NEW)

        healed = WhooshEngine(folder, processes=1)
        assert healed.status().problem == ""
        assert healed.status().posts == len(NEW)


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_pointer_leaves_the_other_generation(
    master: Path, tmp_path: Path, how: str
) -> None:
    for name in ("CURRENT", "PREVIOUS"):
        folder = tmp_path / "index"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(master, folder)
        DAMAGES[how](folder / name)

        engine = WhooshEngine(folder, processes=1)

        assert answers(engine)["damped"] == [3]
        if (folder / name).is_dir():  # nothing does that by accident
            (folder / name).rmdir()
        engine.rebuild(NEW)
        assert WhooshEngine(folder, processes=1).status().posts == len(NEW)


@pytest.mark.parametrize("how", DAMAGES)
def test_open_reader_goes_on(master: Path, tmp_path: Path, how: str) -> None:
    """Who has a generation open has its files, whatever becomes of their names."""
    folder = tmp_path / "index"
    shutil.copytree(master, folder)
    engine = WhooshEngine(folder, processes=1)
    now = answers(engine)

    for name in names(master):
        file = folder / current(folder) / name
        if file.is_file():
            DAMAGES[how](file)

    assert answers(engine) in (now, answers(WhooshEngine(folder, processes=1)))


def test_damage_that_only_an_answer_meets_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large files are not read on opening: their damage shows in an answer."""
    monkeypatch.setattr("service.index.integrity.SMALL", -1)
    WhooshEngine(tmp_path, processes=1).rebuild(OLD)
    WhooshEngine(tmp_path, processes=1).rebuild(NEW)
    for file in (tmp_path / current(tmp_path)).glob("*.body.col"):
        content = file.read_bytes()
        half = len(content) // 2  # the end holds where each text begins
        _overwrite(file, bytes(half) + content[half:])
    engine = WhooshEngine(tmp_path, processes=1)

    found = answers(engine)

    assert found["damped"] == [3]
    assert ".body.col is damaged" in engine.status().problem


def test_file_that_is_cut_while_it_is_open_is_noticed(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is mapped reads as zeros then: no answer would fail, and all be wrong."""
    monkeypatch.setattr("service.index.reading.CHECK_EVERY_S", 0.0)
    folder = Path(shutil.copytree(master, tmp_path / "index"))
    engine = WhooshEngine(folder, processes=1)
    answers(engine)

    for file in (folder / current(folder)).glob("*.flat.col"):
        os.truncate(file, 10)

    assert answers(engine)["damped"] == [3]
    assert ".flat.col is damaged" in engine.status().problem
    assert engine.status().generation == engine.generations.previous()


@pytest.mark.parametrize("how", ["middle byte", "cut"])
def test_open_reader_looks_at_what_an_update_brought(
    master: Path, tmp_path: Path, how: str
) -> None:
    """Small files are read when first seen, not each time something is new."""
    folder = Path(shutil.copytree(master, tmp_path / "index"))
    reader = WhooshEngine(folder, processes=1)
    answers(reader)
    before = set((folder / current(folder)).glob("*.seg"))
    WhooshEngine(folder, processes=1).update([replace(EDITED, title="火星")], [])

    (new,) = set((folder / current(folder)).glob("*.seg")) - before
    DAMAGES[how](new)

    assert answers(reader)["damped"] == [3]
    assert f"{new.name} is damaged" in reader.status().problem
