"""What does a visitor see at `/`?

A search page made on the server, over the same searcher as the API; it works without
JavaScript. Text becomes HTML here at last, escaped by Jinja; links are relative, so
that the page may lie under any path of a reverse proxy.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import get_args
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request

from service.model import Filters, Sort
from service.web import links, params
from service.web.door import Door, door
from service.web.words import TEXTS, language

page = Blueprint("page", __name__)

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EXAMPLE = "2018天象"
_TYPECHO_OFFSET_S = 28800  # what Typecho's installer sets: UTC+8


@page.get("/")
def show() -> Response:
    """The page for this request's query; 403 with one sentence unless public."""
    here = door()
    if not here.settings.public:
        return _html("private.html", 403)
    asked = params.search_params(request.args, here.settings)
    if not asked.text.strip():
        return _html("empty.html", example=_example(here))
    found = here.searcher.search(
        asked.text,
        page=asked.page,
        per_page=asked.per_page,
        filters=asked.filters,
        sort=asked.sort,
    )
    last = max(1, -(-found.total // found.per_page))
    return _html(
        "results.html",
        asked=asked,
        found=found,
        last=min(last, params.PAGE_MAX),
        links=links,
        sorts=get_args(Sort),
        filtered=asked.filters != Filters(),
        date=lambda created: _date(created, here),
    )


def failure(status: int, message: str, hint: str) -> Response:
    """A page for people where the API would answer an error in JSON."""
    return _html("failure.html", status, status=status, message=message, hint=hint)


@page.app_template_filter("web")
def web_only(url: str) -> str:
    """`url` if a browser would open a page by it; "#" for javascript: and the like."""
    scheme = urlsplit(url.strip()).scheme if url.isprintable() else "?"
    return url if scheme in ("", "http", "https") else "#"


def _html(template: str, code: int = 200, **values: object) -> Response:
    words = TEXTS[language(request.accept_languages)]
    text = render_template(template, t=words, q=request.args.get("q", ""), **values)
    response = make_response(text, code)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _example(here: Door) -> str:
    """A query worth a first try: ours where it finds something, else a real title."""
    if here.searcher.search(EXAMPLE, per_page=1, facets=False).total:
        return EXAMPLE
    newest = here.searcher.search("的", per_page=1, sort="newest", facets=False)
    return "".join(s.text for hit in newest.hits for s in hit.title)[:20]


def _date(created: int, here: Door) -> str:
    """The day in the blog's time zone."""
    offset = here.settings.timezone_s
    zone = timedelta(seconds=_TYPECHO_OFFSET_S if offset is None else offset)
    day = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=created) + zone
    return day.strftime("%Y-%m-%d")
