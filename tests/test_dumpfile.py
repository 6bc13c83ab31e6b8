"""Which file is opened, however it is packed, and what is said if it cannot be?"""

from __future__ import annotations

import bz2
import gzip
import io
import logging
import lzma
import os
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from service.errors import (
    IndexFull,
    SourceAmbiguous,
    SourceError,
    SourceIncomplete,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
)
from service.typecho.dump_open import open_dump
from service.typecho.dump_tables import write_all

HEAD = (
    "-- MySQL dump 10.13  Distrib 8.4.0, for Linux (x86_64)\n"
    "CREATE TABLE `typecho_contents` (`cid` int, `title` text, `text` text);\n"
)
END = "-- Dump completed on 2024-05-01  0:00:00\n"


def dump(title: str, end: str = END) -> bytes:
    rows = f"INSERT INTO `typecho_contents` VALUES (1,'{title}','x');\n"
    return (HEAD + rows + end).encode()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


PACKINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "plain": ("a.sql", bytes),
    "gzip": ("a.sql.gz", gzip.compress),
    "xz": ("a.sql.xz", lzma.compress),
    "zstd": ("a.sql.zst", zstd),
    "bzip2": ("a.sql.bz2", bz2.compress),
    "gzip under a plain name": ("a.sql", gzip.compress),
    "gzip under a capital name": ("A.SQL.GZ", gzip.compress),
    "zstd under the name of gzip": ("a.sql.gz", zstd),
    "gzip twice": ("a.sql.gz", lambda data: gzip.compress(gzip.compress(data))),
    "two gzip members": (
        "a.sql.gz",
        lambda data: gzip.compress(data[:99]) + gzip.compress(data[99:]),
    ),
    "two zstd frames": ("a.sql.zst", lambda data: zstd(data[:99]) + zstd(data[99:])),
    "byte order mark inside": (
        "a.sql.gz",
        lambda data: gzip.compress(b"\xef\xbb\xbf" + data),
    ),
}


def title(source_path: Path, tmp_path: Path, prefix: str = "") -> str:
    source = open_dump(source_path, tmp_path / "work", table_prefix=prefix)
    try:
        (row,) = source.rows("contents")
        return str(row["title"])
    finally:
        source.close()


