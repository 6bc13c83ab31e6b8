"""Is anything lost when everything breaks at random?

`python -m benchmarks.drill` changes a blog in a real MariaDB while the service's
processes, the database, the plugin's requests and the disk fail. Searches go on all
the time. At the end the index must hold exactly what the database holds: first by the
writer's own doing, then after one sync. A seed repeats the same steps and faults;
not, of course, the same microseconds.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drilling.blog import PASSWORD, BlogDown, DrillBlog
from benchmarks.drilling.faults import Faults, small_disk
from benchmarks.drilling.readers import Readers
from service import settings, state
from service.index.opening import open_engine
from service.index.schema import fingerprint
from service.model import Post
from service.nudges import Nudges
from service.settings import Settings
from service.typecho.opening import open_source
from service.typecho.rows import read_posts
from tests.support.mariadb import MariaDB
from tests.support.searchservice import SearchService

KEY = "drill-key-0123456789abcdef"
PAUSE_S = (0.0, 0.25)
CALM_S = 180.0
"""The writer's retries are at most 60 s apart; it looks every five seconds."""


@dataclass
class Report:
    """What a drill did and what went wrong; `problems` is empty after a good one."""

    steps: Counter[str]
    faults: Counter[str]
    answers: int
    broken: int
    found: int
    posts: int
    problems: list[str]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    print(f"seed {seed}, {options.steps} steps, {options.seconds:.0f} s at most")
    start = time.monotonic()
    report = drill(options.steps, seed, options.seconds)
    print(f"steps   {_counts(report.steps)}")
    print(f"faults  {_counts(report.faults)}")
    print(
        f"reads   {report.answers} answered, {report.found} with hits, "
        f"{report.broken} connections broken"
    )
    for problem in report.problems:
        print(f"WRONG   {problem}")
    word = "failed" if report.problems else "nothing lost"
    took = time.monotonic() - start
    print(f"{word}: {report.posts} posts, {took:.0f} s, seed {seed}")
    return 1 if report.problems else 0


def drill(steps: int, seed: int, seconds: float = 900.0) -> Report:
    """Run one drill in a folder of its own and clean up after it."""
    with (
        tempfile.TemporaryDirectory(prefix="search-drill-") as name,
        _database(Path(name)) as server,
        small_disk(Path(name) / "service" / "data") as small,
    ):
        return _Drill(Path(name), server, seed, small).run(steps, seconds)


class _Drill:
    def __init__(self, folder: Path, server: MariaDB, seed: int, small: bool) -> None:
        self.random = random.Random(seed)
        self.blog = DrillBlog(server, self.random)
        self.blog.create()
        self.service = SearchService(
            folder / "service",
            self.blog.source,
            KEY,
            source_password=PASSWORD,
            sync_interval_s=5,
            workers=2,
        )
        self.faults = Faults(self.service, server, self.random, small)
        self.small = small
        self.steps: Counter[str] = Counter()
        self.problems: list[str] = []

    def run(self, steps: int, seconds: float) -> Report:
        self.service.command("reindex")
        readers = Readers(self.service, self.blog)
        try:
            self.service.start()
            readers.start()
            self._change(steps, time.monotonic() + seconds)
            self.faults.heal()
            self._writer_catches_up()
            self._compare("after the writer's last look")
            readers.stop()
            self.service.command("sync")
            posts = self._compare("after one sync")
            self._every_word_is_found(posts)
        finally:
            readers.stop()
            self.service.stop()
        self._no_secret_in_the_log()
        faults = self.faults.done
        if not self.small:
            faults["disk_filled: skipped, only root can mount a small disk"] = 0
        return Report(
            self.steps,
            faults,
            readers.answers,
            readers.broken,
            readers.found,
            len(posts),
            [*readers.wrong[:20], *self.problems],
        )

    def _change(self, steps: int, deadline: float) -> None:
        for _ in range(steps):
            if time.monotonic() > deadline:
                break
            try:
                name, cids = self.blog.step()
                self.steps[name] += 1
                if cids:
                    self.faults.nudge(cids)
            except BlogDown:
                self.steps["refused by the database"] += 1
            if self.random.random() < 0.1:
                self.faults.strike()
            time.sleep(self.random.uniform(*PAUSE_S))

    def _writer_catches_up(self) -> None:
        """Wait until all nudges are applied and a look has begun and ended since."""
        chosen, calm = self._settings(), time.time() + 1
        deadline = time.monotonic() + CALM_S
        while time.monotonic() < deadline:
            drift = state.read(chosen).get("drift", {})
            looked = drift.get("seen", 0) > calm + 6 and drift.get("posts") == 0
            if looked and not Nudges(chosen.data_dir).pending():
                return
            time.sleep(0.2)
        self.problems.append(f"the writer did not catch up in {CALM_S:.0f} s")

    def _compare(self, when: str) -> list[Post]:
        chosen = self._settings()
        with closing(open_source(chosen)) as source:
            posts = list(read_posts(source, chosen, int(time.time())))
        there = {post.cid: fingerprint(post) for post in posts}
        here = open_engine(chosen).fingerprints()
        for cid in sorted(there.keys() | here.keys()):
            if there.get(cid) != here.get(cid):
                where = "both" if cid in there and cid in here else "neither"
                if (cid in there) != (cid in here):
                    where = "database only" if cid in there else "index only"
                self.problems.append(f"{when}: post {cid} differs ({where})")
        return posts

    def _every_word_is_found(self, posts: list[Post]) -> None:
        for post in posts:
            for text in (post.text, *(comment.text for comment in post.comments)):
                word = text.split()[-1]
                if (found := self.service.cids(word)) != [post.cid]:
                    self.problems.append(f"{word} of {post.cid} finds {found}")

    def _no_secret_in_the_log(self) -> None:
        text = self.service.log.read_text(encoding="utf-8")
        for name, secret in (("api_key", KEY), ("source_password", PASSWORD)):
            if secret in text:
                self.problems.append(f"{name} is in the log")

    def _settings(self) -> Settings:
        return settings.load(self.service.config, environ={}).settings


@contextmanager
def _database(folder: Path) -> Iterator[MariaDB]:
    place = folder / "mariadb"
    place.mkdir()
    server = MariaDB(place)
    server.install()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seed", type=int, help="repeat a drill")
    parser.add_argument(
        "--seconds", type=float, default=900.0, help="most time for the steps"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
