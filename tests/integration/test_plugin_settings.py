"""Can the owner switch it on, set it up, and switch it off again?"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from service.settings import load
from tests.support.processes import free_port
from tests.support.site import PATIENT, Site, make_site
from tests.support.written import WORD

pytestmark = pytest.mark.typecho


@pytest.fixture(params=["1.3.0", "1.2.1"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A site of its own, because the test deactivates the plugin."""
    one = make_site(tmp_path, request.param)
    yield one
    one.stop()


def test_plugin_works_before_the_service_exists(fresh: Site) -> None:
    fresh.admin.publish("你好", f"{WORD} 的故事")
    time.sleep(1.1)

    assert fresh.search(WORD).titles == ("你好",)


def test_deactivating_restores_typecho_at_once(fresh: Site) -> None:
    key = fresh.key
    assert fresh.export("do=hello").status_code == 200

    told = fresh.admin.deactivate()

    assert "已停用" in told
    assert "SearchBridge" not in fresh.blog.option("plugins")
    assert "search-bridge" not in fresh.blog.option("actionTable")
    assert fresh.blog.option("plugin:SearchBridge") == ""
    answer = fresh.blog.search("C++")
    assert answer.url == f"{fresh.blog.index}/search/C/"
    headers = {"X-Search-Time": "1"}
    assert fresh.export("do=hello", signed=headers).status_code == 404
    assert fresh.key == key


def test_key_and_settings_survive_deactivation(fresh: Site) -> None:
    before = json.loads(fresh.blog.option("searchBridge"))

    fresh.admin.deactivate()
    told = fresh.admin.activate()

    assert "已启用" in told
    assert json.loads(fresh.blog.option("searchBridge")) == before
    assert (
        fresh.wire.url
        in fresh.admin.page("options-plugin.php?config=SearchBridge").text
    )


def test_in_memory_hooks_are_never_stored(site: Site) -> None:
    site.search(WORD)

    stored = site.blog.option("plugins")

    assert "Widget_Archive:handleInit" in stored
    assert "Widget_Archive:search" not in stored


def test_settings_page_offers_a_file_to_copy(site: Site) -> None:
    page = site.admin.page("options-plugin.php?config=SearchBridge")
    text = re.sub(r"<[^>]+>", "", page.text).replace("&quot;", '"')

    assert f'api_key = "{site.key}"' in text
    assert 'table_prefix = "typecho_"' in text
    start = "mysql://root@127.0.0.1:" if site.blog.mariadb else "sqlite:////"
    assert f'source = "{start}' in text
    assert f'source = "export+{site.blog.index}"' in text
    assert 'data_dir = "/var/lib/typecho-search"' in text
    assert f'bind = "127.0.0.1:{site.wire.port}"' in text


def test_offered_file_is_understood_by_the_service(site: Site, tmp_path: Path) -> None:
    page = site.admin.page("options-plugin.php?config=SearchBridge")
    found = re.search(
        r'<pre id="search-bridge-toml"[^>]*><code>(.*?)</code>', page.text, re.S
    )
    assert found
    file = tmp_path / "search.toml"
    file.write_text(html.unescape(found[1]), "utf-8")

    settings = load(file, environ={}).settings

    assert settings.source == site.blog.source
    assert settings.api_key.get_secret_value() == site.key
    assert settings.bind == f"127.0.0.1:{site.wire.port}"


@pytest.mark.parametrize(
    ("url", "bind"),
    [
        ("http://localhost:7711", 'bind = "127.0.0.1:7711"'),
        ("unix:/run/typecho-search/search.sock", 'bind = "unix:/run/typecho-search'),
        ("https://search.example.com", None),
        ("http://127.0.0.1:7700/search", None),
    ],
)
def test_offered_file_listens_where_the_plugin_asks(
    site: Site, url: str, bind: str | None
) -> None:
    site.admin.configure(url=url)
    try:
        page = site.admin.page("options-plugin.php?config=SearchBridge")
    finally:
        site.admin.configure(url=site.wire.url)

    text = html.unescape(page.text)
    assert "bind = " not in text if bind is None else bind in text


def test_bad_settings_are_corrected_or_complained_about(site: Site) -> None:
    before = site.key
    try:
        site.admin.configure(key="short", connectMs="7", totalMs="nonsense")
        saved = json.loads(site.blog.option("searchBridge"))
        assert (saved["key"], saved["connectMs"], saved["totalMs"]) == (
            before, "20", "400",
        )  # fmt: skip
    finally:
        site.admin.configure(**PATIENT)


def test_button_tells_that_all_is_well(site: Site) -> None:
    said = site.admin.test_connection(url=site.service.url)

    assert said["good"], said
    assert "gen-" in said["text"]


def test_button_tells_that_nobody_listens(site: Site) -> None:
    said = site.admin.test_connection(url=f"http://127.0.0.1:{free_port()}")

    assert not said["good"]
    assert "typecho-search serve" in said["text"]


def test_button_tells_that_the_key_differs(site: Site) -> None:
    said = site.admin.test_connection(url=site.service.url, key="x" * 32)

    assert not said["good"]
    assert "密钥不一致" in said["text"]


def test_button_tells_that_time_ran_out(site: Site) -> None:
    site.wire.mode = "hang"

    said = site.admin.test_connection(url=site.wire.url, totalMs="300")

    assert not said["good"]
    assert "超时" in said["text"]


@pytest.mark.parametrize("where", ["blog", "garbage"])
def test_button_tells_that_it_is_another_program(site: Site, where: str) -> None:
    site.wire.mode = "garbage"

    said = site.admin.test_connection(
        url=site.blog.url if where == "blog" else site.wire.url, totalMs="3000"
    )

    assert not said["good"]
    assert "404" in said["text"] or "不是搜索服务" in said["text"]


@pytest.mark.parametrize("url", ["nonsense", "ftp://x", "http://a b", "file:///etc"])
def test_button_tells_that_it_is_no_address(site: Site, url: str) -> None:
    said = site.admin.test_connection(url=url)

    assert not said["good"]
    assert "不像一个地址" in said["text"]


def test_button_is_for_administrators_with_a_token(site: Site) -> None:
    where = f"{site.blog.index}/action/search-bridge?do=test&json=1"

    stranger = requests.get(where, allow_redirects=False, timeout=20)
    no_token = site.admin.session.get(where, allow_redirects=False, timeout=20)

    assert stranger.status_code == 302
    assert no_token.status_code == 302
    assert "good" not in stranger.text + no_token.text


def test_zip_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "scripts" / "build_plugin"
    files = [tmp_path / "a.zip", tmp_path / "b.zip"]

    for file in files:
        subprocess.run([sys.executable, script, file], check=True, capture_output=True)

    assert files[0].read_bytes() == files[1].read_bytes()
    names = zipfile.ZipFile(files[0]).namelist()
    assert {"SearchBridge/Plugin.php", "SearchBridge/assets/search.js"} <= set(names)
    assert all(name.startswith("SearchBridge/") for name in names)
