"""Two complete sites for the whole run: blog, plugin, service, and what was written.

Together they cover both versions and both databases; test_plugin_variants.py has
the other combinations.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.mariadb import MariaDB
from tests.support.site import Site, make_site
from tests.support.written import write

SITES = ["1.3.0 MariaDB", "1.2.1 SQLite"]


@pytest.fixture(scope="session")
def sites(
    tmp_path_factory: pytest.TempPathFactory, mariadb: MariaDB
) -> Iterator[dict[str, Site]]:
    made: dict[str, Site] = {}
    try:
        first, second = (tmp_path_factory.mktemp("site") for _ in SITES)
        made[SITES[0]] = make_site(first, "1.3.0", mariadb)
        made[SITES[1]] = make_site(second, "1.2.1")
        for one in made.values():
            write(one)
            one.service.start()
        yield made
    finally:
        for one in made.values():
            one.stop()


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest, sites: dict[str, Site]) -> Site:
    """Each site in turn, with its service answering."""
    one = sites[request.param]
    if not one.service.ready():
        one.service.stop()
        one.service.start()
    one.wire.mode = "pass"
    one.forget_failures()
    return one
