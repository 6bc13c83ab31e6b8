"""Does every PHP from 7.4 to 8.4 accept the plugin, without a word of complaint?

The installed PHP checks itself; the oldest and the newest come as WebAssembly from
npm, the real compilers with their real warnings.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[1] / "typecho-plugin" / "SearchBridge"
FILES = sorted(PLUGIN.rglob("*.php"))
LINT = Path(__file__).parent / "support" / "php_lint.mjs"
CACHE = Path.home() / ".cache" / "typecho-search" / "php-wasm"
RELEASE = "3.1.56"
PACKAGES = [
    f"@php-wasm/{name}@{RELEASE}" for name in ("universal", "node-7-4", "node-8-4")
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_installed_php_accepts_the_file(file: Path) -> None:
    if shutil.which("php") is None:
        pytest.skip("PHP is not installed")

    options = ["-d", "display_errors=1", "-d", "error_reporting=-1"]
    done = subprocess.run(
        ["php", *options, "-l", file], capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == f"No syntax errors detected in {file}"


@pytest.fixture(scope="module")
def compilers() -> Path:
    """The folder of the two other PHPs, fetched once by npm."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if not (CACHE / RELEASE).exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / "package.json").write_text("{}")
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--no-save", *PACKAGES],
            cwd=CACHE,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode:
            pytest.skip(f"npm could not fetch PHP 7.4 and 8.4: {done.stderr[-200:]}")
        (CACHE / RELEASE).touch()
    return CACHE


def lint(compilers: Path, version: str, *files: Path) -> dict[str, str]:
    done = subprocess.run(
        ["node", LINT, compilers, version, *files],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, str] = json.loads(done.stdout)
    assert said.pop("version").startswith(version)
    return said


@pytest.mark.parametrize("version", ["7.4", "8.4"])
def test_oldest_and_newest_php_accept_all_files(compilers: Path, version: str) -> None:
    said = lint(compilers, version, *FILES)

    assert said == {str(file): "" for file in FILES}


def test_the_check_would_notice(compilers: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.php"
    newer.write_text("<?php\nfunction f() { return match (1) { 1 => 2 }; }\n")
    older = tmp_path / "older.php"
    older.write_text("<?php\nfunction f(string $x = null) {}\n")

    assert "Parse error" in lint(compilers, "7.4", newer)[str(newer)]
    assert "Implicitly marking" in lint(compilers, "8.4", older)[str(older)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_file_follows_the_house_rules(file: Path) -> None:
    text = file.read_text("utf-8")

    assert text.startswith("<?php\n\ndeclare(strict_types=1);\n")
    assert "\nnamespace TypechoPlugin\\SearchBridge;\n" in text
    assert "if (!defined('__TYPECHO_ROOT_DIR__')) {\n    exit;\n}\n" in text
    assert len(text.splitlines()) < 250
    assert max(len(line) for line in text.splitlines()) <= 120


def test_typecho_can_read_the_header() -> None:
    text = (PLUGIN / "Plugin.php").read_text("utf-8")

    header = text[text.index("/**") : text.index("*/")]
    assert re.findall(r"@(package|version|since) (\S+)", header) == [
        ("package", "SearchBridge"),
        ("version", "0.1.0"),
        ("since", "1.2.0"),
    ]
    # A fully-qualified name is another token in PHP 8 and would hide the 启用 link.
    assert "class Plugin implements PluginInterface" in text