@pytest.mark.parametrize(("name", "pack"), PACKINGS.values(), ids=PACKINGS.keys())
def test_a_packed_dump_is_read(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(pack(dump("引")))

    assert title(path, tmp_path) == "引"


@pytest.mark.parametrize(
    ("name", "pack"), list(PACKINGS.values())[1:5], ids=list(PACKINGS)[1:5]
)
def test_a_packed_dump_that_is_cut_is_incomplete(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / name
    noise = os.urandom(200_000).hex()
    packed = pack(dump(noise))
    path.write_bytes(packed[: len(packed) // 2])

    with pytest.raises(SourceIncomplete, match="is cut short: its packing ends") as got:
        title(path, tmp_path)

    assert name in got.value.message
    # bzip2 unpacks whole blocks of 900 kB: of a cut one nothing is known.
    known = 0 if "bzip2" in name or name.endswith("bz2") else 50_000
    byte = int(re.findall(r"after byte (\d+)", got.value.message)[0])
    assert known <= byte < 400_000


@pytest.mark.parametrize(
    ("name", "pack"), list(PACKINGS.values())[1:5], ids=list(PACKINGS)[1:5]
)
def test_a_packed_dump_with_a_wrong_byte_is_damaged(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / name
    packed = bytearray(pack(dump(os.urandom(20_000).hex())))
    for at in range(len(packed) // 2, len(packed) // 2 + 64):
        packed[at] ^= 0xFF
    path.write_bytes(packed)

    with pytest.raises(SourceError) as raised:
        title(path, tmp_path)

    assert raised.value.code in ("source_invalid", "source_incomplete")


def archive(kind: str) -> bytes:
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("a.sql", dump("x"))
    else:
        with tarfile.open(fileobj=file, mode="w") as packed_tar:
            member = tarfile.TarInfo("a.sql")
            member.size = len(dump("x"))
            packed_tar.addfile(member, io.BytesIO(dump("x")))
    return file.getvalue()


STRANGE: dict[str, tuple[str, bytes, str]] = {
    "plain under the name of gzip": (
        "a.sql.gz",
        dump("x"),
        "a.sql.gz is not packed as its name says (byte 0)",
    ),
    "zip": ("a.sql", archive("zip"), "a.sql is a zip archive (byte 0)"),
    "tar": ("a.sql", archive("tar"), "a.sql is a tar archive (byte 257)"),
    "tar in gzip": (
        "a.sql.gz",
        gzip.compress(archive("tar")),
        "a.sql.gz is a tar archive (byte 257)",
    ),
    "utf-16 in gzip": (
        "a.sql.gz",
        gzip.compress(dump("x").decode().encode("utf-16")),
        "a.sql.gz is UTF-16 text, not what mysqldump wrote (byte 0)",
    ),
}


@pytest.mark.parametrize(("name", "data", "said"), STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_file_is_named(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(SourceInvalid) as raised:
        title(tmp_path / name, tmp_path)

    assert raised.value.message == said
    assert raised.value.hint


def test_nothing_inside_a_gzip_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "a.sql.gz").write_bytes(gzip.compress(b""))

    with pytest.raises(SourceIncomplete, match="empty inside its gzip"):
        title(tmp_path / "a.sql.gz", tmp_path)


def test_a_fault_inside_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"Hello\n")

    with pytest.raises(SourceInvalid) as raised:
        title(tmp_path / "a.sql", tmp_path)

    assert raised.value.message == "a.sql: not SQL at line 1 (byte 0)"


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="no dump file at"):
        title(tmp_path / "a.sql", tmp_path)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sql").touch(mode=0o000)

    with pytest.raises(SourceRefused, match="not readable"):
        title(tmp_path / "a.sql", tmp_path)


# --- folders ------------------------------------------------------------------


def put(folder: Path, name: str, data: bytes, age_s: int) -> None:
    path = folder / name
    path.write_bytes(data)
    os.utime(path, (1_700_000_000 - age_s, 1_700_000_000 - age_s))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "dumps"
    path.mkdir()
    put(path, "monday.sql", dump("monday"), 300)
    return path


def test_the_newest_dump_of_a_folder_is_read(folder: Path, tmp_path: Path) -> None:
    put(folder, "tuesday.sql.gz", gzip.compress(dump("tuesday")), 200)
    put(folder, "older.sql", dump("older"), 400)

    assert title(folder, tmp_path) == "tuesday"


HALF: dict[str, tuple[str, bytes]] = {
    "no closing line": ("b.sql", dump("half", end="")),
    "cut in a text": ("b.sql", dump("half")[:170]),
    "cut gzip": ("b.sql.gz", gzip.compress(dump("half"))[:-20]),
    "no closing line in gzip": ("b.sql.gz", gzip.compress(dump("half", end=""))),
    "empty": ("b.sql", b""),
    "another program": (
        "b.sql",
        b"CREATE TABLE wiki_page (a int);\nINSERT INTO wiki_page VALUES (1);\n",
    ),
}


@pytest.mark.parametrize(("name", "data"), HALF.values(), ids=HALF.keys())
def test_what_is_not_whole_is_passed_over_with_a_warning(
    folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    data: bytes,
) -> None:
    put(folder, name, data, 100)

    with caplog.at_level(logging.WARNING):
        found = title(folder, tmp_path)

    assert found == "monday"
    (record,) = caplog.records
    assert f"dump passed over file={folder / name} reason=" in record.getMessage()


def test_names_that_are_no_dumps_are_left_alone(folder: Path, tmp_path: Path) -> None:
    for name in ("b.sql.part", ".b.sql", "b.txt", "b.sql.gz.tmp"):
        put(folder, name, dump("wrong"), 100)
    (folder / "c.sql").mkdir()

    assert title(folder, tmp_path) == "monday"


def test_an_ambiguous_newest_dump_is_not_passed_over(
    folder: Path, tmp_path: Path
) -> None:
    both = dump("a", "") + dump("b").replace(b"typecho_", b"blog_")
    put(folder, "b.sql", both, 100)

    with pytest.raises(SourceAmbiguous, match="blog_, typecho_"):
        title(folder, tmp_path)


def test_the_setting_chooses_in_a_folder_too(folder: Path, tmp_path: Path) -> None:
    put(folder, "b.sql", dump("b").replace(b"typecho_", b"blog_"), 100)

    assert title(folder, tmp_path, prefix="typecho_") == "monday"


def test_a_folder_without_dumps_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(SourceNotFound, match="no dump in"):
        title(tmp_path / "empty", tmp_path)


def test_a_folder_with_only_half_a_dump_says_what_is_wrong(
    folder: Path, tmp_path: Path
) -> None:
    put(folder, "monday.sql", dump("monday", end=""), 100)

    with pytest.raises(SourceIncomplete, match="monday.sql ends without"):
        title(folder, tmp_path)


# --- the source itself --------------------------------------------------------


def test_nothing_stays_in_the_work_folder(folder: Path, tmp_path: Path) -> None:
    source = open_dump(folder / "monday.sql", tmp_path / "work")

    assert list((tmp_path / "work").iterdir()) == []
    source.close()


def test_a_work_folder_that_cannot_be_made_is_named(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "work").write_text("a file where the folder should be")

    with pytest.raises(SourceError, match="cannot keep the rows of the dump"):
        open_dump(folder / "monday.sql", tmp_path / "work" / "tmp")


def test_a_full_disk_is_named(folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")

    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(IndexFull):
        write_all(full, b"x")


def test_a_source_describes_itself(folder: Path, tmp_path: Path) -> None:
    source = open_dump(folder / "monday.sql", tmp_path / "work")

    assert source.describe() == "mysqldump file monday.sql (tables typecho_*)"
    source.close()


def test_cids_narrow_the_tables_of_posts(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(
        b"INSERT INTO blog_contents (cid,title,text) VALUES ('1','a','x'),(2,'b','y');"
        b"INSERT INTO blog_comments (coid,cid,text) VALUES (1,1,'p'),(2,'2','q');"
        b"INSERT INTO blog_metas (mid,name,type) VALUES (1,'m','tag'),(2,'n','tag');"
    )
    source = open_dump(tmp_path / "a.sql", tmp_path / "work")

    assert [row["title"] for row in source.rows("contents", [2])] == ["b"]
    assert [row["text"] for row in source.rows("comments", {1})] == ["p"]
    assert [row["name"] for row in source.rows("metas", [9])] == ["m", "n"]
    assert [row["title"] for row in source.rows("contents", [])] == []
    source.close()


def test_two_tables_can_be_read_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(
        b"INSERT INTO blog_contents (cid,title,text) VALUES (1,'a','x'),(2,'b','y');"
        b"INSERT INTO blog_comments (coid,cid,text) VALUES (1,1,'p'),(2,2,'q');"
    )
    source = open_dump(tmp_path / "a.sql", tmp_path / "work")

    pairs = zip(source.rows("contents"), source.rows("comments"), strict=True)

    assert [(a["title"], b["text"]) for a, b in pairs] == [("a", "p"), ("b", "q")]
    source.close()
