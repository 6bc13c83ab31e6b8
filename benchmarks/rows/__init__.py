"""The rows of `make bench`: each a function that can be run alone."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the goals table. `met` is None where nothing could be measured."""

    what: str
    goal: str
    measured: str
    met: bool | None


@dataclass
class Section:
    """What one row prints: its goals, and tables with the figures behind them."""

    goals: list[Goal] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    points: dict[str, float] = field(default_factory=dict)
    """Subject -> seconds, for the plot of latency against size."""
