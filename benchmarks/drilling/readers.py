"""Was any search answered wrongly while everything broke?

Threads that ask all the time for words of the blog. A connection that breaks is no
answer (a process was killed; the plugin falls back); a 5xx, a post that never had
the word, or not finding a post that nobody has touched, is a failure.
"""

from __future__ import annotations

import threading
import time
from random import Random

import requests

from benchmarks.drilling.blog import DrillBlog
from tests.support.searchservice import SearchService

PAUSE_S = 0.02


class Readers:
    """`count` threads from `start` to `stop`; then `wrong` tells what they saw."""

    def __init__(self, service: SearchService, blog: DrillBlog, count: int = 3) -> None:
        self.service, self.blog = service, blog
        self.wrong: list[str] = []
        self.answers = self.broken = self.found = 0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._read, args=(Random(n),), daemon=True)
            for n in range(count)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _read(self, random: Random) -> None:
        still = list(self.blog.still)
        while not self._over.wait(PAUSE_S):
            if random.random() < 0.2:
                self._ask(random.choice(still))
                continue
            words = list(self.blog.ever)
            recent = words[-30:] if random.random() < 0.7 else words
            self._ask(random.choice(recent))

    def _ask(self, word: str) -> None:
        asked = time.strftime("%H:%M:%S")
        try:
            answer = self.service.get("/api/cids", q=word)
        except requests.RequestException:
            with self._lock:
                self.broken += 1
            return
        with self._lock:
            self.answers += 1
        if answer.status_code != 200:
            self.wrong.append(
                f"{asked} {word}: {answer.status_code} {answer.text[:200]}"
            )
            return
        said = answer.json()
        untouched = self.blog.still.get(word)
        if untouched is not None and said["cids"] != [untouched]:
            self.wrong.append(f"{asked} {word}: {said['cids']}, not [{untouched}]")
            return
        if said["corrected"] or said["relaxed"]:
            return  # an answer to another question, and it says so
        never = set(said["cids"]) - self.blog.ever[word]
        if never:
            self.wrong.append(f"{asked} {word}: found {never}, which never had it")
        with self._lock:
            self.found += bool(said["cids"])
