"""What a program gets from the JSON routes, over a real index."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient

from service.index.opening import open_engine
from service.nudges import Nudges
from tests.support import app as support
from tests.support.app import POSTS, Signing


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    support.index(folder)
    return folder


@pytest.fixture(scope="module")
def client(data_dir: Path) -> FlaskClient:
    return support.client(support.settings(data_dir, public=True))


@pytest.fixture(scope="module")
def plugin(client: FlaskClient) -> Signing:
    return Signing(client)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[FlaskClient]:
    """A service whose owner has not indexed anything yet."""
    yield support.client(support.settings(tmp_path, public=True))


def search(client: FlaskClient, **asked: Any) -> Any:
    answer = client.get("/api/search?" + urlencode(asked, doseq=True))
    assert answer.status_code == 200, answer.text
    return answer.json


def cids(answer: Any) -> list[int]:
    return [hit["cid"] for hit in answer["hits"]]


# Search


def test_concepts_typed_without_a_space_find_the_post(client: FlaskClient) -> None:
    answer = search(client, q="2018天象")

    assert cids(answer)[0] == 1
    assert answer["query"] == "2018天象"


def test_title_comes_as_spans_that_mark_the_query(client: FlaskClient) -> None:
    hit = search(client, q="天象")["hits"][0]

    assert "".join(span["text"] for span in hit["title"]) == (
        "2018年重要天象 <预告> & 观测"
    )
    assert [s["text"] for s in hit["title"] if s["mark"]] == ["天象"]


def test_hit_in_a_section_names_its_heading_with_its_address(
    client: FlaskClient,
) -> None:
    snippet = search(client, q="英仙座")["hits"][0]["snippet"]

    assert snippet["heading"] == "流星雨"
    assert snippet["url"] == "https://blog.example/archives/1/#meteor"


@pytest.mark.parametrize(
    ("q", "kind", "cid"),
    [("英仙座", "text", 1), ("damped_oscillator", "code", 3),
     ("L(\\theta)", "formula", 3), ("敦煌", "comment", 2)],
    ids=["prose", "code", "formula", "comment"],
)  # fmt: skip
def test_snippet_says_what_it_was_found_in(
    client: FlaskClient, q: str, kind: str, cid: int
) -> None:
    hit = search(client, q=q)["hits"][0]

    assert hit["cid"] == cid
    assert hit["snippet"]["kind"] == kind


def test_pages_hold_every_hit_once(client: FlaskClient) -> None:
    pages = [search(client, q="变分自编码器", page=n, per_page=10) for n in (1, 2, 3)]

    found = [cid for page in pages for cid in cids(page)]
    assert [len(page["hits"]) for page in pages] == [10, 10, 3]
    assert sorted(found) == list(range(11, 34))
    assert {page["total"] for page in pages} == {23}


def test_page_past_the_end_is_empty_with_the_true_total(client: FlaskClient) -> None:
    answer = search(client, q="变分自编码器", page=99)

    assert answer["hits"] == []
    assert answer["total"] == 23


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"category": "随笔"}, {2}),
        ({"category": ["随笔", "天文"]}, {1, 2}),
        ({"tag": "观测"}, {1}),
        ({"year": 2017}, {2}),
        ({"year": [2017, 2018]}, {1, 2, 4}),
        ({"type": "page"}, {4}),
        ({"category": "天文", "year": 2018}, {1}),
        ({"category": "没有这个"}, set()),
    ],
    ids=str,
)
def test_filters_narrow_hits(
    client: FlaskClient, filters: dict[str, Any], wanted: set[int]
) -> None:
    answer = search(client, q="天象", **filters)

    assert set(cids(answer)) == wanted
    assert answer["total"] == len(wanted)


def test_facets_count_the_hits(client: FlaskClient) -> None:
    facets = search(client, q="天象")["facets"]

    assert facets["category"] == [
        {"value": "天文", "count": 2},
        {"value": "随笔", "count": 1},
    ]
    assert {b["value"]: b["count"] for b in facets["year"]} == {"2018": 2, "2017": 1}


@pytest.mark.parametrize(
    ("sort", "wanted"), [("newest", [4, 1, 2]), ("oldest", [2, 1, 4])]
)
def test_hits_are_sorted_by_date_on_request(
    client: FlaskClient, sort: str, wanted: list[int]
) -> None:
    assert cids(search(client, q="天象", sort=sort)) == wanted


@pytest.mark.parametrize(
    ("asked", "page", "per_page"),
    [
        ({"page": 0}, 1, 10),
        ({"page": -3}, 1, 10),
        ({"page": "9" * 5000}, 10_000, 10),
        ({"per_page": 0}, 1, 1),
        ({"per_page": 10_000}, 1, 50),
        ({"page": "", "per_page": " "}, 1, 10),
        ({"page": "+2"}, 2, 10),
    ],
    ids=["zero", "negative", "huge", "none", "many", "empty", "plus"],
)
def test_number_out_of_range_is_moved_into_it(
    client: FlaskClient, asked: dict[str, Any], page: int, per_page: int
) -> None:
    answer = search(client, q="天象", **asked)

    assert (answer["page"], answer["per_page"]) == (page, per_page)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ({"sort": "up"}, "sort is one of: relevance, newest, oldest"),
        ({"type": "draft"}, "type is one of: post, page"),
        ({"page": "x"}, "give page as digits, for example page=1"),
        ({"page": "１"}, "give page as digits, for example page=1"),
        ({"per_page": "1.5"}, "give per_page as digits, for example per_page=1"),
        ({"year": "MMXX"}, "give year as digits, for example year=1"),
    ],
    ids=str,
)
def test_value_without_meaning_is_refused_with_what_has_one(
    client: FlaskClient, asked: dict[str, Any], hint: str
) -> None:
    answer = client.get("/api/search?" + urlencode({"q": "a", **asked}))

    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "request_invalid"
    assert answer.json["error"]["hint"] == hint


def test_unknown_parameters_change_nothing(client: FlaskClient) -> None:
    assert cids(search(client, q="极光", utm_source="x", _="1")) == [2]


def test_json_keeps_chinese_readable(client: FlaskClient) -> None:
    assert "天象" in client.get("/api/search?q=" + quote("天象")).text


def test_query_of_a_pasted_paragraph_is_answered(client: FlaskClient) -> None:
    assert cids(search(client, q="木星与土星，两颗行星靠得很近，" * 400))[0] == 2


# Cids, related, status


def test_cids_are_the_whole_ranked_list(plugin: Signing) -> None:
    answer = plugin.get("/api/cids?q=" + quote("变分自编码器")).json

    assert sorted(answer["cids"]) == list(range(11, 34))
    assert answer["total"] == 23


def test_cids_are_cut_at_the_limit_with_the_true_total(plugin: Signing) -> None:
    answer = plugin.get("/api/cids?limit=5&q=" + quote("变分自编码器")).json

    assert len(answer["cids"]) == 5
    assert answer["total"] == 23


def test_cids_bring_the_snippets_of_one_page(
    plugin: Signing, client: FlaskClient
) -> None:
    text = quote("变分自编码器")

    answer = plugin.get(f"/api/cids?q={text}&snippets=4&page=2").json

    assert [one["cid"] for one in answer["snippets"]] == answer["cids"][4:8]
    hits = search(client, q="变分自编码器", per_page="4", page="2")["hits"]
    assert [one["snippet"] for one in answer["snippets"]] == [
        h["snippet"] for h in hits
    ]
    assert plugin.get(f"/api/cids?q={text}").json["snippets"] == []


def test_cids_keep_the_order_of_search(plugin: Signing, client: FlaskClient) -> None:
    answer = plugin.get("/api/cids?q=" + quote("天象")).json

    assert answer["cids"] == cids(search(client, q="天象"))


def test_related_posts_leave_the_post_itself_out(client: FlaskClient) -> None:
    answer = client.get("/api/related/11?limit=3").json

    assert answer["cid"] == 11
    assert len(answer["hits"]) == 3
    assert 11 not in cids(answer)


@pytest.mark.parametrize("cid", ["999", "x", "1.5", "-1", "9" * 5000, "１"])
def test_related_to_no_post_is_not_found(client: FlaskClient, cid: str) -> None:
    answer = client.get(f"/api/related/{quote(cid)}")

    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "not_found"


def test_status_tells_what_answers_and_what_waits(tmp_path: Path) -> None:
    support.index(tmp_path)
    Nudges(tmp_path).put([1])
    last = {"action": "sync", "ok": True, "skipped": {"draft": 2}}
    (tmp_path / "state.json").write_text(json.dumps({"last": last}))
    plugin = Signing(support.client(support.settings(tmp_path)))

    status = plugin.get("/api/status").json

    assert status["index"]["posts"] == len(POSTS)
    assert status["index"]["generation"].startswith("gen-")
    assert status["pending_nudges"] == 1
    assert status["sync"] == {"last": last}


# Nudges


@pytest.mark.parametrize(
    ("body", "accepted"),
    [({"cids": [3, 1, 3]}, 2), ({"all": True}, "all"), ({"cids": []}, 0)],
    ids=["cids", "all", "none"],
)
def test_nudge_is_accepted(
    plugin: Signing, body: dict[str, Any], accepted: object
) -> None:
    answer = plugin.post("/api/nudge", body)

    assert answer.status_code == 202
    assert answer.json == {"accepted": accepted}


def test_accepted_nudge_is_on_disk(tmp_path: Path) -> None:
    plugin = Signing(support.client(support.settings(tmp_path)))

    plugin.post("/api/nudge", {"cids": [5, 6]})

    assert Nudges(tmp_path).take().cids == {5, 6}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[1]", b"{}", b'{"cids": 1}', b'{"cids": ["1"]}',
     b'{"cids": [0]}', b'{"cids": [-1]}', b'{"cids": [true]}', b'{"cids": [1e300]}',
     b'{"cids": [99999999999999999999]}', b'{"all": 1}', b"[" * 100_000],
    ids=["empty", "cut", "binary", "list", "nothing", "number", "text", "zero",
         "negative", "bool", "float", "huge", "one", "deep"],
)  # fmt: skip
def test_nudge_without_meaning_is_refused(plugin: Signing, body: bytes) -> None:
    answer = plugin.post("/api/nudge", body)

    assert answer.status_code == 400
    assert answer.json["error"]["hint"] == ('send {"cids": [1, 2, 3]} or {"all": true}')


def test_nudge_that_cannot_be_stored_is_not_accepted(tmp_path: Path) -> None:
    (tmp_path / "nudges").write_text("a file where the folder should be")
    plugin = Signing(support.client(support.settings(tmp_path)))

    answer = plugin.post("/api/nudge", {"cids": [1]})

    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "index_failed"


# Probes and errors


def test_probes_tell_a_running_process_from_an_answering_index(
    empty: FlaskClient, client: FlaskClient
) -> None:
    assert empty.get("/healthz").status_code == 200
    assert empty.get("/readyz").status_code == 503
    assert "no index" in empty.get("/readyz").json["reason"]
    assert client.get("/readyz").status_code == 200
    assert client.get("/readyz").json["status"] == "ready"


def test_readiness_says_when_an_older_generation_answers(tmp_path: Path) -> None:
    support.index(tmp_path)
    first = open_engine(support.settings(tmp_path)).status().generation
    support.index(tmp_path)
    newest = open_engine(support.settings(tmp_path)).status().generation
    for file in (tmp_path / "index" / newest).iterdir():
        if file.is_file():
            file.write_bytes(b"spoiled")
    client = support.client(support.settings(tmp_path, public=True))

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json["status"] == "degraded"
    assert answer.json["generation"] == first
    assert newest in answer.json["reason"]
    assert cids(search(client, q="极光")) == [2]


def test_search_without_an_index_says_what_to_do(empty: FlaskClient) -> None:
    answer = empty.get("/api/search?q=a")

    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "index_missing"
    assert "reindex" in answer.json["error"]["hint"]


def test_new_generation_is_noticed_without_a_restart(tmp_path: Path) -> None:
    support.index(tmp_path)
    client = support.client(support.settings(tmp_path, public=True))
    before = search(client, q="极光")["generation"]

    support.index(tmp_path)

    assert search(client, q="极光")["generation"] != before


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/../etc/passwd", 404, "not_found"),
        ("GET", "/static/../app.py", 404, "not_found"),
        ("PUT", "/api/nudge", 405, "method_not_allowed"),
        ("GET", "/api/nudge", 405, "method_not_allowed"),
        ("POST", "/api/search", 405, "method_not_allowed"),
    ],
)
def test_error_of_the_framework_has_our_shape(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.open(path, method=method)

    assert answer.status_code == status
    assert answer.json["error"]["code"] == code
    assert set(answer.json["error"]) == {"code", "message", "hint"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    assert "POST" in client.get("/api/nudge").headers["Allow"]


def test_unexpected_failure_shows_nothing_but_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flask = support.client(support.settings(tmp_path)).application

    @flask.get("/broken")
    def broken() -> str:
        raise ValueError("the secret of line 42")

    answer = flask.test_client().get("/broken")

    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "internal"
    assert "secret" not in answer.text
    assert "the secret of line 42" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("path", ["/api/nudge", "/api/search", "/nothing"])
def test_body_over_a_megabyte_is_too_large(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data=b"x" * (1024 * 1024 + 1))

    assert answer.status_code == 413
    assert answer.json["error"]["code"] == "too_large"


def test_visitors_words_are_not_in_the_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    client.get("/api/search?q=verschwiegen")
    client.get("/api/search?q=verschwiegen&page=x")
    client.get("/api/cids?q=verschwiegen")
    client.get("/nothing?q=verschwiegen")

    assert "request refused" in caplog.text
    assert "verschwiegen" not in caplog.text


def test_path_cannot_forge_a_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client = support.client(support.settings(tmp_path))

    client.get("/api/related/1%0AERROR%20forged")

    assert "%0AERROR%20forged" in caplog.text
    assert "\nERROR forged" not in caplog.text


# Fuzz

_SIGNS = "\"'“”-:()[]{}*?\\/|&%$#@!~^+=<>,.;`_ \t\n\r\0"
_PIECES = [
    *_SIGNS,
    *(
        "天象",
        "变分自编码器",
        "２０１８",
        "python",
        "C++",
        "x_i",
        "OR",
        "AND",
        "学" * 200,
    ),
    *("title:", "tag:", "year:", "标签:", "before:", "after:2018-13-45", "-", "“"),
    *(
        "\ud800",
        "\u202e",
        "\u200d",
        "👨‍👩‍👧",
        "é",
        "ﬁ",
        "ß",
        "İ",
        "𠮷",
        "\x1b[2J",
        "%00",
    ),
    *("' OR 1=1--", "$\\frac{1}{2}$", "<script>"),
]
_LONG = ["学" * 200, "a" * 3000, "(" * 200, "9" * 400, '"' * 300, "-" * 300]
_NAMES = ["page", "per_page", "limit", "snippets", "sort", "type", "year", "category"]
_NAMES += ["tag"]
_VALUES = [
    "",
    "0",
    "-1",
    "1",
    "9" * 30,
    "x",
    "1e9",
    "newest",
    "post",
    "天文",
    "\0",
    "é",
]


def _fuzzed(random_: random.Random) -> str:
    q = "".join(random_.choices(_PIECES, k=random_.randint(0, 6)))
    if random_.random() < 0.02:  # seldom, because they cost most of the time
        q += random_.choice(_LONG)
    pairs = [("q", q)] + [
        (random_.choice(_NAMES), random_.choice([*_VALUES, random_.choice(_PIECES)]))
        for _ in range(random_.choice([0, 0, 0, 1, 2]))
    ]
    text = urlencode(pairs, errors="surrogatepass")
    if random_.random() < 0.05:  # and what no browser would send
        text = text.replace("%", random_.choice(["%%", "%u", "%f"]), 1)
    return text


def test_ten_thousand_fuzzed_queries_never_fail(
    client: FlaskClient, plugin: Signing
) -> None:
    """Bounded: what is not asked within the time is reported, not skipped silently."""
    seed = 20260101
    random_ = random.Random(seed)
    deadline = time.monotonic() + 120
    statuses: dict[int, int] = {}
    for number in range(10_000):
        text = _fuzzed(random_)
        if number % 4 == 0:
            answer = plugin.get(f"/api/cids?{text}")
        else:
            answer = client.get(f"{'/' if number % 10 == 1 else '/api/search'}?{text}")
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert answer.status_code in (200, 400), (seed, number, text, answer.text)
        assert time.monotonic() < deadline, f"only {number} queries in 120 s"

    assert statuses[200] > 6_000
