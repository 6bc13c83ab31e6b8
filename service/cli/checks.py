"""What must be true for search to work, one check after another?

Every check is a generator of `Check`s; an error that it meets becomes one too, so
that one broken thing does not hide the next.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from service import __version__
from service.errors import SearchError
from service.settings import Loaded, Settings

State = Literal["good", "warning", "bad"]

FREE_FACTOR = 3
"""A reindex needs the old index, the new one and room to write."""
FREE_MINIMUM_BYTES = 200_000_000
STARTUP_S = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """`mend` is the command or the action that puts it right."""

    name: str
    state: State
    message: str
    mend: str = ""


def run_checks(found: Loaded) -> Iterator[Check]:
    chosen = found.settings
    checks: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
        ("program", check_program),
        ("settings", lambda: check_settings(found)),
        ("data_dir", lambda: check_data_dir(chosen)),
        ("index", lambda: check_index(chosen)),
        ("source", lambda: check_source(chosen)),
        ("service", lambda: check_service(chosen)),
    )
    for name, check in checks:
        try:
            yield from check()
        except SearchError as error:
            yield Check(name, "bad", error.message, error.hint)
        except Exception as error:
            yield Check(name, "bad", f"unexpected {type(error).__name__}: {error}")


def check_program() -> Iterator[Check]:
    parts = [f"{n} {metadata.version(n)}" for n in ("whoosh3", "jieba", "numpy")]
    python = ".".join(map(str, sys.version_info[:3]))
    yield Check(
        "program",
        "good",
        f"typecho-search {__version__}, Python {python}, {', '.join(parts)}",
    )
    encoding = sys.getfilesystemencoding()
    if encoding.lower() != "utf-8":
        yield Check(
            "locale",
            "warning",
            f"file names are read as {encoding}",
            "export LC_ALL=C.UTF-8",
        )


def check_settings(found: Loaded) -> Iterator[Check]:
    if found.file is None:
        yield Check(
            "settings",
            "warning",
            "no search.toml was found; environment and defaults only",
            "cp search.example.toml search.toml",
        )
    else:
        yield Check("settings", "good", f"read from {found.file}")
        others = found.file.stat().st_mode & stat.S_IROTH
        secrets = [s for s in ("api_key", "source_password") if _stands_in(found, s)]
        if others and secrets:
            yield Check(
                "settings",
                "warning",
                f"everybody on this machine can read {' and '.join(secrets)}",
                f"chmod o-r {found.file}",
            )
    if not found.settings.api_key.get_secret_value():
        yield Check(
            "api_key",
            "warning",
            "no key is set, so the plugin cannot ask this service",
            "copy the key from the plugin's settings page into api_key",
        )


def _stands_in(found: Loaded, secret: str) -> bool:
    return found.origins[secret] == str(found.file)


def check_data_dir(chosen: Settings) -> Iterator[Check]:
    folder = chosen.data_dir.absolute()
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Check(
            "data_dir",
            "bad",
            f"this user cannot write to {existing}",
            f'sudo chown -R "$(id -un)" {existing}',
        )
        return
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    free = shutil.disk_usage(existing).free
    needed = max(FREE_MINIMUM_BYTES, FREE_FACTOR * size)
    if free < needed:
        yield Check(
            "data_dir",
            "warning",
            f"{free // 10**6} MB free on the disk of {folder}, "
            f"a reindex may need {needed // 10**6} MB",
            "make room, or move data_dir to a larger disk",
        )
    else:
        yield Check("data_dir", "good", f"{folder}, {free // 10**6} MB free")


def check_index(chosen: Settings) -> Iterator[Check]:
    from service.index.opening import open_engine

    now = open_engine(chosen).status()
    reindex = "typecho-search reindex"
    if now.problem:
        yield Check("index", "bad", now.problem, reindex)
    if not now.generation:
        if not now.problem:
            yield Check("index", "bad", "there is no index yet", reindex)
        return
    if now.stale_schema:
        yield Check("index", "warning", "built by another version", reindex)
    age = max(0, int(time.time()) - now.built) // 3600
    yield Check(
        "index",
        "good",
        f"{now.generation} holds {now.posts} posts, built {age} hours ago",
    )


def check_source(chosen: Settings) -> Iterator[Check]:
    from service.index.opening import open_engine
    from service.typecho.opening import open_source
    from service.typecho.rows import read_posts

    source = open_source(chosen)
    try:
        public = {post.cid for post in read_posts(source, chosen, int(time.time()))}
        where = source.describe()
    finally:
        source.close()
    yield Check("source", "good", f"{where}: {len(public)} public posts")
    if not open_engine(chosen).status().generation:
        return
    indexed = set(open_engine(chosen).fingerprints())
    missing, extra = len(public - indexed), len(indexed - public)
    if missing or extra:
        yield Check(
            "source",
            "warning",
            f"the index lacks {missing} posts and holds {extra} that are gone",
            "typecho-search sync",
        )


def check_service(chosen: Settings) -> Iterator[Check]:
    if chosen.bind.startswith("unix:"):
        yield Check("service", "good", f"listens on {chosen.bind}; not asked")
        return
    host, _, port = chosen.bind.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "[::]": "[::1]"}.get(host, host)
    url = f"http://{host}:{port}/readyz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=STARTUP_S).close()
        yield Check("service", "good", f"{url} answers")
    except urllib.error.HTTPError as error:
        yield Check(
            "service",
            "bad",
            f"{url} answers {error.code}: it is not ready",
            "typecho-search reindex",
        )
    except OSError:
        yield Check(
            "service",
            "warning",
            f"nothing listens on {chosen.bind}",
            "systemctl start typecho-search, or typecho-search serve",
        )
