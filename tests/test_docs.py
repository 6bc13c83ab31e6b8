"""Do the papers name every setting, command and option, and nothing that is not?"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from service.cli import cli
from service.settings import Settings, load

ROOT = Path(__file__).resolve().parent.parent
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
NAMES = [paper.relative_to(ROOT).as_posix() for paper in PAPERS]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND_LINE = re.compile(r"(?:^|`)(?:\S*/)?typecho-search ([a-z]+(?: [^`\n]*)?)", re.M)


def commands() -> Iterator[tuple[str, click.Command]]:
    yield from sorted(cli.commands.items())


def options(command: click.Command) -> Iterator[click.Option]:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield parameter


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_table_of_settings_is_what_the_program_believes() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "scripts.settings_table", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr


def test_example_settings_are_accepted() -> None:
    found = load(ROOT / "search.example.toml", environ={})

    assert found.settings.bind == Settings().bind
    assert found.settings.public is False


def test_every_dependency_says_why_it_and_not_its_rivals() -> None:
    project = re.search(
        r"^dependencies = \[\n(.*?)^\]", read("pyproject.toml"), re.M | re.S
    )
    assert project
    names = re.findall(r'^ *"([A-Za-z0-9-]+)', project[1], re.M)

    rows = re.findall(r"^\| `([A-Za-z0-9-]+)`", read("CONTRIBUTING.md"), re.M)

    assert len(names) > 10
    assert set(names) <= set(rows)


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_command_stands_in_the_english_readme(name: str) -> None:
    assert f"typecho-search {name}" in read("README.md")


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_command_stands_in_the_chinese_readme(name: str) -> None:
    assert f"typecho-search {name}" in read("README.zh-CN.md")


@pytest.mark.parametrize(
    ("command", "flag"),
    [(n, flag) for n, c in commands() for o in options(c) for flag in o.opts],
)
def test_option_is_explained_by_a_sentence(command: str, flag: str) -> None:
    option = next(o for o in options(cli.commands[command]) if flag in o.opts)

    assert option.help
    assert option.help[0].isupper()
    assert option.help.endswith(".")


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_command_is_explained_by_sentences(name: str) -> None:
    text = cli.commands[name].help or ""
    first = text.split("\n\n")[0]

    assert first[0].isupper()
    assert first.endswith(".")
    assert len(cli.commands[name].get_short_help_str(62)) < 62
    assert "..." not in cli.commands[name].get_short_help_str(62)


@pytest.mark.parametrize("paper", NAMES)
def test_papers_name_only_commands_that_exist(paper: str) -> None:
    text = read(paper)
    unknown = []
    for match in COMMAND_LINE.finditer(text):
        name, _, rest = match[1].partition(" ")
        command = cli.commands.get(name)
        if command is None:
            unknown.append(match[1])
            continue
        known = {
            flag for o in options(command) for flag in (*o.opts, *o.secondary_opts)
        }
        # What follows a # or a pipe is not ours.
        words = re.split(r"[#|;&>]", rest)[0].split()
        flags = {w.split("=")[0] for w in words if w.startswith("--")}
        unknown += [f"{name} {flag}" for flag in flags - known - {"--help"}]

    assert unknown == []


@pytest.mark.parametrize("paper", NAMES)
def test_papers_name_only_settings_that_exist(paper: str) -> None:
    used = set(re.findall(r"SEARCH_([A-Z_]+)=", read(paper)))
    known = {n.upper() for n in Settings.model_fields} | {
        "CONFIG",
        "API_KEY_FILE",
        "SOURCE_PASSWORD_FILE",
    }

    assert used - known == set()


@pytest.mark.parametrize("paper", NAMES)
def test_links_between_papers_lead_somewhere(paper: str) -> None:
    folder = (ROOT / paper).parent
    targets = [t for t in LINK.findall(read(paper)) if "://" not in t]

    assert [t for t in targets if not (folder / t).exists()] == []


@pytest.mark.parametrize("target", re.findall(r"^([a-z]+):", read("Makefile"), re.M))
def test_make_target_has_a_line_of_help(target: str) -> None:
    assert re.search(rf"^{target}:  ## [a-z]", read("Makefile"), re.M)
