"""Which values of settings are refused at once, and which parts are never shown?"""

from __future__ import annotations

import pytest

from service.allowed import without_secrets
from service.errors import ConfigError
from service.settings import load

GOOD = {
    "bind": [
        "127.0.0.1:7700",
        "localhost:0",
        "[::1]:7700",
        ":80",
        "unix:/run/typecho-search/search.sock",
    ],
    "site_url": ["", "https://b.example", "http://b.example:8080/blog/index.php"],
    "permalink": [
        "",
        "/archives/{cid}/",
        "/[year:digital:4]/[month:digital:2]/[slug].html",
        "/{directory}/{cid}",
    ],
}
BAD = {
    "bind": {
        "nonsense": "should be host:port or unix:/path/to/socket",
        "7700": "should be host:port or unix:/path/to/socket",
        "127.0.0.1:": "should be host:port or unix:/path/to/socket",
        "127.0.0.1:99999": "should be host:port or unix:/path/to/socket",
        "http://127.0.0.1:7700/": "should be host:port or unix:/path/to/socket",
        "::1:7700": "should have brackets around IPv6, as [::1]:7700",
    },
    "site_url": {
        "b.example": "should begin with https:// or http:// and name a host",
        "https://": "should begin with https:// or http:// and name a host",
        "http://[b": "should begin with https:// or http:// and name a host",
    },
    "permalink": {
        "/x/{cd}/": "{cd} is none of {cid}, {slug}, {category}",
        "/[mid:digital]/[cid:digital]": "{mid} is none of",
        "/{year}/{category}.html": "should hold {cid} or {slug}",
    },
}


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, values in GOOD.items() for v in values]
)
def test_a_value_that_can_work_is_taken(name: str, value: str) -> None:
    found = load(environ={f"SEARCH_{name.upper()}": value})

    assert getattr(found.settings, name) == value


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [(n, v, said) for n, values in BAD.items() for v, said in values.items()],
)
def test_a_value_that_cannot_work_is_refused(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError) as failure:
        load(environ={f"SEARCH_{name.upper()}": value})

    assert failure.value.message.startswith(
        f"bad value for {name} in environment SEARCH_{name.upper()}: {said}"
    )
    assert failure.value.message.endswith(f", not {value!r}")
    assert failure.value.hint.startswith("give a text: ")


@pytest.mark.parametrize(
    ("variable", "value", "message", "hint"),
    [
        (
            "SEARCH_WORKERS",
            "99",
            "should be less than or equal to 64, not '99'",
            "give a whole number, 1 to 64: web processes",
        ),
        (
            "SEARCH_LOG_LEVEL",
            "loud",
            "should be 'debug', 'info', 'warning' or 'error', not 'loud'",
            "give one of debug, info, warning, error: how much is logged; "
            "queries appear at debug only",
        ),
        (
            "SEARCH_INCLUDE_PAGES",
            "yess",
            "should be a valid boolean, unable to interpret input, not 'yess'",
            "give true or false: index pages besides posts",
        ),
    ],
)
def test_a_refusal_says_what_may_stand_there(
    variable: str, value: str, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as failure:
        load(environ={variable: value})

    assert failure.value.message.endswith(f"environment {variable}: {message}")
    assert failure.value.hint == hint


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("/backup/a@b.sql.gz", "/backup/a@b.sql.gz"),
        ("sqlite:////www/blog.db", "sqlite:////www/blog.db"),
        ("mysql://u@h:3306/b", "mysql://u@h:3306/b"),
        ("mysql://u:geheim@h/b", "mysql://u:<redacted>@h/b"),
        ("mysql://u:geheim@h/b?unix_socket=/s", "mysql://u:<redacted>@h/b?unix_socket=/s"),
        ("mysql://u:ge/heim@h/b", "mysql://u:<redacted>@h/b"),
        ("mysql://u:ge@heim@h/b", "mysql://u:<redacted>@h/b"),
        ("mysql://u:ge?heim@h/b", "mysql://u:<redacted>@h/b"),
        ("mysql://h/b?user=u&password=geheim", "mysql://h/b?user=u&password=<redacted>"),
        ("postgresql://u:geheim@h/b", "postgresql://u:<redacted>@h/b"),
        ("https://h:8443/d/a@b.sql", "https://h:8443/d/a@b.sql"),
        ("https://u:geheim@h/a.sql", "https://u:<redacted>@h/a.sql"),
        ("https://h/a.sql?token=geheim", "https://h/a.sql?<redacted>"),
        ("export+https://b.example", "export+https://b.example"),
    ],
)  # fmt: skip
def test_a_source_is_shown_without_its_secrets(source: str, shown: str) -> None:
    assert without_secrets(source) == shown
