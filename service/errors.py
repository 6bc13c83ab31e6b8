"""What can go wrong, and what should its victim do next?

SearchError                 code                 HTTP  exit
├── ConfigError             config_invalid        500     2
├── SourceError             source_failed         502     3
│   ├── SourceNotFound      source_not_found      502     3
│   ├── SourceUnreachable   source_unreachable    503     3
│   ├── SourceRefused       source_refused        502     3
│   ├── SourceIncomplete    source_incomplete     502     3
│   ├── SourceInvalid       source_invalid        502     3
│   └── SourceAmbiguous     source_ambiguous      502     3
├── IndexError_             index_failed          500     4
│   ├── IndexMissing        index_missing         503     4
│   ├── IndexUnusable       index_unusable        503     4
│   ├── IndexBusy           index_busy            503     4
│   ├── IndexFull           index_full            507     4
│   └── ShrinkRefused       shrink_refused        409     5
└── RequestError            request_invalid       400     6
    ├── Unauthorized        unauthorized          401     6
    ├── NotFound            not_found             404     6
    └── TooLarge            too_large             413     6

`message` is lower case, short, names the value that offended and is safe to show
(no secret, no stack); `hint` is an action. The doors print both: JSON
`{"error": {"code", "message", "hint"}}`, the CLI `Error:` and `Hint:` on stderr.
"""

from __future__ import annotations


class SearchError(Exception):
    """Root of everything that we raise on purpose."""

    code = "internal"
    http_status = 500
    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(SearchError):
    code, http_status, exit_code = "config_invalid", 500, 2


class SourceError(SearchError):
    code, http_status, exit_code = "source_failed", 502, 3


class SourceNotFound(SourceError):
    """The file, folder, database or table is not there."""

    code = "source_not_found"


class SourceUnreachable(SourceError):
    """Nobody answers, or the connection was lost in the middle."""

    code, http_status = "source_unreachable", 503


class SourceRefused(SourceError):
    """It answers, but will not let us in: password, grants, signature."""

    code = "source_refused"


class SourceIncomplete(SourceError):
    """A dump or backup that ends too early."""

    code = "source_incomplete"


class SourceInvalid(SourceError):
    """Not what it claims to be: not SQL, not Typecho, damaged."""

    code = "source_invalid"


class SourceAmbiguous(SourceError):
    """Several blogs in one source; a setting must choose."""

    code = "source_ambiguous"


class IndexError_(SearchError):
    code, http_status, exit_code = "index_failed", 500, 4


class IndexMissing(IndexError_):
    code, http_status = "index_missing", 503


class IndexUnusable(IndexError_):
    code, http_status = "index_unusable", 503


class IndexBusy(IndexError_):
    """Another writer holds the lock."""

    code, http_status = "index_busy", 503


class IndexFull(IndexError_):
    """No space left on the device."""

    code, http_status = "index_full", 507


class ShrinkRefused(IndexError_):
    """More than half of the posts would vanish; `--force` allows it."""

    code, http_status, exit_code = "shrink_refused", 409, 5


class RequestError(SearchError):
    code, http_status, exit_code = "request_invalid", 400, 6


class Unauthorized(RequestError):
    code, http_status = "unauthorized", 401


class NotFound(RequestError):
    code, http_status = "not_found", 404


class TooLarge(RequestError):
    code, http_status = "too_large", 413
