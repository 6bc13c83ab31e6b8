"""SQLite FTS5: trigrams by its own tokenizer, or words by jieba; OR; bm25()."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from benchmarks.data import Doc
from benchmarks.peers import Mode
from benchmarks.tokens import search_text, search_words, trigrams


class Fts5:
    def __init__(self, folder: Path, cut: Literal["words", "trigrams"]) -> None:
        self.words = cut == "words"
        self.name = "SQLite FTS5, " + ("jieba words" if self.words else "trigram")
        self.file = folder / f"{cut}.sqlite"
        self.file.unlink(missing_ok=True)
        self.db = sqlite3.connect(self.file)
        tokenizer = "unicode61" if self.words else "trigram"
        self.db.execute(
            "CREATE VIRTUAL TABLE posts USING fts5"
            f"(title, body, content='', tokenize='{tokenizer}')"
        )

    def build(self, docs: Sequence[Doc]) -> None:
        with self.db:
            self.db.executemany(
                "INSERT INTO posts (rowid, title, body) VALUES (?, ?, ?)",
                ((d.cid, self._stored(d.title), self._stored(d.text)) for d in docs),
            )
            self.db.execute("INSERT INTO posts (posts) VALUES ('optimize')")

    def prepare(self, text: str, mode: Mode = "words") -> str:
        tokens = search_words(text) if self.words else trigrams(text)
        if mode == "phrase" and self.words:
            return _quoted(" ".join(tokens))
        return " OR ".join(map(_quoted, dict.fromkeys(tokens)))

    def run(self, prepared: str, limit: int, offset: int = 0) -> list[int]:
        if not prepared:
            return []
        rows = self.db.execute(
            "SELECT rowid FROM posts WHERE posts MATCH ? "
            "ORDER BY rank LIMIT ? OFFSET ?",
            (prepared, limit, offset),
        )
        return [cid for (cid,) in rows]

    def close(self) -> None:
        self.db.close()

    def _stored(self, text: str) -> str:
        return search_text(text) if self.words else text


def _quoted(token: str) -> str:
    return '"' + token.replace('"', '""') + '"'
