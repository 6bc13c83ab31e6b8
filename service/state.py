"""What did the last reindex and the last sync do? `data_dir/state.json`.

Written by whoever writes the index, read by status, doctor and the API. Losing it
loses nothing but this knowledge.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import Any

from service.errors import SearchError
from service.settings import Settings

FILE = "state.json"


def read(settings: Settings) -> dict[str, Any]:
    """{} before the first run, or if the file is damaged."""
    try:
        text = (settings.data_dir / FILE).read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def note_success(settings: Settings, started: int, outcome: dict[str, Any]) -> None:
    brief = {
        key: len(value) if key in ("added", "changed", "removed") else value
        for key, value in outcome.items()
    }
    last = {"started": started, "finished": int(time.time()), "ok": True, **brief}
    update(settings, {"last": last, f"last_{outcome['action']}": last})


def note_failure(
    settings: Settings, action: str, started: int, error: SearchError
) -> None:
    failure = {
        "action": action,
        "started": started,
        "finished": int(time.time()),
        "ok": False,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
    }
    update(settings, {"last": failure, "last_error": failure})


def note_unexpected(settings: Settings, error: Exception) -> None:
    """What nobody foresaw is said as well; the log has the whole story."""
    told = SearchError(
        f"unexpected {type(error).__name__}", "look into the log of the writer"
    )
    note_failure(settings, "sync", int(time.time()), told)


def update(settings: Settings, values: dict[str, Any]) -> None:
    """Merge `values` into the file; a full disk is no reason to fail."""
    merged = {**read(settings), **values}
    temporary = settings.data_dir / f".{FILE}.{os.getpid()}"
    with contextlib.suppress(OSError):
        temporary.write_text(json.dumps(merged, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, settings.data_dir / FILE)
