"""Do the plugin on the blog and this service understand each other?

Asked over HTTP as the export would be, signed; the plugin then asks the service, as a
visitor's search would. Both keys, both clocks, both ways and PHP are looked at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from service import __version__
from service.cli.check import Check
from service.errors import (
    ConfigError,
    SearchError,
    SourceInvalid,
    SourceNotFound,
    SourceRefused,
    SourceUnreachable,
)
from service.settings import Settings
from service.signing import WINDOW_S

CLOCK_S = 30
"""Two clocks that are set by NTP differ by less than a second."""
PHP_LEAST = (7, 4)
TYPECHO_LEAST = (1, 2)

_MENDS = {
    "refused": "start the service, or correct 服务地址 on the plugin's settings page",
    "timeout": "look for a firewall; for a far service raise 超时 on the plugin's page",
    "dns": "write an IP address into 服务地址 on the plugin's settings page",
    "tls": "a service on the same machine is http://, not https://",
    "address": "write 服务地址 as http://127.0.0.1:7700 on the plugin's settings page",
    "unauthorized": "copy the key from the plugin's settings page into api_key, "
    "then restart the service",
    "index_missing": "typecho-search reindex",
    "index_unusable": "typecho-search reindex",
    "json": "another program answers there: compare 服务地址 with bind",
}


def check_plugin(chosen: Settings) -> Iterator[Check]:
    """Nothing where no key is set: that is complained of elsewhere."""
    from service.typecho.export import ExportSource

    if not chosen.api_key.get_secret_value():
        return
    try:
        address = _address(chosen)
    except SearchError:
        message = "not asked: the address of the blog is not known"
        yield Check("plugin", "warning", message, "mend the source first")
        return
    asked = chosen.model_copy(update={"source": address})
    started = time.time()
    try:
        with closing(ExportSource(asked, pauses_s=())) as plugin:
            took_s = time.time() - started
            hello = plugin.greeting()
            yield from judge(hello, started + took_s / 2)
            yield from judge_way_back(chosen, plugin.reach())
    except SourceRefused as error:
        yield Check("plugin", "bad", error.message, error.hint)
    except SourceInvalid as error:
        yield Check("plugin", "warning", error.message, error.hint)
    except (SourceNotFound, SourceUnreachable) as error:
        yield Check("plugin", "warning", error.message, error.hint)


def _address(chosen: Settings) -> str:
    """`export+` and where the blog lies, as its own options say."""
    from service.typecho.export import SCHEMES
    from service.typecho.opening import open_source
    from service.typecho.options import read_blog

    if chosen.source.startswith(SCHEMES):
        return chosen.source
    with closing(open_source(chosen)) as source:
        index = read_blog(source, chosen).index
    if not index.startswith(("http://", "https://")):
        raise ConfigError(
            f"the blog's address is {index!r}",
            "set site_url, for example https://blog.example",
        )
    return f"export+{index}"


def judge(hello: dict[str, Any], then: float) -> Iterator[Check]:
    """What the plugin says of itself; `then` is our clock when it said so."""
    typecho, php = str(hello.get("typecho")), str(hello.get("php"))
    ours, theirs = __version__, str(hello.get("plugin"))
    apart = round(float(hello.get("time") or 0) - then)
    yield Check(
        "plugin",
        "good",
        f"SearchBridge {theirs} on Typecho {typecho}, PHP {php}; same key, "
        f"clocks {abs(apart)} s apart",
    )
    if abs(apart) > CLOCK_S:
        yield Check(
            "clock",
            "warning",
            f"the blog's clock is {abs(apart)} s {'ahead' if apart > 0 else 'behind'}; "
            f"beyond {WINDOW_S} s every request is refused",
            "timedatectl set-ntp true, on both machines",
        )
    if theirs != ours:
        yield Check(
            "plugin",
            "warning",
            f"the plugin is version {theirs}, this service {ours}",
            "install both from the same release",
        )
    if _number(php) < PHP_LEAST or _number(typecho) < TYPECHO_LEAST:
        yield Check(
            "plugin",
            "bad",
            f"PHP {php} with Typecho {typecho} is too old",
            "PHP 7.4 and Typecho 1.2 are needed at least",
        )
    if hello.get("curl") is False:
        yield Check(
            "plugin",
            "warning",
            "PHP has no curl: connecting has no time limit of its own",
            "install the package php-curl, then restart PHP",
        )


def judge_way_back(chosen: Settings, said: dict[str, Any]) -> Iterator[Check]:
    """What the plugin says of its own question to the service."""
    url, took = said.get("url"), said.get("took_ms")
    if not said.get("good"):
        failure = str(said.get("failure"))
        clock = "clock" in str(said.get("detail"))
        yield Check(
            "way back",
            "bad",
            f"the plugin asked {url}: {failure}, {said.get('detail')}",
            "timedatectl set-ntp true, on both machines"
            if clock
            else _MENDS.get(failure, "look into the log of the service"),
        )
        return
    from service.index.opening import open_engine

    here = open_engine(chosen).generations.candidates()
    if here and said.get("generation") not in here:
        yield Check(
            "way back",
            "warning",
            f"the plugin is answered by another index than {chosen.data_dir}",
            f"compare bind with {url}, which the plugin asks",
        )
        return
    yield Check("way back", "good", f"the plugin asks {url}, answered in {took} ms")


def _number(version: str) -> tuple[int, ...]:
    """`8.2.29-1+deb12` -> (8, 2)"""
    digits = [part for part in version.split(".")[:2] if part.isdigit()]
    return tuple(map(int, digits))
