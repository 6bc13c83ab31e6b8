"""What can a program ask us over HTTP?

JSON routes only; each parses, asks the searcher or the spool, and shapes the answer.
No route writes to the index: a nudge goes to disk for the writer.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from service import __version__, signing, state
from service.errors import NotFound, RequestError
from service.web import body, params
from service.web.auth import require_signature, signed, signed_unless_public
from service.web.door import Door, door
from service.web.openapi import document

log = logging.getLogger(__name__)
api = Blueprint("api", __name__)

_CID_MAX = 2**63 - 1


@api.get("/api/search")
@signed_unless_public
def search() -> ResponseReturnValue:
    asked = params.search_params(request.args, door().settings)
    found = door().searcher.search(
        asked.text,
        page=asked.page,
        per_page=asked.per_page,
        filters=asked.filters,
        sort=asked.sort,
    )
    return body.results(found)


@api.get("/api/cids")
@signed
def cids() -> ResponseReturnValue:
    args, settings = request.args, door().settings
    most = settings.cids_max
    found = door().searcher.cids(
        params.text(args, settings),
        limit=params.number(args, "limit", min(params.CIDS, most), 1, most),
        page=params.number(args, "page", 1, 1, params.PAGE_MAX),
        per_page=params.number(args, "snippets", 0, 0, settings.per_page_max),
        filters=params.filters(args),
        sort=params.sort(args),
    )
    return body.cids(found)


@api.get("/api/related/<cid>")
@signed_unless_public
def related(cid: str) -> ResponseReturnValue:
    # Not Flask's <int:>: int() fails on thousands of digits, which would be a 500.
    if not (cid.isascii() and cid.isdigit() and len(cid) < 19):
        raise NotFound(f"no post {cid[:20]!r}", "give the post's cid in digits")
    limit = params.number(request.args, "limit", params.RELATED, 1, params.RELATED_MAX)
    hits = door().searcher.related(int(cid), limit)
    return {"cid": int(cid), "hits": [body.hit(hit) for hit in hits]}


@api.post("/api/nudge")
def nudge() -> ResponseReturnValue:
    used = require_signature()
    # Before the body is looked at: every genuine request uses its nonce up.
    door().nonces.use(used, int(request.headers[signing.TIME]))
    wanted = _nudged(request.get_data(cache=True))
    if wanted is None or wanted:
        door().nudges.put(wanted)
    accepted: int | str = "all" if wanted is None else len(wanted)
    log.info("nudge accepted cids=%s", accepted)
    return {"accepted": accepted}, 202


@api.get("/api/status")
@signed
def status() -> ResponseReturnValue:
    return _status(door())


@api.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process is up; says nothing about the index."""
    return {"status": "ok"}, 200, {"Cache-Control": "no-store"}


@api.get("/readyz")
def readyz() -> ResponseReturnValue:
    """An index answers; `reason` says so when it is not the newest one."""
    now = door().engine.status()
    ready = bool(now.generation)
    word = "unavailable" if not ready else "degraded" if now.problem else "ready"
    answer = {"status": word, "generation": now.generation, "reason": now.problem}
    if not ready:
        answer["reason"] = now.problem or "no index yet: run `typecho-search reindex`"
    return answer, 200 if ready else 503, {"Cache-Control": "no-store"}


@api.get("/api/openapi.json")
def openapi() -> ResponseReturnValue:
    return document()


def _nudged(sent: bytes) -> frozenset[int] | None:
    """The cids of a nudge's body; None means everything."""
    hint = 'send {"cids": [1, 2, 3]} or {"all": true}'
    try:
        content = json.loads(sent)
    except (ValueError, RecursionError):
        raise RequestError("the body is not JSON", hint) from None
    if not isinstance(content, dict):
        raise RequestError("the body is not a JSON object", hint)
    if content.get("all") is True:
        return None
    found = content.get("cids")
    if not isinstance(found, list):
        raise RequestError("the body has no list of cids", hint)
    for cid in found:
        if type(cid) is not int or not 0 < cid <= _CID_MAX:
            raise RequestError(f"not a cid: {str(cid)[:40]!r}", hint)
    return frozenset(found)


def _status(here: Door) -> dict[str, Any]:
    now = here.engine.status()
    return {
        "version": __version__,
        "index": {
            "generation": now.generation,
            "posts": now.posts,
            "built": now.built,
            "schema_version": now.schema_version,
            "previous": now.previous,
            "stale_schema": now.stale_schema,
            "problem": now.problem,
            "size_bytes": now.size_bytes,
            "segments": now.segments,
        },
        "pending_nudges": here.nudges.pending(),
        "sync": state.read(here.settings) or None,
    }
