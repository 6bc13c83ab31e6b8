"""How is the web door put together?

`create_app` wires settings, engine and routes, and makes every failure one shape:
`{"error": {"code", "message", "hint"}}`. Nothing here reads the environment or
starts a process.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import cast
from urllib.parse import quote

from flask import Flask, Response, g, jsonify, make_response, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from service.errors import SearchError, TooLarge
from service.index.opening import open_engine
from service.nudges import Nudges
from service.searcher import Searcher
from service.settings import Settings
from service.web import page
from service.web.api import api
from service.web.auth import Nonces
from service.web.door import NAME, Door

log = logging.getLogger(__name__)

BODY_MAX = 1024 * 1024
_HINTS = {
    404: "the routes are listed in /api/openapi.json",
    405: "the routes and their methods are listed in /api/openapi.json",
    413: "send at most 1 MB; for more nudges than that send {\"all\": true}",
}  # fmt: skip


def create_app(settings: Settings) -> Flask:
    """The WSGI application over the index in `settings.data_dir`."""
    engine = open_engine(settings)
    app = Flask(__name__)
    app.config["SETTINGS"] = settings
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX + 1
    app.url_map.strict_slashes = False
    # Chinese as it is: half the bytes of \uXXXX, and readable in a terminal.
    provider = cast(DefaultJSONProvider, app.json)
    provider.ensure_ascii, provider.sort_keys = False, False
    app.extensions[NAME] = Door(
        settings=settings,
        engine=engine,
        searcher=Searcher(engine, settings),
        nudges=Nudges(settings.data_dir),
        nonces=Nonces(settings.data_dir),
    )
    app.register_blueprint(api)
    app.register_blueprint(page.page)
    app.before_request(_refuse_large_body)
    app.after_request(_headers)
    app.register_error_handler(SearchError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
    return app


def _refuse_large_body() -> None:
    # Also where a route never reads the body: nobody should send one for nothing.
    size = request.content_length
    if size is None and "Transfer-Encoding" in request.headers:
        # Chunked: Werkzeug reads up to the limit and keeps quiet about the rest.
        size = len(request.get_data(cache=True))
    if (size or 0) > BODY_MAX:
        raise TooLarge(f"the body has {size} bytes or more", _HINTS[413])


def _headers(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if g.get("no_store") or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    return response


def _ours(error: SearchError) -> ResponseReturnValue:
    where = _where()
    if error.http_status >= 500:
        log.error("request failed code=%s %s reason=%r", error.code, where, str(error))
    else:
        log.info("request refused code=%s %s reason=%r", error.code, where, str(error))
    return _answer(error.http_status, error.code, error.message, error.hint)


def _http(error: HTTPException) -> ResponseReturnValue:
    """Errors of Flask itself, with the headers they carry (405 names methods)."""
    status = error.code or 500
    if status < 400:
        return error
    phrase = HTTPStatus(status).phrase.lower()
    code = {400: "request_invalid", 413: "too_large"}.get(
        status, phrase.replace(" ", "_")
    )
    message = f"{phrase}: {request.method} {_path()}"
    response = _answer(status, code, message, _HINTS.get(status, ""))
    if "Allow" in (headers := dict(error.get_headers(request.environ))):
        response.headers["Allow"] = headers["Allow"]
    return response


def _unexpected(error: Exception) -> ResponseReturnValue:
    # The stack goes to the log; outside it would only help an attacker.
    log.exception("request failed code=internal %s", _where(), exc_info=error)
    return _answer(
        500,
        "internal",
        "something went wrong that nobody planned for",
        "look for code=internal in the service's log",
    )


def _answer(status: int, code: str, message: str, hint: str) -> Response:
    if request.blueprint == page.page.name:
        return page.failure(status, message, hint)
    shape = {"error": {"code": code, "message": message, "hint": hint}}
    return make_response(jsonify(shape), status)


def _where() -> str:
    """Method and path for the log; never the query, which a visitor typed."""
    return f"method={request.method} path={_path()}"


def _path() -> str:
    """The path in one line of ASCII, so that it cannot forge a line of the log."""
    return quote(request.path, errors="replace")[:200]
