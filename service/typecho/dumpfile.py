"""How does a file, whatever its packing, become the plain bytes of a dump?

By its first bytes, never by its name: gzip, xz, bzip2 and Zstandard are unpacked as
they are read, twice if need be (a web server may pack a packed file). What cannot be a
dump, an archive or UTF-16, is named here with the way out.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

import zstandard

from service.errors import (
    SourceError,
    SourceIncomplete,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
)

Read = Callable[[int], bytes]

SUFFIXES = (".gz", ".xz", ".zst", ".bz2")
_ZSTD = b"\x28\xb5\x2f\xfd"
_MAGIC: dict[bytes, str] = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\0": "xz",
    b"BZh": "bzip2",
    _ZSTD: "zstd",
}
_ARCHIVES: dict[bytes, str] = {
    b"PK\x03\x04": "zip",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
}
_ZSTD_STEP = 1 << 10
"""Packed bytes taken at once: a few of them can unpack to a thousand times as many."""
_AGAIN = "make or copy the file again"
_BOM = b"\xef\xbb\xbf"


def open_file(path: Path) -> BinaryIO:
    """The file, or a named error."""
    try:
        return path.open("rb")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise SourceNotFound(f"no dump file at {path}", "check the path") from error
    except PermissionError as error:
        raise SourceRefused(
            f"{path} is not readable for this user",
            "let the service's user read it, for example: chmod 640, chgrp",
        ) from error
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}", _AGAIN) from error


def unpack(file: BinaryIO, name: str) -> Read:
    """A function that reads the plain dump. `name` is for messages."""
    read = _peeked(_guarded(file.read, name), b"")
    head = _head(read)
    if not head:
        raise SourceIncomplete(f"{name} is empty", _AGAIN)
    packed = False
    for _ in range(2):
        kind = next((k for magic, k in _MAGIC.items() if head.startswith(magic)), "")
        if not kind:
            break
        packed = True
        read = _guarded(_unpacker(kind, _peeked(read, head)), name)
        head = _head(read)
        if not head:
            raise SourceIncomplete(f"{name} is empty inside its {kind}", _AGAIN)
    if not packed and name.lower().endswith(SUFFIXES):
        raise SourceInvalid(
            f"{name} is not packed as its name says (byte 0)",
            "correct the ending of its name, or pack it again",
        )
    _refuse_strangers(head, name)
    return _peeked(read, head.removeprefix(_BOM))


def _refuse_strangers(head: bytes, name: str) -> None:
    for magic, kind in _ARCHIVES.items():
        if head.startswith(magic):
            raise SourceInvalid(
                f"{name} is a {kind} archive (byte 0)", "unpack it: .sql, .sql.gz"
            )
    if head[257:262] == b"ustar":
        raise SourceInvalid(
            f"{name} is a tar archive (byte 257)", "unpack it and give the .sql file"
        )
    # Without a mark: every second byte of ASCII is zero.
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:40].count(b"\0") >= 10:
        raise SourceInvalid(
            f"{name} is UTF-16 text, not what mysqldump wrote (byte 0)",
            "do not use > in PowerShell: mysqldump --result-file=dump.sql",
        )


def _head(read: Read) -> bytes:
    """The first 512 bytes, fewer only at the end."""
    head = b""
    while len(head) < 512 and (more := read(512 - len(head))):
        head += more
    return head


def _peeked(read: Read, head: bytes) -> Read:
    """`read` with `head` in front of it."""
    rest = [head] if head else []
    return lambda size: rest.pop() if rest else read(size)


def _unpacker(kind: str, read: Read) -> Read:
    if kind == "zstd":
        return _Zstd(read).read
    file = cast(BinaryIO, _Raw(read))
    if kind == "gzip":
        return _whole(gzip.GzipFile(fileobj=file).read1)
    if kind == "xz":
        return _whole(lzma.LZMAFile(file).read1)
    return _whole(bz2.BZ2File(file).read1)


def _whole(read1: Read) -> Read:
    """`read1` until `size` bytes are there; a failure comes behind what came before.

    The unpackers' own `read` would throw away what it has when it meets the end of a
    cut file, and the place that we name would be too early.
    """
    failed: list[Exception] = []

    def read(size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0 and not failed:
            try:
                part = read1(size)
            except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
                failed.append(error)
                break
            if not part:
                break
            size -= len(part)
            parts.append(part)
        if failed and not parts:
            raise failed[0]
        return b"".join(parts)

    return read


class _Raw:
    """The little of a file that the unpackers of Python ask for."""

    def __init__(self, read: Read) -> None:
        self._source, self._rest = read, b""

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (more := self._source(size)):
            self._rest += more
        part, self._rest = self._rest[:size], self._rest[size:]
        return part

    def seekable(self) -> bool:
        return False


class _Zstd:
    """Zstandard frame by frame; the library's own reader takes a cut for an end."""

    def __init__(self, read: Read) -> None:
        self._file = _Raw(read)
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._started = False
        self._rest = b""

    def read(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            packed = self._rest or self._file.read(_ZSTD_STEP)
            self._rest = b""
            if not packed:
                if self._started and not self._frame.eof:
                    raise EOFError("the last frame is cut")
                break
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._started = True
            part = self._frame.decompress(packed)
            self._rest = self._frame.unused_data
            size -= len(part)
            parts.append(part)
        return b"".join(parts)


def _guarded(read: Read, name: str) -> Read:
    """`read` whose failures are ours. What it gives is counted for the message."""
    done = 0

    def guarded(size: int) -> bytes:
        nonlocal done
        try:
            data = read(size)
        except EOFError as error:
            raise SourceIncomplete(
                f"{name} is cut short: its packing ends after byte {done} of the dump",
                _AGAIN,
            ) from error
        except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
            _damaged(name, done, error)
        except zstandard.ZstdError as error:
            _damaged(name, done, error)
        except OSError as error:
            if error.errno is None:  # bz2 says so of bad data
                _damaged(name, done, error)
            raise SourceError(
                f"cannot read {name}: {error.strerror}", "check the disk"
            ) from error
        done += len(data)
        return data

    return guarded


def _damaged(name: str, done: int, error: Exception) -> NoReturn:
    raise SourceInvalid(
        f"{name} is damaged: it cannot be unpacked after byte {done} of the dump",
        _AGAIN,
    ) from error
