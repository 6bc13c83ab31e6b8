"""Does `make run` show a newcomer a search page that finds something?"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 120


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "scripts/demo.py", str(tmp_path / "demo")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    yield process
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT_S)


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return found[0]
    raise AssertionError("the demo ended without an address")


def test_printed_address_finds_what_it_tells_to_try(
    demo: subprocess.Popen[str],
) -> None:
    url = address_of(demo) + "?q=" + urllib.parse.quote("2018天象")

    page = urllib.request.urlopen(url, timeout=LIMIT_S).read().decode()

    assert "<mark>" in page


def test_ctrl_c_ends_it_quietly(demo: subprocess.Popen[str]) -> None:
    """A terminal sends the signal to every process of the group."""
    address_of(demo)

    os.killpg(demo.pid, signal.SIGINT)
    rest, _ = demo.communicate(timeout=LIMIT_S)

    assert demo.returncode == 0
    assert "Traceback" not in rest
    assert "rror" not in rest


def test_scripts_are_valid_shell() -> None:
    for script in [*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"]:
        if not script.is_file() or script.suffix == ".py":
            continue
        first = script.read_text(encoding="utf-8").splitlines()[0]
        shell = {"#!/bin/sh": "sh", "#!/usr/bin/env bash": "bash"}.get(first)
        if shell is not None:
            subprocess.run([shell, "-n", str(script)], check=True)
