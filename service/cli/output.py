"""How do values become lines on a terminal or JSON for a machine?

stdout carries data, stderr carries words. No command decides anything here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, is_dataclass
from typing import Any, TypeVar

import click

from service.model import Span

F = TypeVar("F", bound=Callable[..., Any])
REDRAW_S = 0.1
BAR_WIDTH = 24

json_option: Callable[[F], F] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for a machine."
)


def complain(message: str, hint: str = "") -> None:
    """Say what went wrong and what to do about it."""
    click.echo(f"{click.style('Error:', fg='red')} {message}", err=True)
    if hint:
        click.echo(f"{click.style('Hint:', fg='yellow')} {hint}", err=True)


def say(words: str) -> None:
    """Words for people; never data."""
    click.echo(words, err=True)


def print_json(value: object) -> None:
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def plain(value: object) -> Any:
    """The same value made of dicts, lists, strings and numbers."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, tuple) and hasattr(value, "_asdict"):  # has names, too
        return plain(value._asdict())
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)


def marked(spans: Iterable[Span]) -> str:
    """Spans as one line; what the reader asked for is bold on a terminal."""
    text = "".join(
        click.style(span.text, bold=True, fg="yellow") if span.mark else span.text
        for span in spans
    )
    return " ".join(text.split())


def print_table(rows: Iterable[tuple[str, object]]) -> None:
    """Names and values in two columns; empty values are left out."""
    shown = [(name, str(value)) for name, value in rows if value not in ("", None)]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        click.echo(f"{name:<{width}}  {value}")


def size_text(size: int) -> str:
    """A number of bytes for people: 1.5 MB. Steps of 1,000, as disks are sold."""
    value, units = float(size), ["bytes", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    digits = 0 if units[0] == "bytes" else 1
    return f"{value:.{digits}f} {units[0]}"


def time_text(seconds: int) -> str:
    """A moment in this machine's own time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def skipped_text(skipped: dict[str, int]) -> str:
    if not (total := sum(skipped.values())):
        return ""
    reasons = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
    return f"skipped {total} ({', '.join(f'{n} {why}' for why, n in reasons)})"


class Progress:
    """A bar with rate and remaining time, on a terminal only.

    Called with the number of posts done and, where it is known, of all posts.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.shown = sys.stderr.isatty()
        self.started = time.monotonic()
        self.drawn = 0.0

    def __enter__(self) -> Progress:
        # A large dump is read to its end before the first post comes.
        if self.shown:
            self.drawn = time.monotonic()
            click.echo("\r\x1b[Kreading the blog ...", nl=False, err=True)
        return self

    def __call__(self, done: int, total: int | None = None) -> None:
        now = time.monotonic()
        if self.shown and (now - self.drawn >= REDRAW_S or done == total):
            self.drawn = now
            click.echo(f"\r\x1b[K{self.line(done, total)}", nl=False, err=True)

    def __exit__(self, *failure: object) -> None:
        if self.shown and self.drawn:
            click.echo("\r\x1b[K", nl=False, err=True)

    def line(self, done: int, total: int | None) -> str:
        """`indexing [#####-----] 512/1024 posts  203 posts/s  2 s left`"""
        seconds = max(time.monotonic() - self.started, 0.001)
        rate = done / seconds
        if not total:
            return f"{self.label} {done} posts  {rate:.0f} posts/s"
        filled = min(BAR_WIDTH, BAR_WIDTH * done // total)
        bar = "#" * filled + "-" * (BAR_WIDTH - filled)
        left = f"{(total - done) / rate:.0f} s left" if rate else ""
        return f"{self.label} [{bar}] {done}/{total} posts  {rate:.0f} posts/s  {left}"
