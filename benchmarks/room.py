"""What do the rows of `make bench` share? Built when the first row asks for it.

Posts, peers, a blog on MariaDB, its dump, the index that `service reindex` makes of
it, and the running service: one of each in a run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.data import Doc, data_folder, scale_docs
from benchmarks.memory import Peak
from benchmarks.peers import Missing, Peer, open_peer
from benchmarks.peers.like import DATABASE, TypechoLike
from benchmarks.queries import COUNT, MANY, Kinds, speed_queries
from tests.support.searchservice import SearchService

KEY = "a key for measuring only"
SPEED_PEERS = (
    "like", "fts5-jieba", "xapian-jieba", "tantivy-jieba", "whoosh-or"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reindex:
    seconds: float
    peak: int
    """Bytes of the whole process tree (PSS)."""


class Room:
    def __init__(
        self,
        folder: Path,
        count: int,
        rounds: int,
        data: Path | None,
        names: Sequence[str] = SPEED_PEERS,
    ):
        """`names` are those of the peers to compare with."""
        self.folder, self.count, self.rounds = folder, count, rounds
        self._names = names
        corpora = data_folder(data)
        if corpora is None:
            raise SystemExit("no folder of corpora: give --data or SEARCH_EVAL_DATA")
        self.corpora = corpora
        self.missing: dict[str, str] = {}
        self.reindexed: list[Reindex] = []
        self.open = ExitStack()

    @cached_property
    def docs(self) -> tuple[Doc, ...]:
        return tuple(scale_docs(self.corpora, self.count))

    @cached_property
    def queries(self) -> Kinds:
        return {kind: queries[:COUNT] for kind, queries in self.many_queries.items()}

    @cached_property
    def many_queries(self) -> Kinds:
        return speed_queries(self.docs, self.corpora / "cmrc", count=MANY)

    @cached_property
    def peers(self) -> dict[str, Peer]:
        """The peers that are installed, with all posts; `missing` has the others."""
        peers: dict[str, Peer] = {}
        for name in self._names:
            if name == "like":
                if "like" not in self.missing:
                    peers[name] = self.blog
                continue
            try:
                peer = open_peer(name, self.folder / name)
            except Missing as problem:
                self.missing[name] = str(problem)
                continue
            start = time.monotonic()
            peer.build(self.docs)
            self.open.callback(peer.close)
            self.say(f"{peer.name} built in {time.monotonic() - start:.1f} s")
            peers[name] = peer
        return peers

    @cached_property
    def blog(self) -> TypechoLike:
        """The posts as a Typecho blog on a private MariaDB."""
        blog = TypechoLike(self.folder)
        self.open.callback(blog.close)
        blog.build(self.docs)
        self.say("blog filled")
        return blog

    @cached_property
    def dump(self) -> Path:
        file = self.folder / "blog.sql"
        file.write_bytes(self.blog.server.dump(DATABASE))
        return file

    @cached_property
    def indexed(self) -> SearchService:
        """A data folder with the index that was built from the dump; nothing runs."""
        service = self.new_service("from-dump", str(self.dump))
        self.reindexed.append(self.reindex(service))
        return service

    @cached_property
    def service(self) -> SearchService:
        """Two workers and the writer on the live blog, over a copy of that index."""
        service = self.new_service("service", self.live_source)
        shutil.copytree(self.indexed.data_dir, service.data_dir)
        self.start(service)
        return service

    def start(self, service: SearchService) -> None:
        """Start it for the rest of the run; its log is shown if it does not come up."""
        self.open.callback(service.stop)
        try:
            service.start()
        except TimeoutError:
            self.say(service.log.read_text("utf-8", "replace")[-3000:])
            raise

    @property
    def live_source(self) -> str:
        return f"mysql://root@127.0.0.1:{self.blog.server.port}/{DATABASE}"

    def new_service(self, name: str, source: str, key: str = KEY) -> SearchService:
        return SearchService(
            self.folder / name,
            source,
            key,
            workers=2,
            build_processes=0,
            sync_interval_s=300,
            public=True,
            log_level="warning",
        )

    def reindex(self, service: SearchService) -> Reindex:
        """`service reindex` as an owner runs it, watched from outside."""
        start = time.monotonic()
        command = [sys.executable, "-m", "service", "--config", str(service.config)]
        with subprocess.Popen([*command, "reindex"], cwd=Path.cwd()) as process:
            with Peak(process.pid) as peak:
                process.wait()
            seconds = time.monotonic() - start
        if process.returncode:
            raise RuntimeError(f"reindex ended with {process.returncode}")
        self.say(f"reindex {seconds:.1f} s, peak {peak.bytes / 1e6:.0f} MB")
        return Reindex(seconds, peak.bytes)

    def say(self, text: str) -> None:
        print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)
