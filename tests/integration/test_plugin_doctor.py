"""Does `doctor` see what stands between plugin and service, in both directions?"""

from __future__ import annotations

import json
import time

import pytest

from tests.support.site import Site

pytestmark = pytest.mark.typecho

Told = list[tuple[str, str, str]]


def told(site: Site, name: str) -> Told:
    """State, message and mend of every check of this name."""
    said = site.service.command("doctor", "--json", check=False)
    return [
        (check["state"], check["message"], check["mend"])
        for check in json.loads(said)
        if check["name"] == name
    ]


def test_healthy_blog_agrees_with_the_service(site: Site) -> None:
    ((state, message, _),) = told(site, "plugin")
    ((way_state, way, _),) = told(site, "way back")

    assert (state, way_state) == ("good", "good")
    assert f"on Typecho {site.blog.version}, PHP " in message
    assert "same key, clocks 0 s apart" in message or "clocks 1 s apart" in message
    assert way.startswith(f"the plugin asks {site.wire.url}, answered in ")


def test_another_key_is_told_with_what_mends_it(site: Site) -> None:
    config = site.service.config
    original = config.read_text()
    config.write_text(original.replace(site.key, "k" * 32))
    try:
        ((state, message, mend),) = told(site, "plugin")
    finally:
        config.write_text(original)

    assert state == "bad"
    assert message == "the plugin refuses: signature wrong"
    assert "same key on both sides" in mend


def test_service_that_the_plugin_cannot_reach_is_told(site: Site) -> None:
    site.wire.mode = "cut"

    ((state, message, mend),) = told(site, "way back")

    assert state == "bad"
    assert message.startswith(f"the plugin asked {site.wire.url}: ")
    assert mend


def test_inactive_plugin_is_told(site: Site) -> None:
    site.admin.deactivate()
    try:
        ((state, _, mend),) = told(site, "plugin")
    finally:
        site.admin.activate()

    assert state == "warning"
    assert "activate the plugin SearchBridge" in mend


def test_the_plugin_answers_only_who_holds_the_key(site: Site) -> None:
    assert site.export("do=reach", signed={}).status_code == 401


def test_reach_tells_no_secret(site: Site) -> None:
    said = site.export("do=reach")

    assert said.json()["good"] is True
    assert site.key not in said.text
    assert abs(site.export("do=hello").json()["time"] - time.time()) < 5
