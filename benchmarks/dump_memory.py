"""Does reading a dump take the same memory, however large the dump is?

    python -m benchmarks.dump_memory --mb 500

writes a dump of that size (posts with formulas and escapes, many comments, a table of
another program), reads it in a process of its own and prints that process's peak
resident memory and times. The temporary files need about twice the size.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = (
    *(
        "天象",
        "引力波",
        "注意力机制",
        "新词发现",
        "矩阵分解是一种常见的方法，",
        "尺规作图。",
    ),
    *(
        "low-rank",
        "$x_i^2$",
        "it\\'s",
        "\\n\\n",
        "\\\\begin{equation}",
        '\\"quoted\\"',
        "2018",
    ),
)
HEAD = """-- MySQL dump 10.13  Distrib 8.4.0, for Linux (x86_64)
/*!50503 SET NAMES utf8mb4 */;
CREATE TABLE `typecho_contents` (`cid` int, `title` text, `slug` text,
  `created` int, `text` longtext, `type` text, `status` text, `password` text);
CREATE TABLE `typecho_comments` (`coid` int, `cid` int, `created` int, `author` text,
  `mail` text, `agent` text, `text` text, `type` text, `status` text, `parent` int);
CREATE TABLE `stat_log` (`id` int, `agent` text);
"""
END = "-- Dump completed on 2024-05-01  0:00:00\n"


def write_dump(path: Path, megabytes: float, seed: int = 1) -> tuple[int, int]:
    """How many posts and comments the dump at `path` then holds."""
    chance = random.Random(seed)
    posts = comments = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(HEAD)
        while file.tell() < megabytes * 1_000_000:
            rows = []
            for _ in range(10):
                posts += 1
                text = " ".join(chance.choices(WORDS, k=1200))
                rows.append(
                    f"({posts},'post {posts}','p{posts}',1500000000,"
                    f"'<!--markdown-->{text}','post','publish',NULL)"
                )
            file.write(
                "INSERT INTO `typecho_contents` VALUES " + ",".join(rows) + ";\n"
            )
            rows = []
            for _ in range(100):
                comments += 1
                rows.append(
                    f"({comments},{posts},1500000000,'读者','a@b.example',"
                    f"'Mozilla/5.0 (X11; Linux)','谢谢，写得好\\n{comments}',"
                    "'comment','approved',0)"
                )
            file.write(
                "INSERT INTO `typecho_comments` VALUES " + ",".join(rows) + ";\n"
            )
            rows = [f"({n},'Mozilla/5.0 (compatible; bot)')" for n in range(200)]
            file.write("INSERT INTO `stat_log` VALUES " + ",".join(rows) + ";\n")
        file.write(END)
    return posts, comments


def read_dump(path: Path, work_dir: Path) -> dict[str, float]:
    """What it took this process to read the dump, in MB and seconds."""
    from service.typecho.mysqldump import DumpSource

    begun = time.perf_counter()
    source = DumpSource(path, work_dir=work_dir)
    opened = time.perf_counter()
    posts = sum(1 for _ in source.rows("contents"))
    comments = sum(1 for _ in source.rows("comments"))
    source.close()
    return {
        "posts": posts,
        "comments": comments,
        "open_s": round(opened - begun, 1),
        "rows_s": round(time.perf_counter() - opened, 1),
        "cpu_s": round(time.process_time(), 1),
        "peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    """The most memory that this process ever held, in MB, from /proc (proc(5)).

    Not getrusage: its figure outlives exec, so that a child of a large test run
    would report its parent's peak.
    """
    status = Path("/proc/self/status").read_text()
    return round(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024, 1)


def measure(megabytes: float, folder: Path) -> dict[str, float]:
    """The same for a new dump of this size, in a process of its own."""
    path = folder / f"{megabytes:g}.sql"
    posts, comments = write_dump(path, megabytes)
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.dump_memory", "--read", str(path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    found: dict[str, float] = json.loads(answer.stdout)
    if (found["posts"], found["comments"]) != (posts, comments):
        raise SystemExit(f"wrote {posts} posts, {comments} comments, read {found}")
    path.unlink()
    return {"size_mb": megabytes, **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mb", type=float, nargs="+", default=[5, 50, 500])
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read_dump(options.read, options.read.parent)))
        return
    for megabytes in options.mb:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(megabytes, Path(folder))), flush=True)


if __name__ == "__main__":
    main()
