"""How does a newcomer see the search page a minute after cloning?

Indexes the sample blog into `.demo/` (or the folder given) and serves it on 127.0.0.1
until Ctrl-C. Writes nothing outside that folder.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "service" / "sample" / "blog.sql"
FOLDER = Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT / ".demo"
CONFIG = FOLDER / "search.toml"
STAMP = FOLDER / "indexed"
FIRST_PORT = 7700
START_LIMIT_S = 60.0


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    port = free_port(FIRST_PORT)
    write_config(port)
    if not is_fresh():
        print("Indexing the sample blog ...", flush=True)
        if code := subprocess.call(command("reindex", "--force"), env=environment()):
            return code
        STAMP.touch()
    return serve(port)


def free_port(first: int) -> int:
    """The first TCP port from `first` on that nobody listens on."""
    for port in range(first, first + 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise SystemExit(f"Error: no free port from {first} to {first + 99}")


def write_config(port: int) -> None:
    CONFIG.write_text(
        "# Written by `make run`.\n"
        f'source = "{SAMPLE}"\n'
        f'data_dir = "{FOLDER / "data"}"\n'
        f'bind = "127.0.0.1:{port}"\n'
        "public = true\n"
        'log_level = "warning"\n',
        encoding="utf-8",
    )


def is_fresh() -> bool:
    """True if neither the sample nor the program is newer than the index."""
    if not STAMP.exists() or not (FOLDER / "data").is_dir():
        return False
    made = STAMP.stat().st_mtime
    sources = (p for p in (ROOT / "service").rglob("*") if p.suffix in (".py", ".sql"))
    return all(p.stat().st_mtime <= made for p in sources)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "service", "--config", str(CONFIG), *words]


def environment() -> dict[str, str]:
    """Ours without SEARCH_*: the owner's settings must not reach the demo."""
    return {k: v for k, v in os.environ.items() if not k.startswith("SEARCH_")}


def serve(port: int) -> int:
    """Run the service in the foreground; Ctrl-C and SIGTERM end it quietly."""
    address = f"http://127.0.0.1:{port}/"
    child = subprocess.Popen(command("serve"), env=environment(), cwd=ROOT)
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        stopped = True
        # The terminal has told the child already if it was Ctrl-C; twice is harmless.
        child.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if wait_until_ready(child, f"{address}readyz"):
        print(f"\n  The search page is at {address}")
        print("  Try: 2018天象   (no post holds these characters in a row)")
        print("  Ctrl-C stops it.\n", flush=True)
    code = child.wait()
    return 0 if stopped else code


def wait_until_ready(child: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + START_LIMIT_S
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while child.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError, urllib.error.URLError):
            opener.open(url, timeout=2).close()
            return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    raise SystemExit(main())
