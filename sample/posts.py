"""What does one source file of the sample blog say?

A file is a head between two `---` lines, one `name: value` a line, then the
text of the post. `comment`, `reply` and `pingback` lines may come many times:
`status | author | date | text`. Names and values are listed in README.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

FOLDER = Path(__file__).with_name("posts")
BLOG_TIME = timezone(timedelta(hours=8))
DEFAULTS = {
    "slug": "",
    "type": "post",
    "status": "publish",
    "format": "markdown",
    "password": "",
    "categories": "",
    "tags": "",
    "parent": "0",
    "author": "1",
    "order": "0",
}
NOTES = ("comment", "reply", "pingback")


@dataclass(frozen=True)
class Note:
    """A comment in any state; `is_reply` answers the note before it."""

    type: str
    status: str
    author: str
    created: int
    text: str
    is_reply: bool


@dataclass(frozen=True)
class Source:
    """One row of `contents`, with the names of its categories and tags."""

    cid: int
    title: str
    slug: str
    created: int
    text: str
    type: str
    status: str
    password: str
    parent: int
    author: int
    order: int
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    notes: tuple[Note, ...] = field(default=())

    @property
    def is_visible(self) -> bool:
        """Written out from the front matter, not from the service's own rule."""
        return (
            self.type in ("post", "page")
            and self.status == "publish"
            and not self.password
            and self.created < unix("2090-01-01 00:00")
        )


def read_all() -> list[Source]:
    """Every file of `posts/`, in order of cid."""
    found = [read(file) for file in sorted(FOLDER.glob("*.md"))]
    return sorted(found, key=lambda source: source.cid)


def read(file: Path) -> Source:
    _, head, body = file.read_text(encoding="utf-8").split("---\n", 2)
    values = dict(DEFAULTS)
    notes: list[Note] = []
    for line in head.splitlines():
        name, _, value = line.partition(": ")
        if name in NOTES:
            notes.append(_note(name, value))
        elif name in DEFAULTS or name in ("cid", "title", "date"):
            values[name] = value.strip()
        else:
            raise ValueError(f"{file.name}: unknown line {line!r}")
    return Source(
        cid=int(values["cid"]),
        title=values["title"],
        slug=values["slug"] or values["cid"],
        created=unix(values["date"]),
        text=_text(values, body.strip()),
        type=values["type"],
        status=values["status"],
        password=values["password"],
        parent=int(values["parent"]),
        author=int(values["author"]),
        order=int(values["order"]),
        categories=_names(values["categories"]),
        tags=_names(values["tags"]),
        notes=tuple(notes),
    )


def unix(local: str) -> int:
    """Unix seconds of `YYYY-MM-DD HH:MM` in the blog's time zone."""
    moment = datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=BLOG_TIME)
    return int(moment.timestamp())


def _text(values: dict[str, str], body: str) -> str:
    if values["type"] == "attachment":
        # Typecho 1.3 keeps what it knows of an upload as JSON in the text.
        return json.dumps(json.loads(body), ensure_ascii=False)
    return f"<!--markdown-->{body}" if values["format"] == "markdown" else body


def _note(name: str, value: str) -> Note:
    status, author, date, text = value.split(" | ", 3)
    return Note(
        type="pingback" if name == "pingback" else "comment",
        status=status,
        author=author,
        created=unix(date),
        text=text.replace("\\n", "\n"),
        is_reply=name == "reply",
    )


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())
