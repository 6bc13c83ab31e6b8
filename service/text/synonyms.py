"""Which words mean the same on this site? Applied to queries, never to the index.

A file in UTF-8, one group a line, members parted by commas (either width):
`变分自编码器, VAE`. Blank lines and lines that begin with # are left out.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from service.text import normalize

log = logging.getLogger(__name__)

MAX_VARIANTS = 4
"""Most rewritten queries that are asked beside the typed one."""

_PARTED = re.compile(r"[,，、\t]")


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Groups of folded strings."""

    groups: tuple[tuple[str, ...], ...] = ()

    def variants(self, text: str) -> tuple[str, ...]:
        """`text` (folded) with one member of a group in place of another."""
        if not self.groups:
            return ()
        folded = normalize.fold(text)
        found: dict[str, None] = {}
        for group in self.groups:
            for member in group:
                if not (place := _stands(member, folded)):
                    continue
                for other in group:
                    if other != member:
                        rest = folded[place.end() :]
                        found[f"{folded[: place.start()]} {other} {rest}".strip()] = (
                            None
                        )
                break
        return tuple(found)[:MAX_VARIANTS]


class SynonymsFile:
    """The groups of a file, read again when it has changed: no reindex, no restart."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._read: tuple[int, Synonyms] = (0, Synonyms())

    def current(self) -> Synonyms:
        """None are used while the file cannot be read; the log says so once."""
        if self._path is None:
            return self._read[1]
        try:
            changed = os.stat(self._path).st_mtime_ns
            if changed != self._read[0]:
                text = self._path.read_text(encoding="utf-8-sig")
                self._read = (changed, parse(text.splitlines()))
        except (OSError, UnicodeDecodeError) as error:
            if self._read[0] != -1:
                log.warning("synonyms unreadable file=%s error=%s", self._path, error)
            self._read = (-1, Synonyms())
        return self._read[1]


def parse(lines: Iterable[str]) -> Synonyms:
    groups = []
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        members = (normalize.fold(part).strip() for part in _PARTED.split(line))
        group = tuple(dict.fromkeys(member for member in members if member))
        if len(group) > 1:
            groups.append(group)
    return Synonyms(tuple(groups))


def _stands(member: str, folded: str) -> re.Match[str] | None:
    """Where `member` stands in `folded`; latin only as a whole word."""
    before = r"(?<![a-z0-9])" if member[0].isascii() else ""
    after = r"(?![a-z0-9])" if member[-1].isascii() else ""
    return re.search(before + re.escape(member) + after, folded)
