"""How is a result printed? Markdown tables, nothing else."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is left, the others right aligned."""
    lines = [list(head), ["---", *["---:"] * (len(head) - 1)]]
    lines += [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """One line that says when and on what this was measured."""
    today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    return (
        f"{today}, {_processor()}, {_cores()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, commit {_commit()}"
    )


def ms(seconds: float) -> str:
    """Milliseconds with three telling digits."""
    value = seconds * 1000
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def mb(size: float) -> str:
    return f"{size / 1e6:.0f}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _cores() -> int:
    from os import sched_getaffinity

    return len(sched_getaffinity(0))


def _commit() -> str:
    answer = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    )
    return answer.stdout.strip() or "unknown"
