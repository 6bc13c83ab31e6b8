"""What is wrong with this installation, and which command mends it?

Each check looks at one thing and goes on where another has failed; none changes
anything. The checks themselves are in `checks.py`.
"""

from __future__ import annotations

import click

from service.cli.check import Check
from service.cli.checks import run_checks
from service.cli.options import config_option, leave_words_to_the_report, loaded
from service.cli.output import json_option, print_json

COLOURS = {"good": "green", "warning": "yellow", "bad": "red"}
FOUND_BAD = 1


@click.command()
@json_option
@config_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check the whole installation and say what mends it.

    Settings, rights, disk, index, blog, writer, service and plugin are looked at.
    It leaves with 1 if something is bad; warnings alone leave with 0.
    """
    found = loaded()
    leave_words_to_the_report()
    checks = list(run_checks(found))
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            print_check(check)
    if any(check.state == "bad" for check in checks):
        context.exit(FOUND_BAD)


def print_check(check: Check) -> None:
    state = click.style(f"{check.state:<7}", fg=COLOURS[check.state])
    click.echo(f"{state}  {check.name:<9}  {check.message}")
    if check.mend:
        click.echo(f"{'':<20}-> {check.mend}")
