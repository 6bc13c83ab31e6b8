"""How does the index come to hold what the blog holds?

`reindex` builds everything anew beside the old; `sync` compares fingerprints and
applies only the difference. Both read the blog through `read_posts` and write
through the engine; both note what they did in `data_dir/state.json`.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import islice

from service import locks, state
from service.errors import IndexBusy, IndexMissing, SearchError
from service.index import EngineStatus
from service.index.generations import convert_os_errors
from service.index.opening import open_engine
from service.index.schema import fingerprint
from service.index.whoosh_engine import WhooshEngine
from service.model import Post
from service.settings import Settings
from service.typecho import Source
from service.typecho.looking import knows_posts, look_at
from service.typecho.opening import open_source
from service.typecho.probe import read as read_probe
from service.typecho.probe import write as write_probe
from service.typecho.rows import read_posts

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

REBUILD_FROM = 500
"""So many changed posts are built anew: quicker than one by one, and one segment."""
LOCK = "sync.lock"
WAIT_S = 5.0
"""A sync of some posts is over by then; a reindex is not worth waiting for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reindex or a sync did. `skipped` counts rows by reason."""

    action: str
    generation: str
    posts: int
    seconds: float
    skipped: dict[str, int] = field(default_factory=dict)
    added: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    dry_run: bool = False


def reindex(
    settings: Settings, *, force: bool = False, progress: Progress | None = None
) -> Outcome:
    """Build a new generation from the whole source and publish it."""
    with _alone(settings):
        return _noted(settings, "reindex", lambda: _reindex(settings, force, progress))


def sync(settings: Settings, *, force: bool = False, dry_run: bool = False) -> Outcome:
    """Apply the difference between source and index.

    Without an index, or with one of another schema, this is a reindex.
    """
    if dry_run:
        return _sync(settings, open_engine(settings), force, True, None)
    with _alone(settings):
        outcome = _full(settings, force)
    tidy(settings)
    return outcome


def look(settings: Settings) -> Outcome | None:
    """Sync what a cheap look at the source says has changed; None if nothing has.

    Costs one query without texts on a live database, one `stat` on a dump. What the
    look cannot tell (see `typecho.probe`) is left to a full `sync`.
    """
    with _alone(settings):
        return _look(settings)


def apply_nudge(settings: Settings, cids: Collection[int]) -> Outcome | None:
    """Sync the posts that the blog named; of a dump, what is new in it.

    Named posts may vanish, however many they are: their owner deleted them.
    """
    with _alone(settings):
        if not knows_posts(settings):
            return _look(settings)
        _forget(settings, cids)
        return _some(settings, cids, force=True)


def next_due(settings: Settings) -> int:
    """Unix seconds when the next scheduled post is due; 0 if none is known."""
    probe = read_probe(settings, open_engine(settings).status().generation)
    return probe.due if probe else 0


def tidy(settings: Settings) -> None:
    """Remove builds that died and generations that nobody needs; wait for nobody."""
    engine = open_engine(settings)
    with suppress(SearchError, OSError), engine.generations.lock():
        engine.generations.clear()


def rollback(settings: Settings) -> str:
    """The name of the generation that answers now: the previous one."""
    engine = open_engine(settings)
    with engine.generations.lock():
        return engine.generations.rollback()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """From reading the blog until it is written: no other sync in between.

    Else the older of two readings could be written last, and nobody would notice.
    """
    busy = "another process writes this index"
    hint = "wait until it is done; `typecho-search status` shows what it does"
    lock = locks.alone(settings.data_dir / LOCK, busy, hint, WAIT_S)
    with ExitStack() as held:
        with convert_os_errors(settings.data_dir / "index"):
            held.enter_context(lock)
        yield


def _look(settings: Settings) -> Outcome | None:
    probe = look_at(settings, int(time.time()))
    status = open_engine(settings).status()
    before = read_probe(settings, status.generation)
    cids = probe.changed_since(before) if probe else None
    if probe is None or cids is None or not _usable(status):
        return _full(settings)
    _note_drift(settings, len(cids))
    if not cids:
        return None
    outcome = _some(settings, cids)
    write_probe(settings, outcome.generation, probe)
    _note_drift(settings, 0)
    return outcome


def _full(settings: Settings, force: bool = False) -> Outcome:
    outcome = _noted(settings, "sync", lambda: _sync_or_build(settings, force, None))
    whole = {"finished": int(time.time()), "skipped": outcome.skipped}
    state.update(settings, {"last_full": whole})
    return outcome


def _some(settings: Settings, cids: Collection[int], *, force: bool = False) -> Outcome:
    return _noted(settings, "sync", lambda: _sync_or_build(settings, force, cids))


def _forget(settings: Settings, cids: Collection[int]) -> None:
    """Let the next look read these posts again, whatever they look like then.

    Else a change that was nudged and taken back in silence, before the next look,
    would look like none.
    """
    generation = open_engine(settings).status().generation
    if probe := read_probe(settings, generation):
        write_probe(settings, generation, probe.without(cids))


def _note_drift(settings: Settings, posts: int) -> None:
    """By how many posts the index differed from the blog when it was last seen."""
    drift = {"posts": posts, "seen": int(time.time())}
    state.update(settings, {"drift": drift})


def _reindex(settings: Settings, force: bool, progress: Progress | None) -> Outcome:
    start = time.monotonic()
    engine = open_engine(settings)
    skipped: Counter[str] = Counter()
    now = int(time.time())
    probe = look_at(settings, now)  # before it is read: what changes since, is seen
    with closing(open_source(settings)) as source:
        posts = read_posts(source, settings, now, stats=skipped)
        generation = engine.rebuild(posts, force=force, progress=progress)
    write_probe(settings, generation, probe)
    _note_drift(settings, 0)
    return Outcome(
        action="reindex",
        generation=generation,
        posts=engine.status().posts,
        seconds=round(time.monotonic() - start, 2),
        skipped=dict(skipped),
    )


def _sync_or_build(
    settings: Settings, force: bool, cids: Collection[int] | None
) -> Outcome:
    engine, everything = open_engine(settings), cids is None
    sound = _usable(engine.status())
    if sound and everything and (file := engine.damaged_file()):
        log.error("index damaged file=%s", file)  # no answer has met it yet
        sound = False
    if not sound:
        return _reindex(settings, force and everything, None)
    return _sync(settings, engine, force, False, cids)


def _usable(status: EngineStatus) -> bool:
    return not (status.problem or status.stale_schema or not status.generation)


def _sync(
    settings: Settings,
    engine: WhooshEngine,
    force: bool,
    dry_run: bool,
    cids: Collection[int] | None,
) -> Outcome:
    start = time.monotonic()
    before = _fingerprints(engine)
    if cids is not None:
        before = {cid: before[cid] for cid in cids if cid in before}
    skipped: Counter[str] = Counter()
    seen: set[int] = set()
    added: list[int] = []

    def different(source: Source, now: int) -> Iterator[Post]:
        for post in read_posts(source, settings, now, cids=cids, stats=skipped):
            seen.add(post.cid)
            if before.get(post.cid) != fingerprint(post):
                added.append(post.cid)
                yield post

    now = int(time.time())
    probe = look_at(settings, now) if cids is None else None
    with closing(open_source(settings)) as source:
        found = different(source, now)
        changed = list(islice(found, REBUILD_FROM))
        if dry_run:
            deque(found, maxlen=0)  # their number is wanted, not their texts
    if len(changed) == REBUILD_FROM and not dry_run:
        return _reindex(settings, force and cids is None, None)
    removed = sorted(before.keys() - seen)
    if not dry_run and cids is None:
        _note_drift(settings, len(changed) + len(removed))
    if not dry_run and (changed or removed):
        engine.update(changed, removed, force=force)
    status = engine.status()
    if not dry_run and cids is None:
        write_probe(settings, status.generation, probe)
        _note_drift(settings, 0)
    return Outcome(
        action="sync",
        generation=status.generation,
        posts=status.posts,
        seconds=round(time.monotonic() - start, 2),
        skipped=dict(skipped),
        added=tuple(cid for cid in added if cid not in before),
        changed=tuple(cid for cid in added if cid in before),
        removed=tuple(removed),
        dry_run=dry_run,
    )


def _fingerprints(engine: WhooshEngine) -> dict[int, str]:
    try:
        return engine.fingerprints()
    except IndexMissing:  # only a dry run comes here without an index
        return {}


def _noted(settings: Settings, action: str, work: Callable[[], Outcome]) -> Outcome:
    """Run `work` and write what came of it into the state file."""
    started = int(time.time())
    try:
        outcome = work()
    except IndexBusy:
        raise  # is no failure: whoever is busy notes what comes of it
    except SearchError as error:
        state.note_failure(settings, action, started, error)
        raise
    state.note_success(settings, started, asdict(outcome))
    log.info(
        "%s finished generation=%s posts=%d seconds=%s added=%d changed=%d removed=%d",
        outcome.action,
        outcome.generation,
        outcome.posts,
        outcome.seconds,
        len(outcome.added),
        len(outcome.changed),
        len(outcome.removed),
    )
    return outcome
