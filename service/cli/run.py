"""How does the service start?"""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.options import (
    config_option,
    data_dir_option,
    settings,
    source_option,
)


@click.command()
@source_option
@data_dir_option
@click.option(
    "--bind",
    metavar="HOST:PORT",
    help="Listen here instead of the setting bind.",
)
@click.option(
    "--public/--no-public",
    default=None,
    help="Let anyone use the search page, or only who signs.",
)
@click.option(
    "--writer/--no-writer",
    default=True,
    help="Also follow the blog, or leave that to sync --watch.",
)
@config_option
def serve(
    source: str | None,
    data_dir: Path | None,
    bind: str | None,
    public: bool | None,
    writer: bool,
) -> None:
    """Serve the search page and the API, and follow the blog.

    It stays in the foreground until Ctrl-C or SIGTERM. Only this machine can reach
    it unless bind says otherwise.
    """
    from service.web import server

    chosen = settings(source=source, data_dir=data_dir, bind=bind, public=public)
    server.serve(chosen, writer=writer)
