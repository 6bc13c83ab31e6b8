"""Where is Typecho's own source code on this machine?

Looked for in $TYPECHO_SRC (one version, or a folder of `typecho-<version>`), then in
~/.cache/typecho-search, then taken from the official release on GitHub.
"""

from __future__ import annotations

import functools
import io
import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest
import requests

CACHE = Path.home() / ".cache" / "typecho-search"
RELEASE = "https://github.com/typecho/typecho/releases/download/v{}/typecho.zip"


def typecho_source(version: str) -> Path:
    """The unpacked source of this version; skips the test where there is none."""
    if shutil.which("php") is None:
        pytest.skip("PHP is not installed")
    found, reason = _find(version)
    if found is None:
        pytest.skip(reason)
    return found


@functools.cache
def _find(version: str) -> tuple[Path | None, str]:
    candidates = [CACHE / f"typecho-{version}"]
    if given := os.environ.get("TYPECHO_SRC"):
        candidates[:0] = [Path(given) / f"typecho-{version}", Path(given)]
    for folder in candidates:
        if _version_of(folder) == version:
            return folder, ""
    return _download(version)


def _version_of(folder: Path) -> str:
    try:
        text = (folder / "var" / "Typecho" / "Common.php").read_text("utf-8")
    except OSError:
        return ""
    found = re.search(r"VERSION\s*=\s*'([^']+)'", text)
    return found[1] if found else ""


def _download(version: str) -> tuple[Path | None, str]:
    try:
        answer = requests.get(RELEASE.format(version), timeout=(5, 60))
        answer.raise_for_status()
        target = CACHE / f"typecho-{version}"
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
            pack.extractall(partial)
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    except (requests.RequestException, zipfile.BadZipFile, OSError) as error:
        return None, f"Typecho {version} is neither here nor to be downloaded: {error}"
    if _version_of(target) != version:
        return None, f"the download of Typecho {version} holds another version"
    return target, ""
