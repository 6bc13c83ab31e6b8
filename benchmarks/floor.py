"""What is the least that a JSON answer costs? An empty Flask route on our gunicorn.

`python -m benchmarks.floor PORT` serves it with the settings of `service serve`.
"""

from __future__ import annotations

import sys

from flask import Flask
from gunicorn.app.base import BaseApplication

from service.settings import Settings
from service.web.gunicorn_conf import options


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/empty")
    def empty() -> dict[str, str]:
        return {}

    return app


class _Floor(BaseApplication):  # type: ignore[misc]
    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__()

    def load_config(self) -> None:
        settings = Settings(  # type: ignore[call-arg]
            bind=f"127.0.0.1:{self.port}", log_level="warning"
        )
        for name, value in options(settings).items():
            if not callable(value):  # hooks look for the service's own app
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app()


if __name__ == "__main__":
    _Floor(int(sys.argv[1])).run()
