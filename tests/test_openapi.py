"""Is the description of the API true, whole, and the same as the paper?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from service import signing
from service.web.openapi import document
from tests.support import app as support
from tests.support.app import Signing

PAPER = Path(__file__).resolve().parent.parent / "docs" / "api.md"
SPEC = document()
BODY = {"cids": [1]}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("data")
    support.index(folder)
    return support.client(support.settings(folder, public=True))


@pytest.fixture
def indexless(tmp_path: Path) -> Signing:
    return Signing(support.client(support.settings(tmp_path)))


def operations() -> list[tuple[str, str]]:
    return [(m, p) for p, methods in SPEC["paths"].items() for m in methods]


def check(schema: Any, value: Any) -> None:
    """`schema` may point into the components of the document."""
    whole = {**schema, "components": SPEC["components"]}
    Draft202012Validator(whole).validate(value)


def described(method: str, path: str, status: int) -> Any:
    responses = SPEC["paths"][path][method]["responses"]
    return responses[str(status)]["content"]["application/json"]["schema"]


def test_document_is_valid_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(SPEC).validate()


def test_served_document_is_this_one(client: FlaskClient) -> None:
    assert client.get("/api/openapi.json").json == SPEC


def test_document_names_every_route_of_the_app_and_no_other(
    client: FlaskClient,
) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in client.application.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert routes == set(operations())


QUESTIONS = [
    ("/api/search", "/api/search?q=" + quote("2018天象")),
    ("/api/search", "/api/search?q=" + quote("没有这样的词汇存在")),
    ("/api/search", "/api/search?q=" + quote("天像")),
    ("/api/search", "/api/search?q=" + quote("敦煌")),
    ("/api/search", "/api/search"),
    ("/api/cids", "/api/cids?q=" + quote("天象")),
    ("/api/cids", "/api/cids?snippets=2&q=" + quote("天象")),
    ("/api/related/{cid}", "/api/related/1"),
    ("/api/status", "/api/status"),
    ("/healthz", "/healthz"),
    ("/readyz", "/readyz"),
]


@pytest.mark.parametrize(("path", "target"), QUESTIONS)
def test_answer_has_the_described_shape(
    client: FlaskClient, path: str, target: str
) -> None:
    answer = Signing(client).get(target)

    assert answer.status_code == 200
    check(described("get", path, 200), answer.json)


def test_every_json_route_is_among_the_questions() -> None:
    asked = {path for path, _ in QUESTIONS}

    assert {p for m, p in operations() if m == "get"} - asked == {
        "/",
        "/api/openapi.json",
    }


def test_nudge_has_the_described_shape(client: FlaskClient) -> None:
    answer = Signing(client).post("/api/nudge", BODY)

    body = SPEC["paths"]["/api/nudge"]["post"]["requestBody"]
    check(body["content"]["application/json"]["schema"], BODY)
    check(described("post", "/api/nudge", 202), answer.json)


@pytest.mark.parametrize(
    ("path", "target", "status"),
    [
        ("/api/search", "/api/search?sort=up", 400),
        ("/api/search", "/api/search?q=a", 503),
        ("/api/cids", "/api/cids?year=x", 400),
        ("/api/cids", "/api/cids?q=a", 503),
        ("/api/related/{cid}", "/api/related/1", 503),
        ("/readyz", "/readyz", 503),
        ("/api/status", "/api/status", 200),
    ],
)
def test_answer_without_an_index_has_the_described_shape(
    indexless: Signing, path: str, target: str, status: int
) -> None:
    answer = indexless.get(target)

    assert answer.status_code == status
    check(described("get", path, status), answer.json)


@pytest.mark.parametrize(
    "path", ["/api/search", "/api/cids", "/api/related/{cid}", "/api/status"]
)
def test_refusal_has_the_described_shape(indexless: Signing, path: str) -> None:
    answer = indexless.inner.get(path.replace("{cid}", "1"))

    assert answer.status_code == 401
    check(described("get", path, 401), answer.json)


def test_described_parameters_are_those_that_change_an_answer() -> None:
    names = {
        path: {p["name"] for p in SPEC["paths"][path]["get"]["parameters"]}
        for path in ("/api/search", "/api/cids", "/api/related/{cid}")
    }
    shared = {"q", "category", "tag", "year", "type", "sort"}

    assert names["/api/search"] == shared | {"page", "per_page"}
    assert names["/api/cids"] == shared | {"limit", "snippets", "page"}
    assert names["/api/related/{cid}"] == {"cid", "limit"}


# The paper


@pytest.mark.parametrize(("method", "path"), operations())
def test_route_stands_in_the_paper(method: str, path: str) -> None:
    as_written = path.replace("{cid}", "<cid>")

    assert f"`{method.upper()} {as_written}`" in PAPER.read_text("utf-8")


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            parameter["name"]
            for method, path in operations()
            for parameter in SPEC["paths"][path][method].get("parameters", [])
        }
        - {"cid"}
    ),
)
def test_parameter_stands_in_the_paper(name: str) -> None:
    assert f"`{name}`" in PAPER.read_text("utf-8")


@pytest.mark.parametrize(
    "name", ["Results", "Cids", "Hit", "Snippet", "Status", "Index"]
)
def test_every_field_of_an_answer_stands_in_the_paper(name: str) -> None:
    text = PAPER.read_text("utf-8")
    fields = SPEC["components"]["schemas"][name]["properties"]

    assert [field for field in fields if f'"{field}"' not in text] == []


@pytest.mark.parametrize(
    "code",
    ["request_invalid", "unauthorized", "not_found", "method_not_allowed", "too_large",
     "internal", "index_failed", "index_missing", "index_unusable", "index_full"],
)  # fmt: skip
def test_error_code_stands_in_the_paper(code: str) -> None:
    assert f"`{code}`" in PAPER.read_text("utf-8")


def test_example_signatures_in_the_paper_are_right() -> None:
    rows = re.findall(
        r"\| `(GET|POST) (/\S+?)(?:\?(\S+))?`(?: with the body `(.+?)`)? "
        r"\| `([0-9a-f]{64})` \|",
        PAPER.read_text("utf-8"),
    )

    assert len(rows) == 2
    for method, path, query, body, signature in rows:
        assert signature == signing.sign(
            "correct-horse-battery-staple", method, path, query, body.encode(),
            1767225600, "0123456789abcdef",
        )  # fmt: skip
