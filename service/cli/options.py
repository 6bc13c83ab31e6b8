"""Which options do several commands share, and how do they become settings?"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from service.settings import Loaded, Settings, load

F = TypeVar("F", bound=Callable[..., Any])

LOG_FORMAT = "%(levelname)s %(name)s %(message)s"


def config_option(command: F) -> F:
    """`--config` after the command works like `--config` before it."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        callback=_remember,
        expose_value=False,
        help="Read the settings from this file.",
    )(command)


def data_dir_option(command: F) -> F:
    return click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Use the index in this folder instead of the setting data_dir.",
    )(command)


def source_option(command: F) -> F:
    return click.option(
        "--source",
        metavar="WHERE",
        help="Read the blog from here instead of the setting source: a dump file, "
        "a folder of dumps, a database address.",
    )(command)


def loaded(**overrides: Any) -> Loaded:
    """The settings of this run, with logging set up to match."""
    context = click.get_current_context()
    result = load(context.find_root().obj, overrides=overrides)
    # A person reads the summary; lines at info level are for the running service.
    level = "debug" if result.settings.log_level == "debug" else "warning"
    logging.basicConfig(level=level.upper(), format=LOG_FORMAT)
    return result


def settings(**overrides: Any) -> Settings:
    return loaded(**overrides).settings


def leave_words_to_the_report() -> None:
    """For commands that say in their output what opening an index would log."""
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("service.index").setLevel(logging.ERROR)


def load_words(chosen: Settings, *, create: bool) -> None:
    """Load jieba's dictionary now, with its cache in our own folder.

    Its usual place, a temporary folder that everybody may write to, would let others
    choose what we read. Commands that only read (`create=False`) make no folder.
    """
    from service.text import analyzer

    folder = chosen.data_dir / "cache"
    analyzer.preload(folder if create or folder.is_dir() else None)


def _remember(
    context: click.Context, parameter: click.Parameter, value: Path | None
) -> None:
    if value is not None:
        context.find_root().obj = value
