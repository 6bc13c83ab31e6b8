"""Which app does a gunicorn get that was not started by `service serve`?"""

from __future__ import annotations

from flask import Flask

from service.settings import load
from service.web.server import load_app


def app() -> Flask:
    """The app of search.toml and the `SEARCH_*` environment."""
    return load_app(load().settings)
