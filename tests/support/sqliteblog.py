"""A blog in a SQLite file, changed past everybody, and what the index holds of it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from service.index.opening import open_engine
from service.index.query import parse
from service.index.schema import fingerprint
from service.settings import Settings
from service.typecho.opening import open_source
from service.typecho.rows import read_posts
from tests.support.blog import BLOG, content
from tests.support.tables import fill_sqlite

POSTS = [content(cid, text=f"正文 zqfirst{cid}") for cid in range(20, 40)]


class SqliteBlog:
    """Typecho's tables in a file; `run` changes them without any hook."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.file = folder / "blog.db"
        fill_sqlite(self.file, {**BLOG, "contents": [*BLOG["contents"], *POSTS]})
        self.settings = Settings(
            source=f"sqlite:///{self.file}",
            data_dir=folder / "data",
            build_processes=1,
            **settings,
        )

    def run(self, *statements: str | tuple[str, tuple[Any, ...]]) -> None:
        """Statements, or statements with values, in one transaction."""
        with closing(sqlite3.connect(self.file, timeout=30)) as connection:
            for one in statements:
                sql, values = (one, ()) if isinstance(one, str) else one
                connection.execute(sql, values)
            connection.commit()

    def publish(self, cid: int, text: str, **more: Any) -> None:
        """Write a post anew, or over the one that has this cid."""
        row = content(cid, text=text, **more)
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        self.run(
            f"DELETE FROM typecho_contents WHERE cid = {cid}",
            (
                f"INSERT INTO typecho_contents ({names}) VALUES ({marks})",
                tuple(row.values()),
            ),
        )

    def there(self) -> dict[int, str]:
        """cid -> fingerprint of what a visitor may read now."""
        with closing(open_source(self.settings)) as source:
            posts = read_posts(source, self.settings, int(time.time()))
            return {post.cid: fingerprint(post) for post in posts}

    def here(self) -> dict[int, str]:
        return open_engine(self.settings).fingerprints()

    def found(self, text: str) -> list[int]:
        query = parse(f'"{text}"')
        hits = open_engine(self.settings).search(query, limit=100).hits
        return sorted(hit.cid for hit in hits)
