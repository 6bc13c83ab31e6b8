"""What has changed in a blog since the last look, at a hundredth of a reindex's cost?

A `Probe` is one digest for each post and one for everything that all posts share
(categories, tags, users, options). Two probes tell which posts to read again; where
the shared digest differs, or a source knows no single posts, all of them.

A live database is asked for all columns but the texts, of which it tells the MD5.
The writer compares everything once a day as well, whatever a probe says.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from service.settings import Settings

log = logging.getLogger(__name__)

FILE = "probe.json"
UNKNOWN = ""
"""The digest of no post, not even of one that is gone."""


@dataclass(frozen=True, slots=True)
class Probe:
    """`posts` is None where the source cannot tell one post from another."""

    shared: str
    posts: dict[int, str] | None = field(default=None)
    due: int = 0
    """Unix seconds of the next scheduled post; 0 if none is known."""

    def without(self, cids: Iterable[int]) -> Probe:
        """The same, knowing nothing of `cids`: the next look reads them again."""
        if self.posts is None:
            return self
        return replace(self, posts={**self.posts, **dict.fromkeys(cids, UNKNOWN)})

    def changed_since(self, before: Probe | None) -> set[int] | None:
        """The cids to read again; None means everything."""
        if before is None or self.shared != before.shared:
            return None
        if self.posts is None or before.posts is None:
            return set() if self.posts == before.posts else None
        both = self.posts.keys() | before.posts.keys()
        return {cid for cid in both if self.posts.get(cid) != before.posts.get(cid)}


def read(settings: Settings, generation: str) -> Probe | None:
    """The probe that belongs to what `generation` holds; None if there is none."""
    try:
        kept = json.loads((settings.data_dir / FILE).read_bytes())
        if kept["key"] != key(settings, generation):
            return None
        posts = kept["posts"]
        return Probe(
            kept["shared"],
            None if posts is None else {int(cid): d for cid, d in posts.items()},
            int(kept["due"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(settings: Settings, generation: str, probe: Probe | None) -> None:
    """Keep `probe` for the next look; None forgets the one before."""
    path = settings.data_dir / FILE
    try:
        if probe is None:
            path.unlink(missing_ok=True)
            return
        kept = {"key": key(settings, generation), **asdict(probe)}
        temporary = path.with_name(f".{FILE}.{os.getpid()}")
        temporary.write_text(json.dumps(kept), encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:  # the next look reads everything, nothing is lost
        log.warning("probe not kept reason=%r", str(error))
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def key(settings: Settings, generation: str) -> str:
    """Changes with every setting that changes what posts look like.

    And with the generation: after a rollback the index holds an older blog.
    """
    names = (
        "source",
        "table_prefix",
        "site_url",
        "permalink",
        "timezone_s",
        "include_pages",
        "include_comments",
    )
    return digest([generation, *(getattr(settings, name) for name in names)])


def digest(values: Iterable[Any]) -> str:
    """16 hex digits over the `repr` of all values."""
    hasher = hashlib.blake2b(digest_size=8)
    for value in values:
        hasher.update(repr(value).encode("utf-8", "surrogatepass"))
        hasher.update(b"\0")
    return hasher.hexdigest()
