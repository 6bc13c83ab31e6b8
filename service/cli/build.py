"""How does the owner build the index and keep it up?"""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.options import (
    config_option,
    data_dir_option,
    load_words,
    settings,
    source_option,
)
from service.cli.output import Progress, json_option, print_json, skipped_text

if TYPE_CHECKING:
    from service.indexer import Outcome
    from service.settings import Settings

CIDS_SHOWN = 20

force_option = click.option(
    "--force",
    is_flag=True,
    help="Publish even if more than half of the posts would vanish.",
)


@click.command()
@source_option
@data_dir_option
@force_option
@json_option
@config_option
def reindex(
    source: str | None, data_dir: Path | None, force: bool, as_json: bool
) -> None:
    """Build the index anew from the whole blog, then publish it.

    The old index answers until the new one is complete; if anything goes wrong, it
    goes on answering.

    \b
    Example:
      typecho-search reindex --source backup.sql.gz
    """
    from service import indexer

    chosen = settings(source=source, data_dir=data_dir)
    load_words(chosen, create=True)
    with Progress("indexing") as progress:
        outcome = indexer.reindex(chosen, force=force, progress=progress)
    report(outcome, as_json, reindex_line(outcome))


@click.command()
@source_option
@data_dir_option
@force_option
@click.option(
    "--dry-run", is_flag=True, help="Say what would change, and change nothing."
)
@click.option(
    "--watch",
    is_flag=True,
    help="Go on until stopped: on every nudge of the plugin, and on a timer.",
)
@json_option
@config_option
def sync(
    source: str | None,
    data_dir: Path | None,
    force: bool,
    dry_run: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Apply to the index only what has changed on the blog.

    Every post is compared by its fingerprint, so it also finds what no hook tells:
    renamed categories, imports, edits in the database, scheduled posts now due.
    """
    from service import indexer

    if watch and (dry_run or as_json or force):
        raise click.UsageError("--watch stands alone")
    chosen = settings(source=source, data_dir=data_dir)
    load_words(chosen, create=not dry_run)
    if watch:
        follow(chosen)
        return
    outcome = indexer.sync(chosen, force=force, dry_run=dry_run)
    report(outcome, as_json, sync_line(outcome))


@click.command()
@data_dir_option
@json_option
@config_option
def rollback(data_dir: Path | None, as_json: bool) -> None:
    """Let the previous index answer again.

    Every reindex keeps one previous index. Rolling back twice returns to the newer
    one.
    """
    from service import indexer

    generation = indexer.rollback(settings(data_dir=data_dir))
    if as_json:
        print_json({"generation": generation})
    else:
        click.echo(f"{generation} answers now")


def follow(chosen: Settings) -> None:
    """Run the writer until Ctrl-C or SIGTERM; it finishes the sync under way."""
    from service import writer

    stop = writer.Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop.request)
    logging.getLogger().setLevel(chosen.log_level.upper())
    writer.run(chosen, stop)


def report(outcome: Outcome, as_json: bool, line: str) -> None:
    if as_json:
        print_json(outcome)
    else:
        click.echo(line)


def reindex_line(outcome: Outcome) -> str:
    """`indexed 45 posts, skipped 5 (1 draft, 4 hidden), 2.1 s, gen-...`"""
    return ", ".join(
        part
        for part in (
            f"indexed {outcome.posts} posts",
            skipped_text(outcome.skipped),
            f"{outcome.seconds:.1f} s",
            outcome.generation,
        )
        if part
    )


def sync_line(outcome: Outcome) -> str:
    """`1 added, 2 changed, 45 posts, 0.3 s, gen-...`, with the cids in a dry run."""
    if outcome.action == "reindex":
        return f"built anew: {reindex_line(outcome)}"
    changes = [
        f"{len(cids)} {word}{cids_text(cids) if outcome.dry_run else ''}"
        for cids, word in (
            (outcome.added, "added"),
            (outcome.changed, "changed"),
            (outcome.removed, "removed"),
        )
        if cids
    ]
    if not changes:
        changes = ["nothing has changed"]
    elif outcome.dry_run:
        changes[0] = f"would apply: {changes[0]}"
    rest = (f"{outcome.posts} posts", f"{outcome.seconds:.1f} s", outcome.generation)
    return ", ".join((*changes, *(part for part in rest if part)))


def cids_text(cids: tuple[int, ...]) -> str:
    shown = " ".join(map(str, cids[:CIDS_SHOWN]))
    return f" ({shown}{' ...' if len(cids) > CIDS_SHOWN else ''})"
