"""What does the API promise, in a form that programs read?

One OpenAPI 3.1 document, written as data. Tests hold it against the running app:
every route is here, and every answer has the shape that is described here.
"""

from __future__ import annotations

from typing import Any, get_args

from service import __version__
from service.model import PostType, Sort
from service.web import params

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_NUMBER: Json = {"type": "number"}
_FLAG: Json = {"type": "boolean"}
_TIME: Json = {"type": "integer", "description": "Unix seconds"}


def document() -> Json:
    """The whole document; a new one each time, so nobody can spoil it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Typecho Search",
            "version": __version__,
            "summary": "Site search for a Typecho blog",
            "description": "Texts to show come as spans, never as HTML.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "securitySchemes": _security()},
    }


def _paths() -> Json:
    signed: list[Json] = [{"time": [], "nonce": [], "signature": []}]
    either: list[Json] = [{}, *signed]
    return {
        "/": _get("The search page", "page", {"200": _html(), "403": _html()}, [{}]),
        "/api/search": _get(
            "One page of hits",
            "search",
            _answers("Results", 400, 401, 503),
            either,
            _q(),
            _number("page", 1, 1, params.PAGE_MAX),
            _number("per_page", params.PER_PAGE, 1, None),
            *_filters(),
        ),
        "/api/cids": _get(
            "The ordered cids of all hits, for the plugin",
            "cids",
            _answers("Cids", 400, 401, 503),
            signed,
            _q(),
            _number("limit", params.CIDS, 1, None),
            _number("snippets", 0, 0, None),
            _number("page", 1, 1, params.PAGE_MAX),
            *_filters(),
        ),
        "/api/related/{cid}": _get(
            "Posts like this one",
            "related",
            _answers("Related", 400, 401, 404, 503),
            either,
            {"name": "cid", "in": "path", "required": True, "schema": _COUNT},
            _number("limit", params.RELATED, 1, params.RELATED_MAX),
        ),
        "/api/nudge": {"post": _nudge(signed)},
        "/api/status": _get(
            "What answers now and what waits", "status", _answers("Status", 401), signed
        ),
        "/healthz": _get("The process is up", "healthz", _answers("Health"), [{}]),
        "/readyz": _get(
            "An index answers",
            "readyz",
            {**_answers("Ready"), "503": _json("Ready", "No index answers")},
            [{}],
        ),
        "/api/openapi.json": _get(
            "This document",
            "openapi",
            {"200": _json(None, "OpenAPI 3.1")},
            [{}],
        ),
    }


def _get(
    summary: str, name: str, responses: Json, security: list[Json], *parameters: Json
) -> Json:
    operation: Json = {
        "summary": summary,
        "operationId": name,
        "security": security,
        "responses": responses,
    }
    if parameters:
        operation["parameters"] = list(parameters)
    return {"get": operation}


def _nudge(security: list[Json]) -> Json:
    return {
        "summary": "These posts changed, look again",
        "description": "Answered once the nudge is on disk. Each nonce works once.",
        "operationId": "nudge",
        "security": security,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("Nudge")}},
        },
        "responses": {
            "202": _json("Accepted", "On disk, the writer will look"),
            **_errors(400, 401, 413, 507),
        },
    }


def _answers(schema: str, *errors: int) -> Json:
    return {"200": _json(schema, schema), **_errors(*errors)}


def _errors(*codes: int) -> Json:
    return {str(code): _json("Error", "An error") for code in codes}


def _json(schema: str | None, description: str) -> Json:
    content = {"schema": _ref(schema) if schema else {"type": "object"}}
    return {"description": description, "content": {"application/json": content}}


def _html() -> Json:
    return {"description": "HTML", "content": {"text/html": {"schema": _TEXT}}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _q() -> Json:
    about = "What the visitor typed; any text is a query."
    return {"name": "q", "in": "query", "description": about, "schema": _TEXT}


def _number(name: str, default: int, low: int, high: int | None) -> Json:
    schema: Json = {"type": "integer", "default": default}
    limits = f"{low} to {high}" if high else f"from {low}; the most is a setting"
    about = f"{limits}; moved into the limits when outside."
    return {"name": name, "in": "query", "description": about, "schema": schema}


def _filters() -> list[Json]:
    def several(name: str, item: Json) -> Json:
        return {
            "name": name,
            "in": "query",
            "description": "Repeat it to mean any of them.",
            "explode": True,
            "schema": {"type": "array", "items": item},
        }

    def one_of(name: str, values: tuple[str, ...]) -> Json:
        schema = {"type": "string", "enum": list(values)}
        return {"name": name, "in": "query", "schema": schema}

    return [
        several("category", _TEXT),
        several("tag", _TEXT),
        several("year", {"type": "integer"}),
        one_of("type", get_args(PostType)),
        one_of("sort", get_args(Sort)),
    ]


def _security() -> Json:
    def header(name: str, about: str) -> Json:
        return {"type": "apiKey", "in": "header", "name": name, "description": about}

    return {
        "time": header("X-Search-Time", "Unix seconds, at most 300 s off"),
        "nonce": header("X-Search-Nonce", "16 to 64 letters or digits"),
        "signature": header(
            "X-Search-Signature",
            "hex HMAC-SHA256 of v1, method, path, query, SHA-256 of the body, time, "
            "nonce, joined by LF",
        ),
    }


def _object(**properties: Json) -> Json:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


def _list(item: Json) -> Json:
    return {"type": "array", "items": item}


def _schemas() -> Json:
    nothing_or_text = {"type": ["string", "null"]}
    kinds = {"enum": ["text", "code", "formula", "comment"]}
    return {
        "Span": _object(text=_TEXT, mark=_FLAG),
        "Snippet": _object(
            spans=_list(_ref("Span")),
            kind=kinds,
            heading=_TEXT,
            url=_TEXT,
            comment_author=_TEXT,
        ),
        "Hit": _object(
            cid=_COUNT,
            type={"enum": list(get_args(PostType))},
            url=_TEXT,
            title=_list(_ref("Span")),
            snippet=_ref("Snippet"),
            score=_NUMBER,
            created=_TIME,
            author=_TEXT,
            categories=_list(_TEXT),
            tags=_list(_TEXT),
        ),
        "Bucket": _object(value=_TEXT, count=_COUNT),
        "Suggestion": _object(query=_TEXT, total=_COUNT),
        "Results": _object(
            query=_TEXT,
            hits=_list(_ref("Hit")),
            total=_COUNT,
            page=_COUNT,
            per_page=_COUNT,
            took_ms=_NUMBER,
            generation=_TEXT,
            facets={"type": "object", "additionalProperties": _list(_ref("Bucket"))},
            relaxed=_FLAG,
            corrected=nothing_or_text,
            suggestions=_list(_ref("Suggestion")),
        ),
        "Cids": _object(
            cids=_list(_COUNT),
            total=_COUNT,
            generation=_TEXT,
            took_ms=_NUMBER,
            relaxed=_FLAG,
            corrected=nothing_or_text,
            highlights=_list(_TEXT),
            suggestions=_list(_ref("Suggestion")),
            snippets=_list(_object(cid=_COUNT, snippet=_ref("Snippet"))),
        ),
        "Related": _object(cid=_COUNT, hits=_list(_ref("Hit"))),
        "Nudge": {
            "type": "object",
            "properties": {
                "cids": _list({"type": "integer", "minimum": 1}),
                "all": _FLAG,
            },
            "anyOf": [{"required": ["cids"]}, {"required": ["all"]}],
        },
        "Accepted": _object(accepted={"type": ["integer", "string"]}),
        "Index": _object(
            generation=_TEXT,
            posts=_COUNT,
            built=_TIME,
            schema_version=_TEXT,
            previous=_TEXT,
            stale_schema=_FLAG,
            problem=_TEXT,
            size_bytes=_COUNT,
            segments=_COUNT,
        ),
        "Status": _object(
            version=_TEXT,
            index=_ref("Index"),
            pending_nudges=_COUNT,
            sync={"type": ["object", "null"]},
        ),
        "Health": _object(status=_TEXT),
        "Ready": _object(status=_TEXT, generation=_TEXT, reason=_TEXT),
        "Error": _object(error=_object(code=_TEXT, message=_TEXT, hint=_TEXT)),
    }
