"""Which dump is meant by a file, a folder or an address?"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from service.errors import (
    SourceError,
    SourceIncomplete,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
)
from service.typecho.dump_ending import looks_cut
from service.typecho.dump_url import Limits, download, public_url
from service.typecho.dumpfile import SUFFIXES
from service.typecho.mysqldump import DumpSource

_log = logging.getLogger(__name__)
_ENDS_BYTES = 2048


def open_dump(
    location: str | Path,
    work_dir: Path | None = None,
    *,
    table_prefix: str = "",
    limits: Limits | None = None,
) -> DumpSource:
    """The dump at a path, the newest whole one in a folder, or the one at an address.

    `work_dir` takes temporary files of about the size of the unpacked dump.
    """
    text = str(location)
    if text.lower().startswith(("http://", "https://")):
        file = download(text, limits or Limits(), work_dir)
        return DumpSource(file, table_prefix, work_dir, label=public_url(text))
    path = Path(location)
    if os.path.isdir(path):  # Path.is_dir would raise where the folder is closed to us
        return _newest(path, table_prefix, work_dir)
    return DumpSource(path, table_prefix, work_dir)


def is_dump_name(name: str) -> bool:
    """True for `.sql`, packed or not; half-written `.part` and hidden files are not."""
    name = name.lower()
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name.endswith(".sql") and not name.startswith(".")


def _newest(folder: Path, prefix: str, work_dir: Path | None) -> DumpSource:
    """The newest dump of a blog that is whole.

    What is half-written, or no blog, is passed over with a warning: tonight's dump
    may be under way, and other programs may be dumped beside the blog.
    """
    first: SourceError | None = None
    for path in _dumps(folder):
        try:
            if _cut(path):
                raise SourceIncomplete(
                    f"{path.name} ends without -- Dump completed",
                    "make the dump again; the disk may have been full",
                )
            return DumpSource(path, prefix, work_dir)
        except (
            SourceIncomplete,
            SourceInvalid,
            SourceNotFound,
            SourceRefused,
        ) as error:
            first = first or error
            _log.warning("dump passed over file=%s reason=%s", path, error.message)
    if first is None:
        raise SourceNotFound(
            f"no dump in {folder}", "put a .sql, .sql.gz, .sql.xz or .sql.zst there"
        )
    raise first


def _dumps(folder: Path) -> list[Path]:
    """The dumps of a folder, the newest first."""
    try:
        with os.scandir(folder) as entries:
            found = [
                (entry.stat().st_mtime_ns, entry.name)
                for entry in entries
                if is_dump_name(entry.name) and entry.is_file()
            ]
    except PermissionError as error:
        raise SourceRefused(
            f"the folder {folder} is not readable for this user",
            "let the service's user read it, for example: chmod 750, chgrp",
        ) from error
    return [folder / name for _, name in sorted(found, reverse=True)]


def _cut(path: Path) -> bool:
    """True if the ends of an unpacked dump show, at no cost, that it is not whole."""
    try:
        with path.open("rb") as file:
            head = file.read(_ENDS_BYTES)
            file.seek(max(0, path.stat().st_size - _ENDS_BYTES))
            return looks_cut(head, file.read())
    except OSError:
        return False  # opening it in earnest says what is the matter
