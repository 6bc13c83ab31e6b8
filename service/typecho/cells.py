"""What is in this cell, whatever a source made of it?

Drivers give numbers and text, dumps give strings, some give bytes or nothing.
"""

from __future__ import annotations

from typing import Any


def text(value: Any) -> str:
    """The cell as text; NULL and a missing column are empty."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return "" if value is None else str(value)


def number(value: Any) -> int:
    """The cell as a whole number; what is none counts as 0, as in PHP."""
    if isinstance(value, int):
        return int(value)
    try:
        return int(text(value).strip() or 0)
    except ValueError:
        pass  # "12.0" from a float column, or no number at all
    try:
        return int(float(text(value)))
    except (ValueError, OverflowError):
        return 0
