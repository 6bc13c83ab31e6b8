"""May this request be answered, and has it been answered before?

Takes the signature apart from a Flask request as it was really sent, and remembers
nonces in files, because the worker processes share nothing but the disk.
The signature itself is `service.signing`; rights finer than "holds the key" do
not exist.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from flask import current_app, g, request

from service import signing
from service.errors import IndexError_, Unauthorized
from service.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

FOLDER = "nonces"
_HEADERS = (signing.TIME, signing.NONCE, signing.SIGNATURE)
_BUCKET_S = 2 * signing.WINDOW_S


def signed(view: Callable[P, R]) -> Callable[P, R]:
    """`view` for holders of the key only."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        require_signature()
        return view(*args, **kwargs)

    return checked


def signed_unless_public(view: Callable[P, R]) -> Callable[P, R]:
    """`view` for holders of the key, or for anyone where `public` is on."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        if not _settings().public:
            require_signature()
        return view(*args, **kwargs)

    return checked


def require_signature() -> str:
    """The nonce of a genuine request; raises `Unauthorized` with the reason."""
    settings = _settings()
    path, query = sent_path_and_query()
    nonce = signing.verify(
        settings.api_key.get_secret_value(),
        request.method,
        path,
        query,
        request.get_data(cache=True),
        {name: request.headers.get(name, "") for name in _HEADERS},
    )
    # What only a key holder may read must not stay in a cache on the way.
    g.no_store = True
    return nonce


def sent_path_and_query() -> tuple[str, str]:
    """Path and raw query of the request line, nothing decoded.

    WSGI decodes PATH_INFO and then `%2F` cannot be told from `/`; gunicorn and
    Werkzeug both keep the request target (RAW_URI, REQUEST_URI).
    """
    target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    if "://" in target.partition("?")[0]:  # absolute form, as proxies send it
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return path, query


class Nonces:
    """Signatures that were used once already, shared by all worker processes.

    A nonce lives in a folder named after the signed time. Once that time is
    outside the window the clock check refuses it anyway, so whole folders go.
    """

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / FOLDER

    def use(self, nonce: str, signed_at: int) -> None:
        """Return if `nonce` is new; raise `Unauthorized` if it is not."""
        bucket = self.folder / str(signed_at // _BUCKET_S)
        try:
            if not bucket.is_dir():
                bucket.mkdir(parents=True, exist_ok=True)
                self._forget_old()
            # O_EXCL decides between two workers in one system call.
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
            os.close(os.open(bucket / nonce, flags, 0o600))
        except FileExistsError:
            raise Unauthorized(
                "replayed: this signed request has been answered before",
                "sign every request anew, with a nonce of its own",
            ) from None
        except OSError as error:
            raise IndexError_(
                f"cannot remember nonces in {self.folder}: {error.strerror}",
                "let the service's user write to data_dir, free some space",
            ) from error

    def _forget_old(self) -> None:
        # One more than needed: a request at the very edge is being answered now.
        oldest = int(time.time() - signing.WINDOW_S) // _BUCKET_S - 1
        for bucket in self.folder.iterdir():
            if bucket.name.isdecimal() and int(bucket.name) < oldest:
                with contextlib.suppress(OSError):
                    shutil.rmtree(bucket)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
