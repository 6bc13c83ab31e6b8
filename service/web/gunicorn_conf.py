"""How do gunicorn's processes run?

The one configuration: `service serve` uses it, and `deploy/gunicorn.conf.py` hands it
to a gunicorn that somebody else starts. Values that an owner may change are settings.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
from typing import Any

from gunicorn.config import KNOWN_SETTINGS

from service.errors import SearchError
from service.settings import Settings
from service.web.door import NAME, Door

log = logging.getLogger(__name__)

THREADS = 4
"""Per process: enough to answer probes while a slow client is being served."""


def options(settings: Settings) -> dict[str, Any]:
    """gunicorn's settings, by name."""
    chosen: dict[str, Any] = {
        "bind": [settings.bind],
        "workers": settings.workers,
        "worker_class": "gthread",
        "threads": THREADS,
        # Code and tables are loaded once, and shared by all that are forked after.
        "preload_app": True,
        "when_ready": when_ready,
        "post_worker_init": begin,
        # A dead client may hold a thread, never a process; 30 s without a sign of
        # life means that the process hangs.
        "timeout": 30,
        "graceful_timeout": 10,
        # PHP opens a connection per question, so there is nothing to keep alive long.
        "keepalive": 5,
        # A pasted paragraph of 5,000 characters is a query of 60 kB; gunicorn's own
        # limits are "at most 8190 bytes" or none. The nginx snippet has one.
        "limit_request_line": 0,
        # The access log would hold what visitors typed.
        "accesslog": None,
        "logconfig_dict": logging_config(settings.log_level),
        # Heartbeats are files; on a slow disk they would block a process.
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
        "proc_name": "typecho-search",
        # Since gunicorn 25: a socket in $HOME by which it may be commanded.
        "control_socket_disable": True,
    }
    known = {setting.name for setting in KNOWN_SETTINGS}
    return {name: value for name, value in chosen.items() if name in known}


def logging_config(level: str) -> dict[str, Any]:
    """One line an event on stderr, ours and gunicorn's, key=value at the end."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "format": "%(asctime)s %(levelname)s %(name)s pid=%(process)d "
                "%(message)s",
                "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            }
        },
        "filters": {"discreet": {"()": Discreet}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["discreet"],
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {
            # gunicorn narrates every signal and process at info.
            "gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "ERROR", "handlers": [], "propagate": False},
        },
    }


def begin(worker: Any) -> None:
    gc.enable()
    leave_ctrl_c_to_the_master()
    warm_up(worker)


def leave_ctrl_c_to_the_master() -> None:
    """Ctrl-C reaches every process of the terminal, then the master tells its own.

    Two such signals at once lock gunicorn's thread pool against itself, and the
    process hangs until it is killed 10 s later.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def warm_up(worker: Any) -> None:
    """Ask once before the first visitor does: opening an index takes 0.3 s.

    Common words, so that they are cut, found and shown in snippets, too.
    """
    door: Door = worker.app.wsgi().extensions[NAME]
    with contextlib.suppress(SearchError):  # no index yet: /readyz says so
        door.searcher.search("一个问题")


class Discreet(logging.Filter):
    """Drops the request line that gunicorn quotes when it cannot parse one.

    It may hold what a visitor typed: curl sends Chinese unencoded.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if str(record.msg).startswith("Invalid request from ip="):
            record.msg, _, _ = str(record.msg).partition(": ")
        return True


def when_ready(arbiter: Any) -> None:
    """Everything is loaded and nothing is forked yet."""
    # Objects that live for ever leave the collector's sight; else its marks would
    # copy the shared pages into every process.
    gc.freeze()
    where = ",".join(str(listener) for listener in arbiter.LISTENERS)
    log.info("serve ready address=%s workers=%s", where, arbiter.num_workers)
