"""Typecho's own backups: both versions, checked to the last byte."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from service.errors import (
    ConfigError,
    SearchError,
    SourceIncomplete,
    SourceInvalid,
    SourceNotFound,
)
from service.settings import Settings
from service.typecho import TABLES
from service.typecho.backup import BackupSource
from service.typecho.rows import read_posts
from tests.support.backup import backup, record
from tests.support.blog import BLOG, NOW, PUBLIC, content

SETTINGS = Settings(site_url="https://b.example", permalink="/{cid}")
MARK = b"%TYPECHO_BACKUP_0001%"


def opened(folder: Path, data: bytes) -> BackupSource:
    path = folder / "20240101_blog.dat"
    path.write_bytes(data)
    return BackupSource(path, SETTINGS)


def failure(folder: Path, data: bytes) -> SearchError:
    with pytest.raises(SearchError) as caught:
        opened(folder, data)
    return caught.value


@pytest.mark.parametrize("version", ["0001", "FILE"])
def test_both_versions_are_read(tmp_path: Path, version: str) -> None:
    # Longer than the sixteen bits that the old version has for it.
    contents = [*BLOG["contents"], content(20, text="长" * 50_000)]
    data = backup({**BLOG, "contents": contents}, version)

    with closing(opened(tmp_path, data)) as source:
        posts = {p.cid: p for p in read_posts(source, SETTINGS, NOW)}

    assert sorted(posts) == [*PUBLIC, 20]
    assert posts[20].text == "长" * 50_000
    assert posts[1].url == "https://b.example/1"


def test_null_differs_from_empty(tmp_path: Path) -> None:
    with closing(opened(tmp_path, backup(BLOG))) as source:
        passwords = {row["cid"]: row["password"] for row in source.rows("contents")}

    assert (passwords["1"], passwords["11"]) == (None, "")


def test_only_harmless_columns_are_handed_out(tmp_path: Path) -> None:
    with closing(opened(tmp_path, backup(BLOG))) as source:
        everything = repr([list(source.rows(table)) for table in TABLES])

    assert "天象" in everything
    for secret in ("secret", "mail.example", "192.0.2.7", "Mozilla"):
        assert secret not in everything


def test_records_of_plugins_are_passed_over(tmp_path: Path) -> None:
    data = backup(BLOG)
    strange = record(99, {"a": "b"})
    mixed = MARK + strange + data[21:-21] + strange + record(3, BLOG["metas"][0]) + MARK

    with closing(opened(tmp_path, mixed)) as source:
        assert len(list(source.rows("metas"))) == 6
        assert len(list(source.rows("contents"))) == 14


def test_rows_written_twice_are_one_post(tmp_path: Path) -> None:
    doubled = {**BLOG, "contents": BLOG["contents"] * 2}

    with closing(opened(tmp_path, backup(doubled))) as source:
        assert [p.cid for p in read_posts(source, SETTINGS, NOW)] == PUBLIC


def test_cids_narrow_the_rows(tmp_path: Path) -> None:
    with closing(opened(tmp_path, backup(BLOG))) as source:
        assert [r["cid"] for r in source.rows("contents", [11, 1])] == ["1", "11"]
        assert {r["cid"] for r in source.rows("comments", [11])} == {"11"}
        assert len(list(source.rows("users", [11]))) == 2


@pytest.mark.parametrize("version", ["0001", "FILE"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_backup_cut_short_is_incomplete(
    tmp_path: Path, version: str, share: float
) -> None:
    data = backup(BLOG, version)
    cut = data[: int(len(data) * share)]

    error = failure(tmp_path, cut)

    assert isinstance(error, SourceIncomplete)
    assert str(len(cut)) in error.message


def test_a_record_that_is_too_long_tells_its_offset(tmp_path: Path) -> None:
    data = backup(BLOG)
    broken = data[: len(data) - 60] + MARK

    error = failure(tmp_path, broken)

    assert isinstance(error, SourceIncomplete)
    assert "record at byte" in error.message


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    small = {**BLOG, "contents": [content(1)], "comments": [], "users": []}
    data = backup(small)

    for at in range(0, len(data), 7):
        flipped = data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :]
        with pytest.raises(SearchError):
            opened(tmp_path, flipped).close()


def test_damage_tells_its_offset(tmp_path: Path) -> None:
    data = bytearray(backup(BLOG))
    data[400] ^= 0xFF

    error = failure(tmp_path, bytes(data))

    assert isinstance(error, SourceInvalid)
    assert error.message.endswith("record at byte 21")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%TYPECHO_BACKUP_",
        b"-- MySQL dump 10.13" * 10,
        b"%TYPECHO_BACKUP_9999%" * 2,
        MARK + MARK,
        MARK,
    ],
)
def test_what_is_no_backup_is_named(tmp_path: Path, data: bytes) -> None:
    assert isinstance(failure(tmp_path, data), SourceInvalid | SourceIncomplete)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        BackupSource(tmp_path / "none.dat", SETTINGS)


def test_without_site_url_the_settings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "b.dat"
    path.write_bytes(backup(BLOG))

    with pytest.raises(ConfigError) as caught:
        BackupSource(path, Settings())

    assert "site_url and permalink" in caught.value.hint
