"""What does one check say, and what mends it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Check:
    """`mend` is the command or the action that puts it right."""

    name: str
    state: State
    message: str
    mend: str = ""
