"""Fixtures that start real servers once for the whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mariadb import MariaDB


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    folder: Path = tmp_path_factory.mktemp("mariadb")
    server = MariaDB(folder)
    server.install()
    server.start()
    yield server
    server.stop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Iterator[None]:
    """Say in the last words what this run did not prove, and why."""
    yield
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    why = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common())
    total = sum(reasons.values())
    terminalreporter.write_line(
        f"Not run: {total} skipped ({why})" if total else "Not run: nothing was skipped"
    )
