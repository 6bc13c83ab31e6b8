"""What can the owner ask for on the command line?

The group of all commands and the one place where an error becomes an exit code.
Commands live beside this file by what they do: build, ask, look, run.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path

import click

from service import __version__
from service.cli import ask, build, doctor, look, run
from service.cli.output import complain
from service.errors import SearchError

INTERRUPTED = 130
"""128 + SIGINT, as shells report a program that Ctrl-C ended."""
BROKEN_PIPE = 141
"""128 + SIGPIPE: whoever read our output went away, as in `... search a | head`."""


COMMANDS = (
    build.reindex,
    build.sync,
    build.rollback,
    ask.search,
    ask.analyze,
    ask.explain,
    look.status,
    look.config,
    doctor.doctor,
    run.serve,
)


@click.group(
    commands={str(command.name): command for command in COMMANDS},
    context_settings={"max_content_width": 88},
    invoke_without_command=True,
    epilog="Each command explains itself: typecho-search reindex --help",
)
@click.version_option(
    __version__, prog_name="typecho-search", message="%(prog)s %(version)s"
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Read the settings from this file instead of ./search.toml or "
    "/etc/typecho-search/search.toml.",
)
@click.pass_context
def cli(context: click.Context, config: Path | None) -> None:
    """Search for a Typecho blog: build the index, ask it, serve it."""
    context.obj = config
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(args: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A Latin-1 terminal shows ? for what it lacks instead of a traceback.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    sys.exit(_run(args))


def _run(args: list[str] | None) -> int:
    try:
        code = cli.main(args, prog_name=_program_name(), standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except SearchError as error:
        complain(error.message, error.hint)
        return error.exit_code
    except click.ClickException as error:
        complain(_lower_first(error.format_message()), _usage_hint(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain("stopped before the end", "nothing was published; run it again")
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more at exit; give it a place to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            traceback.print_exc()
        complain(
            f"unexpected {type(error).__name__}: {error}",
            "run it again with SEARCH_LOG_LEVEL=debug and report what it prints",
        )
        return 1


def _program_name() -> str:
    name = Path(sys.argv[0]).name
    return name if name in ("service", "typecho-search") else "python -m service"


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else ""


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:].removesuffix(".")
