"""What happens on the blog of a drill?

Rows in a real MariaDB, written in the shape that Typecho writes. Every text holds a
word that stands nowhere else; `ever` says which posts have ever had a word, so that
whoever finds it can be judged at any moment.
"""

from __future__ import annotations

import contextlib
import json
import string
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pymysql

from tests.support.mariadb import MariaDB
from tests.support.typecho_schema import create_statements

DATABASE, USER, PASSWORD = "drill", "drill", "drill-database-password"
STILL = 5
"""Posts that stay as they are from the first moment on."""
FEWEST, MOST = 25, 80
"""So few posts that every sync is quick, so many that no delete is half of them."""
ROUTES = {
    "post": {"url": "/archives/[cid:digital]/"},
    "page": {"url": "/[slug].html"},
}
PROSE = "今天的观测记录写在这里，云层散开以后可以看到木星和它的卫星。"


class BlogDown(Exception):
    """The database did not take it; nobody knows how far it came."""


class DrillBlog:
    """A blog that only changes; it never looks at the index."""

    def __init__(self, server: MariaDB, random: Random) -> None:
        self.server, self.random = server, random
        self.ever: dict[str, set[int]] = {}
        self.posts: dict[int, int] = {}
        """cid -> mid of its category, as far as this side knows."""
        self.still: dict[str, int] = {}
        """Word -> cid of posts that nobody ever touches: always found."""
        self._still_in: dict[int, int] = {}
        self.comments: list[tuple[int, int]] = []
        self.categories: dict[int, str] = {}
        self._next = 1

    @property
    def source(self) -> str:
        return f"mysql://{USER}@127.0.0.1:{self.server.port}/{DATABASE}"

    def create(self) -> None:
        server = self.server
        server.create_database(DATABASE)
        server.execute(f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'")
        server.execute(f"GRANT SELECT ON `{DATABASE}`.* TO '{USER}'@'%'")
        with self._transaction() as run:
            for statement in create_statements():
                run(statement)
            for name, value in (
                ("siteUrl", "http://drill.example"),
                ("rewrite", "1"),
                ("timezone", "28800"),
                ("routingTable", json.dumps(ROUTES)),
            ):
                run(
                    "INSERT INTO typecho_options (name, user, value) VALUES (%s,0,%s)",
                    name,
                    value,
                )
            run(
                "INSERT INTO typecho_users (uid, name, mail, screenName) "
                "VALUES (1, 'admin', 'a@drill.example', 'admin')"
            )
            for mid in (1, 2, 3):
                self.categories[mid] = self._word()
                run(
                    "INSERT INTO typecho_metas (mid, name, slug, type) "
                    "VALUES (%s, %s, %s, 'category')",
                    mid,
                    self.categories[mid],
                    f"c{mid}",
                )
        for _ in range(STILL):
            (cid,) = self.publish()
            self.still[list(self.ever)[-1]] = cid
            self._still_in[cid] = self.posts.pop(cid)
        for _ in range(FEWEST + 10):
            self.publish()

    def step(self) -> tuple[str, list[int]]:
        """Change something; the name of it and the cids that a hook would tell.

        Raises `BlogDown` where the database is away.
        """
        weights: dict[Callable[[], list[int]], int] = {
            self.publish: 5 if len(self.posts) < MOST else 0,
            self.edit: 6,
            self.delete: 4 if len(self.posts) > FEWEST else 0,
            self.delete_and_reuse: 1 if len(self.posts) > FEWEST else 0,
            self.mark: 3,
            self.schedule: 1,
            self.comment: 3,
            self.moderate: 2,
            self.rename_category: 1,
            self.move: 1,
        }
        chosen = self.random.choices(list(weights), list(weights.values()))[0]
        return chosen.__name__, chosen()

    def publish(self, cid: int | None = None, created: int | None = None) -> list[int]:
        cid = self._next if cid is None else cid
        self._next = max(self._next, cid + 1)
        mid = self.random.choice(list(self.categories))
        text = self._text(cid)
        with self._transaction() as run:
            moment = int(time.time()) - 5 if created is None else created
            run(
                "INSERT INTO typecho_contents (cid, title, slug, created, modified, "
                "text, authorId, type, status, allowComment) "
                "VALUES (%s, %s, %s, %s, %s, %s, 1, 'post', 'publish', '1')",
                *(cid, f"文章 {cid}", f"p{cid}", moment, moment, text),
            )
            run("INSERT INTO typecho_relationships VALUES (%s, %s)", cid, mid)
            self.posts[cid] = mid
            self.ever[self.categories[mid]].add(cid)
        return [cid]

    def schedule(self) -> list[int]:
        return self.publish(created=int(time.time()) + self.random.randint(2, 15))

    def edit(self) -> list[int]:
        cid = self._some()
        text = self._text(cid)
        with self._transaction() as run:
            run(
                "UPDATE typecho_contents SET text = %s, modified = %s WHERE cid = %s",
                *(text, int(time.time()), cid),
            )
        return [cid]

    def delete(self) -> list[int]:
        cid = self._some()
        with self._transaction() as run:
            for table in ("contents", "relationships", "comments"):
                run(f"DELETE FROM typecho_{table} WHERE cid = %s", cid)
        del self.posts[cid]
        self.comments = [known for known in self.comments if known[1] != cid]
        return [cid]

    def delete_and_reuse(self) -> list[int]:
        """What SQLite does with the highest cid."""
        (cid,) = self.delete()
        return self.publish(cid)

    def mark(self) -> list[int]:
        cid = self._some()
        status = self.random.choice(("publish", "publish", "private", "waiting"))
        with self._transaction() as run:
            run(
                "UPDATE typecho_contents SET status = %s, password = %s WHERE cid = %s",
                *(status, self.random.choice((None, None, "", "pw")), cid),
            )
        return [cid]

    def comment(self) -> list[int]:
        cid = self._some()
        text = self._text(cid)
        with self._transaction() as run:
            coid = run(
                "INSERT INTO typecho_comments (cid, created, author, text, status) "
                "VALUES (%s, %s, 'reader', %s, 'approved')",
                *(cid, int(time.time()), text),
            )
            self.comments.append((coid, cid))
        return [cid]

    def moderate(self) -> list[int]:
        if not self.comments:
            return []
        coid, cid = self.random.choice(self.comments)
        status = self.random.choice(("approved", "waiting", "spam"))
        with self._transaction() as run:
            run("UPDATE typecho_comments SET status = %s WHERE coid = %s", status, coid)
        return [cid]

    def rename_category(self) -> list[int]:
        """No hook tells of it."""
        mid, name = self.random.choice(list(self.categories)), self._word()
        everywhere = {**self.posts, **self._still_in}
        self.ever[name].update(cid for cid, its in everywhere.items() if its == mid)
        with self._transaction() as run:
            run("UPDATE typecho_metas SET name = %s WHERE mid = %s", name, mid)
        self.categories[mid] = name
        return []

    def move(self) -> list[int]:
        """Into another category, past Typecho."""
        cid, mid = self._some(), self.random.choice(list(self.categories))
        self.ever[self.categories[mid]].add(cid)
        with self._transaction() as run:
            run("UPDATE typecho_relationships SET mid = %s WHERE cid = %s", mid, cid)
        self.posts[cid] = mid
        return []

    def _some(self) -> int:
        return self.random.choice(list(self.posts))

    def _text(self, cid: int) -> str:
        word = self._word()
        self.ever[word].add(cid)  # before it is written: it may be found at once
        return f"<!--markdown-->{PROSE * self.random.randint(1, 20)}\n\n{word}\n"

    def _word(self) -> str:
        """Sixteen letters: nothing that a typing error could turn into another."""
        letters = self.random.choices(string.ascii_lowercase, k=14)
        word = "zq" + "".join(letters)
        self.ever[word] = set()
        return word

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Callable[..., int]]:
        try:
            with self.server.connect(
                DATABASE, connect_timeout=5, read_timeout=20, write_timeout=20
            ) as connection:
                connection.begin()
                with connection.cursor() as cursor:

                    def run(sql: str, *values: Any) -> int:
                        cursor.execute(sql, values)
                        return int(cursor.lastrowid or 0)

                    yield run
                connection.commit()
        except (pymysql.err.Error, OSError) as error:
            raise BlogDown(str(error)) from error
