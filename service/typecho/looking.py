"""What does a cheap look at the settings' source show? See `probe`.

Opens a live database or the plugin's export, but no dump: a file is known by its
size and time, an address by what its server says of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import requests

from service.settings import Settings
from service.typecho import Row, Source, Table
from service.typecho.dump_open import is_dump_name
from service.typecho.export import SCHEMES, ExportSource
from service.typecho.probe import Probe, digest

SETTLED_S = 5
"""A file written to more recently may not be whole yet: the next look takes it."""
UNKNOWN_S = 3600
"""An address whose server tells nothing is read anew this often."""

_SHARED: tuple[Table, ...] = ("metas", "users", "options")
_VALIDATORS = ("ETag", "Last-Modified", "Content-Length")


def look_at(settings: Settings, now: int) -> Probe | None:
    """The probe of the source at `now`; None where there is nothing to look at.

    Raises what opening the source raises.
    """
    location = _location(settings)
    if location.startswith(SCHEMES):
        with closing(ExportSource(settings)) as export:
            posts = {cid: str(mark) for cid, mark in export.listing().items()}
            return Probe(_shared(export), posts)
    if location.startswith(("http://", "https://")):
        return _of_address(settings, location, now)
    if not _is_file(settings):
        # Imported here: SQLAlchemy takes 0.2 s, which dumps need not pay.
        from service.typecho.database import DatabaseSource

        with closing(DatabaseSource(settings)) as database:
            posts, due = _by_post(database.light_rows(), now)
            return Probe(_shared(database), posts, due)
    return _of_path(Path(location))


def knows_posts(settings: Settings) -> bool:
    """True if the source can be asked for single posts; a dump is read whole."""
    return not _is_file(settings) and not _location(settings).startswith("http")


def file_sign(settings: Settings) -> str:
    """Changes when a new dump is complete; costs one `stat` a file. "" elsewhere."""
    location = _location(settings)
    if not location or not _is_file(settings):
        return ""
    probe = _of_path(Path(location))
    return probe.shared if probe else ""


def _location(settings: Settings) -> str:
    return settings.source.strip()


def _is_file(settings: Settings) -> bool:
    location = _location(settings)
    return "://" not in location and not location.startswith("sqlite:")


def _shared(source: Source) -> str:
    """One digest over the small tables, whatever the order of their rows."""
    return digest(
        row for table in _SHARED for row in sorted(map(_as_text, source.rows(table)))
    )


def _by_post(light: Iterator[tuple[int, Row]], now: int) -> tuple[dict[int, str], int]:
    """A digest of all light rows of each post, and when the next one is due.

    A scheduled post changes when its hour comes, a page when a parent does: its
    address may hold the parent's.
    """
    rows: dict[int, list[str]] = {}
    pages: dict[int, tuple[str, int]] = {}
    following = 0
    for cid, row in light:
        created = int(row.get("created") or 0)
        if created > now:
            following = min(following or created, created)
        rows.setdefault(cid, []).append(f"{created <= now}{_as_text(row)}")
        if row.get("type") == "page":
            known = (row.get("slug"), row.get("status"))
            pages[cid] = (repr(known), int(row.get("parent") or 0))
    for cid in pages:
        rows[cid].extend(_parents(pages, cid))
    return {cid: digest(sorted(texts)) for cid, texts in rows.items()}, following


def _parents(pages: dict[int, tuple[str, int]], cid: int) -> list[str]:
    """What is known of all pages above this one; parents may form a ring."""
    seen = {cid}
    found: list[str] = []
    while (cid := pages[cid][1]) in pages and cid not in seen:
        seen.add(cid)
        found.append(f"above {len(seen)} {pages[cid][0]}")
    return found


def _as_text(row: Row) -> str:
    return repr(sorted(row.items()))


def _of_path(path: Path) -> Probe | None:
    files = [path]
    if path.is_dir():
        files = [file for file in path.iterdir() if is_dump_name(file.name)]
    try:
        known = sorted((f.stat().st_mtime_ns, f.stat().st_size, f.name) for f in files)
    except OSError:
        return None  # gone: opening it in earnest says so
    limit = (time.time() - SETTLED_S) * 1e9
    settled = [entry for entry in known if entry[0] <= limit]
    return Probe(digest(settled[-1:])) if settled else None


def _of_address(settings: Settings, address: str, now: int) -> Probe:
    timeout = (settings.http_connect_timeout_s, settings.http_read_timeout_s)
    try:
        answer = requests.head(address, timeout=timeout, allow_redirects=True)
        said = [answer.headers.get(name) for name in _VALIDATORS[:2]]
        if answer.ok and any(said):
            return Probe(digest((*said, answer.headers.get(_VALIDATORS[2]))))
    except requests.RequestException:
        pass  # many servers know no HEAD; reading in earnest names the reason
    return Probe(digest((now // UNKNOWN_S,)))
