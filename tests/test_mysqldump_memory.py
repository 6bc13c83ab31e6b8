"""Does memory stay flat when the dump grows?"""

from __future__ import annotations

from pathlib import Path

from benchmarks.dump_memory import measure


def test_a_dump_ten_times_as_large_takes_no_more_memory(tmp_path: Path) -> None:
    small = measure(3, tmp_path)
    large = measure(30, tmp_path)

    print(small, large)
    assert large["posts"] > 9 * small["posts"]
    assert large["peak_mb"] < small["peak_mb"] + 4
    assert large["peak_mb"] < 60
