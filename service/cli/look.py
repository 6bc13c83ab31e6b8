"""What is the state of the index, and of the settings?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr

from service import state, writer
from service.allowed import REDACTED
from service.cli.options import (
    config_option,
    data_dir_option,
    leave_words_to_the_report,
    loaded,
    settings,
)
from service.cli.output import (
    json_option,
    plain,
    print_json,
    print_table,
    size_text,
    skipped_text,
    time_text,
)
from service.errors import ConfigError
from service.index import EngineStatus
from service.nudges import Nudges
from service.settings import Loaded, Settings, as_text, nearest


@click.command()
@data_dir_option
@json_option
@config_option
def status(data_dir: Path | None, as_json: bool) -> None:
    """Say which index answers and what was done last."""
    from service.index.opening import open_engine

    chosen = settings(data_dir=data_dir)
    leave_words_to_the_report()
    now = open_engine(chosen).status()
    runs = state.read(chosen)
    pending = Nudges(chosen.data_dir).pending()
    pid = writer.running(chosen.data_dir)
    if as_json:
        more = {"pending_nudges": pending, "writer": pid, "runs": runs}
        print_json({**plain(now), **more})
    else:
        rows = (*status_rows(now), *run_rows(runs), *next_rows(runs, pending, pid))
        print_table(rows)


def status_rows(now: EngineStatus) -> Iterable[tuple[str, object]]:
    yield "generation", now.generation or "none"
    yield "posts", now.posts
    yield "built", time_text(now.built) if now.built else ""
    yield "size", size_text(now.size_bytes) if now.size_bytes else ""
    yield "segments", now.segments or ""
    yield "previous", now.previous
    yield "schema", now.schema_version
    if now.stale_schema:
        why = "the program or dictionary_file has changed since"
        yield "note", f"{why}: run typecho-search reindex, or let the writer do it"
    yield "problem", now.problem
    for name, value in now.details.items():
        yield name, value if isinstance(value, str) else plain(value)


def run_rows(runs: dict[str, Any]) -> Iterable[tuple[str, object]]:
    """What the last runs did, also the last one that failed."""
    for key in ("last_reindex", "last_sync"):
        if found := runs.get(key):
            moved = ", ".join(
                f"{found[word]} {word}"
                for word in ("added", "changed", "removed")
                if found.get(word)
            )
            if key == "last_reindex":
                moved = f"{found.get('posts', 0)} posts"
            words = moved or "nothing had changed"
            yield key.replace("_", " "), f"{time_text(found['finished'])}  {words}"
    whole = [runs.get("last_full") or {}, runs.get("last_reindex") or {}]
    newest = max(whole, key=lambda run: int(run.get("finished", 0)))
    yield "skipped", skipped_text(newest.get("skipped") or {}).removeprefix("skipped ")
    if drift := runs.get("drift"):
        words = f"{drift['posts']} posts differ" if drift["posts"] else "none"
        yield "drift", f"{words}, seen {time_text(drift['seen'])}"
    if error := runs.get("last_error"):
        mended = (runs.get("last") or {}).get("ok") is True
        hint = "it went well since" if mended else error["hint"]
        yield (
            "last error",
            f"{time_text(error['finished'])}  {error['message']}; {hint}",
        )


def next_rows(
    runs: dict[str, Any], pending: int, pid: int | None
) -> Iterable[tuple[str, object]]:
    """What waits, and who will do it when."""
    yield "nudges", f"{pending} wait for the writer" if pending else "none waits"
    if pid is None:
        yield "writer", "none; start one with typecho-search serve, or sync --watch"
        return
    yield "writer", f"process {pid}"
    if planned := runs.get("next_look"):
        yield "next run", f"{time_text(planned)}, or when a nudge comes"


@click.command()
@click.argument("name", required=False)
@json_option
@config_option
def config(name: str | None, as_json: bool) -> None:
    """Print all settings and where each value came from.

    The output is itself a settings file. Secrets are never printed. With NAME,
    only that value.
    """
    found = loaded()
    if name is not None:
        click.echo(one_value(found.settings, name))
    elif as_json:
        print_json(config_json(found))
    else:
        click.echo(f"# file: {found.file or 'none'}")
        for field in Settings.model_fields:
            click.echo(config_line(found, field))


def one_value(chosen: Settings, name: str) -> str:
    if name not in Settings.model_fields:
        raise ConfigError(
            f"no setting is called {name!r}",
            nearest(name) or "`typecho-search config` lists all names",
        )
    return as_text(chosen, name)


def config_line(found: Loaded, name: str) -> str:
    """`bind = "127.0.0.1:7700"  # default`; a line that says nothing is a comment."""
    value = getattr(found.settings, name)
    text = as_text(found.settings, name)
    if REDACTED in text or value is None:
        return f'# {name} = "{text}"  # {found.origins[name]}'
    if isinstance(value, (bool, int, float)):
        return f"{name} = {text}  # {found.origins[name]}"
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name} = "{quoted}"  # {found.origins[name]}'


def config_json(found: Loaded) -> dict[str, object]:
    return {
        "file": None if found.file is None else str(found.file),
        "settings": {
            name: {"value": _machine_value(found.settings, name), "origin": origin}
            for name, origin in found.origins.items()
        },
    }


def _machine_value(chosen: Settings, name: str) -> object:
    value = getattr(chosen, name)
    told = isinstance(value, SecretStr) or name == "source"
    return as_text(chosen, name) if told else plain(value)
