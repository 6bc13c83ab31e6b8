"""Did PHP have anything to complain about while all the other tests ran?

The name puts this file behind them.
"""

from __future__ import annotations

import pytest

from tests.support.site import Site

pytestmark = pytest.mark.typecho


def test_php_error_log_is_empty_or_typechos_own(sites: dict[str, Site]) -> None:
    for one in sites.values():
        lines = one.blog.php_errors()
        if one.blog.version == "1.3.0":
            assert lines == []
        assert [line for line in lines if "SearchBridge" in line] == []
        # 1.2.1 is older than PHP 8.1 and passes null where texts are expected.
        assert [line for line in lines if "Deprecated:" not in line] == []
