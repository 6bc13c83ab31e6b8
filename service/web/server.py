"""How does `service serve` run?

gunicorn inside this process, with the writer as one more child of the same tree.
"""

from __future__ import annotations

import gc
import logging.config
import os
from collections.abc import Callable
from importlib import import_module

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from service import heap
from service.errors import ConfigError
from service.settings import Settings
from service.text import analyzer
from service.web.app import create_app
from service.web.child import WriterChild
from service.web.gunicorn_conf import logging_config, options


def serve(settings: Settings, *, writer: bool = True) -> None:
    """Serve until SIGTERM or Ctrl-C; raises `SystemExit` at the end.

    Raises `ConfigError` when `data_dir` cannot be written.
    """
    _make_data_dir(settings)
    logging.config.dictConfig(logging_config(settings.log_level))
    _Application(settings, writer).run()


def load_app(settings: Settings) -> Flask:
    """The app, with everything in memory that all processes can share."""
    heap.one_heap()
    analyzer.preload(settings.data_dir / "cache")
    # np.unique imports it at its first call: 0.1 s of the first visitor's time.
    import_module("numpy.ma")
    return create_app(settings)


class _Application(BaseApplication):  # type: ignore[misc]
    """gunicorn with our configuration and no command line of its own."""

    def __init__(self, settings: Settings, writer: bool) -> None:
        self.settings, self.writer = settings, writer
        super().__init__()

    def load_config(self) -> None:
        for name, value in options(self.settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        # No holes in the pages that will be shared; who is forked collects again
        # (https://docs.python.org/3/library/gc.html#gc.freeze).
        gc.disable()
        return load_app(self.settings)

    def run(self) -> None:
        _Tree(self).run()


class _Tree(Arbiter):  # type: ignore[misc]
    """gunicorn's master, which also looks after the writer.

    `manage_workers` is called at least once a second and before the first fork;
    `stop` on every way out.
    """

    def __init__(self, app: _Application) -> None:
        super().__init__(app)
        self.writer: WriterChild | None = None
        if app.writer:
            self.writer = WriterChild(app.settings, self._let_go())

    def manage_workers(self) -> None:
        if self.writer is not None:
            self.writer.keep()
        super().manage_workers()

    def stop(self, graceful: bool = True) -> None:
        if self.writer is not None:
            self.writer.ask_to_stop()
        super().stop(graceful)
        if self.writer is not None:
            self.writer.stop()

    def _let_go(self) -> Callable[[], None]:
        def close_in_child() -> None:
            # Or the port stays taken when the master dies before the writer.
            for listener in self.LISTENERS:
                listener.close()
            for worker in self.WORKERS.values():
                worker.tmp.close()

        return close_in_child


def _make_data_dir(settings: Settings) -> None:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if not writable:
        raise ConfigError(
            f"cannot write data_dir {folder}",
            f"sudo install -d -o $(id -un) {folder}, or choose another data_dir",
        )
