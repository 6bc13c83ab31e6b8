"""What does a route need to answer?

The one bundle that `create_app` wires and every route reads; nothing is global.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from service.index.whoosh_engine import WhooshEngine
from service.nudges import Nudges
from service.searcher import Searcher
from service.settings import Settings
from service.web.auth import Nonces

NAME = "typecho_search"


@dataclass(frozen=True, slots=True)
class Door:
    settings: Settings
    engine: WhooshEngine
    searcher: Searcher
    nudges: Nudges
    nonces: Nonces


def door() -> Door:
    """The bundle of the running app."""
    return cast(Door, current_app.extensions[NAME])
