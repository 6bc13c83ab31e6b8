"""What must be true for search to work, one check after another?

Every check is a generator of `Check`s; an error that it meets becomes one too, so
that one broken thing does not hide the next.
"""

from __future__ import annotations

import locale
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import metadata

from service import __version__
from service.cli.check import Check
from service.cli.check_folder import check_data_dir, check_index
from service.cli.check_plugin import check_plugin
from service.cli.check_running import check_service, check_writer
from service.cli.output import skipped_text
from service.errors import SearchError
from service.settings import Loaded, Settings

REPORT = "run it again with SEARCH_LOG_LEVEL=debug and report what it prints"


def run_checks(found: Loaded) -> Iterator[Check]:
    chosen = found.settings
    checks: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
        ("program", check_program),
        ("settings", lambda: check_settings(found)),
        ("data_dir", lambda: check_data_dir(chosen)),
        ("index", lambda: check_index(chosen)),
        ("source", lambda: check_source(chosen)),
        ("writer", lambda: check_writer(chosen)),
        ("service", lambda: check_service(chosen)),
        ("plugin", lambda: check_plugin(chosen)),
    )
    for name, check in checks:
        try:
            yield from check()
        except SearchError as error:
            yield Check(name, "bad", error.message, error.hint)
        except Exception as error:
            message = f"unexpected {type(error).__name__}: {error}"
            yield Check(name, "bad", message, REPORT)


def check_program() -> Iterator[Check]:
    parts = [f"{n} {metadata.version(n)}" for n in ("whoosh3", "jieba", "numpy")]
    python = ".".join(map(str, sys.version_info[:3]))
    yield Check(
        "program",
        "good",
        f"typecho-search {__version__}, Python {python}, {', '.join(parts)}",
    )
    names, texts = sys.getfilesystemencoding(), locale.getpreferredencoding(False)
    if {names.lower(), texts.lower()} - {"utf-8", "utf8"}:
        yield Check(
            "locale",
            "warning",
            f"file names are read as {names}, the terminal as {texts}",
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


def check_source(chosen: Settings) -> Iterator[Check]:
    """Can the blog be read, and does the index hold what it holds?"""
    from service.index.opening import open_engine
    from service.index.schema import fingerprint
    from service.typecho.opening import open_source
    from service.typecho.rows import read_posts

    skipped: Counter[str] = Counter()
    with closing(open_source(chosen)) as source:
        now = int(time.time())
        posts = read_posts(source, chosen, now, stats=skipped)
        there = {post.cid: fingerprint(post) for post in posts}
        where = source.describe()
    words = [f"{where}: {len(there)} public posts", skipped_text(dict(skipped))]
    yield Check("source", "good", ", ".join(filter(None, words)))
    engine = open_engine(chosen)
    if not engine.status().generation:
        return
    here = engine.fingerprints()
    missing, extra = len(there.keys() - here.keys()), len(here.keys() - there.keys())
    both = there.keys() & here.keys()
    older = sum(there[cid] != here[cid] for cid in both)
    if missing or extra or older:
        yield Check(
            "source",
            "warning",
            f"the index lacks {missing} posts, holds {extra} that are gone "
            f"and {older} as they were before",
            "typecho-search sync",
        )
