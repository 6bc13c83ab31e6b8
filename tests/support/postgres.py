"""A real PostgreSQL server of our own on 127.0.0.1, its data in a temp folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.processes import Server, free_port, port_open, wait_until


class Postgres:
    """User `root` is a superuser with password `root-pw`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.server: Server | None = None

    def start(self) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        path = binaries[-1] if binaries else Path(shutil.which("initdb") or "").parent
        as_user: list[str] = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            as_user = [
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--init-groups",
            ]
            for parent in (self.folder, *self.folder.parents):
                if parent.stat().st_uid == 0 and parent != Path("/"):
                    parent.chmod(parent.stat().st_mode | 0o055)
            shutil.chown(self.folder, "postgres")
        secret = self.folder / "pw"
        secret.write_text("root-pw")
        secret.chmod(0o644)
        subprocess.run(
            [
                *as_user,
                str(path / "initdb"),
                f"--pgdata={self.folder / 'data'}",
                "--username=root",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=self.folder,
        )
        options = ["-p", str(self.port), "-k", str(self.folder), "-h", "127.0.0.1"]
        self.server = Server(
            [
                *as_user,
                str(path / "postgres"),
                *("-D", str(self.folder / "data")),
                *options,
                "-F",
            ],
            log=self.folder / "postgres.log",
            cwd=self.folder,
        ).start()
        wait_until(lambda: port_open(self.port), 60, "postgres")

    def stop(self) -> None:
        if self.server:
            self.server.stop(30)
            self.server = None

    def url(self, database: str, user: str = "root", password: str = "root-pw") -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"
