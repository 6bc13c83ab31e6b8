"""What does the owner see, and what does a script get, on the command line?

The blog is the bundled sample. Commands run inside this process, where jieba's
dictionary is loaded already; what signals, pipes and terminals do is tried on real
processes.
"""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from service import __version__
from service.cli import cli, main

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "service" / "sample" / "blog.sql"
LIMIT_S = 120


def environment(**settings: str) -> dict[str, str]:
    """Ours without SEARCH_*, plus these settings."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SEARCH_")}
    return clean | {f"SEARCH_{name.upper()}": text for name, text in settings.items()}


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def run(*words: str, cwd: Path, **settings: str) -> Done:
    """What one command leaves behind, run in folder `cwd` with these settings."""
    out, err, here = StringIO(), StringIO(), Path.cwd()
    os.chdir(cwd)
    try:
        with (
            mock.patch.dict(os.environ, environment(**settings), clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as left,
        ):
            main(list(words))
    finally:
        os.chdir(here)
    return Done(int(left.value.code or 0), out.getvalue(), err.getvalue())


def process(*words: str | bytes, cwd: Path, **streams: Any) -> subprocess.Popen[Any]:
    """The same as a process of its own."""
    extra = streams.pop("env", {})
    return subprocess.Popen(
        [sys.executable, "-m", "service", *words],
        cwd=cwd,
        env=environment() | {"PYTHONPATH": str(ROOT)} | extra,
        stdout=streams.pop("stdout", subprocess.PIPE),
        stderr=streams.pop("stderr", subprocess.PIPE),
        **streams,
    )


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings and a finished index of the sample blog."""
    folder = tmp_path_factory.mktemp("blog")
    (folder / "search.toml").write_text(
        f'source = "{SAMPLE}"\ndata_dir = "data"\napi_key = "0123456789abcdef"\n',
        encoding="utf-8",
    )
    done = run("reindex", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


# --- words and streams


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help(name: str, tmp_path: Path) -> None:
    done = run(name, "--help", cwd=tmp_path)

    assert done.returncode == 0
    assert "Usage:" in done.stdout
    assert done.stderr == ""


def test_no_arguments_show_the_help(tmp_path: Path) -> None:
    done = run(cwd=tmp_path)

    assert done.returncode == 0
    assert "reindex" in done.stdout


def test_version_is_one_line(tmp_path: Path) -> None:
    done = run("--version", cwd=tmp_path)

    assert done.stdout == f"typecho-search {__version__}\n"


def test_package_runs_as_a_program(tmp_path: Path) -> None:
    done = process("--version", cwd=tmp_path, encoding="utf-8")

    assert done.communicate(timeout=LIMIT_S)[0] == f"typecho-search {__version__}\n"


def test_unknown_command_leaves_with_usage_error(tmp_path: Path) -> None:
    done = run("serch", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: no such command 'serch'")
    assert "\nHint: " in done.stderr


def test_unknown_setting_leaves_with_config_error(tmp_path: Path) -> None:
    done = run("config", cwd=tmp_path, wrokers="3")

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "Error: unknown setting 'wrokers' in environment SEARCH_WROKERS",
        "Hint: did you mean 'workers'?",
    ]


def test_missing_config_file_is_named(tmp_path: Path) -> None:
    done = run("--config", "none.toml", "status", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.startswith("Error: no settings file at none.toml")


def test_config_may_stand_after_the_command(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("workers = 11\n", encoding="utf-8")

    done = run("config", "--config", "other.toml", "workers", cwd=tmp_path)

    assert done.stdout == "11\n"


# --- config


def test_config_prints_a_settings_file_that_reads_back(
    tmp_path: Path,
) -> None:
    first = run("config", cwd=tmp_path, bind="127.0.0.1:1234", table_prefix="my_")
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "search.toml").write_text(first.stdout, encoding="utf-8")

    second = run("config", "--json", cwd=copy)

    found = json.loads(second.stdout)["settings"]
    assert found["bind"]["value"] == "127.0.0.1:1234"
    assert found["table_prefix"]["value"] == "my_"
    assert found["workers"]["value"] == 2


@pytest.mark.parametrize("words", [["config"], ["config", "--json"]], ids=" ".join)
def test_config_never_prints_a_secret(words: list[str], tmp_path: Path) -> None:
    done = run(
        *words,
        cwd=tmp_path,
        api_key="0123456789abcdef",
        source_password="pw1",
        source="mysql://reader:pw2@127.0.0.1/blog",
    )

    assert "0123456789abcdef" not in done.stdout + done.stderr
    assert "pw1" not in done.stdout + done.stderr
    assert "pw2" not in done.stdout + done.stderr
    assert "mysql://reader:<redacted>@127.0.0.1/blog" in done.stdout
    assert "<redacted>" in done.stdout


def test_config_tells_where_a_value_came_from(tmp_path: Path) -> None:
    done = run("config", cwd=tmp_path, workers="3")

    assert "workers = 3  # environment SEARCH_WORKERS" in done.stdout.splitlines()


def test_config_of_a_name_that_is_not_a_setting(tmp_path: Path) -> None:
    done = run("config", "wrokers", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr == (
        "Error: no setting is called 'wrokers'\nHint: did you mean 'workers'?\n"
    )


# --- reindex


def test_reindex_prints_one_line(blog: Path, tmp_path: Path) -> None:
    done = run("reindex", "--data-dir", str(tmp_path / "d"), cwd=blog)

    assert done.returncode == 0
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
    assert done.stdout.startswith("indexed ")
    assert "skipped" in done.stdout
    assert " gen-" in done.stdout


def test_reindex_as_json_names_posts_with_reasons(blog: Path, tmp_path: Path) -> None:
    done = run("reindex", "--json", "--data-dir", str(tmp_path / "d"), cwd=blog)

    outcome = json.loads(done.stdout)
    assert outcome["posts"] >= 40
    assert outcome["generation"].startswith("gen-")
    assert sum(outcome["skipped"].values()) >= 5


def test_reindex_of_a_missing_dump_leaves_with_source_error(tmp_path: Path) -> None:
    done = run("reindex", "--source", "none.sql", cwd=tmp_path)

    assert done.returncode == 3
    assert done.stdout == ""
    assert "none.sql" in done.stderr
    assert "\nHint: " in done.stderr


def test_reindex_without_a_source_says_what_to_set(tmp_path: Path) -> None:
    done = run("reindex", cwd=tmp_path)

    assert done.returncode == 2
    assert "source" in done.stderr


def test_progress_is_drawn_on_a_terminal(blog: Path, tmp_path: Path) -> None:
    terminal, inside = pty.openpty()

    data = str(tmp_path / "d")
    done = process("reindex", "--data-dir", data, cwd=blog, stderr=inside)
    done.communicate(timeout=LIMIT_S)
    os.close(inside)
    drawn = os.read(terminal, 100_000).decode()
    os.close(terminal)

    assert done.returncode == 0, drawn
    assert drawn.startswith("\r\x1b[Kreading the blog ...\r\x1b[Kindexing [")
    assert "posts/s" in drawn
    assert drawn.endswith("\r\x1b[K")


def test_ctrl_c_leaves_quietly(tmp_path: Path) -> None:
    """The source is a server that accepts and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/blog.sql"
        waiting = process(
            "reindex",
            "--source",
            url,
            cwd=tmp_path,
            env={"NO_PROXY": "*"},
            encoding="utf-8",
            # A shell's background jobs, and so these tests in one, do not hear Ctrl-C.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
        silent.settimeout(LIMIT_S)
        connection, _ = silent.accept()

        waiting.send_signal(signal.SIGINT)
        out, words = waiting.communicate(timeout=LIMIT_S)
        connection.close()

    assert waiting.returncode == 130
    assert out == ""
    assert words.lstrip().startswith("Error: stopped before the end")
    assert "Traceback" not in words


def test_reindex_that_shrinks_is_refused(blog: Path, tmp_path: Path) -> None:
    data = str(tmp_path / "d")
    assert run("reindex", "--data-dir", data, cwd=blog).returncode == 0
    small = tmp_path / "small.sql"
    small.write_text(one_post_dump(), encoding="utf-8")

    refused = run("reindex", "--source", str(small), "--data-dir", data, cwd=blog)
    forced = run(
        "reindex", "--force", "--source", str(small), "--data-dir", data, cwd=blog
    )

    assert refused.returncode == 5
    assert "--force" in refused.stderr
    assert forced.returncode == 0, forced.stderr
    assert forced.stdout.startswith("indexed 1 posts")


def one_post_dump() -> str:
    """The sample's dump with one post in the place of all."""
    before, first, rest = SAMPLE.read_text(encoding="utf-8").partition(
        "INSERT INTO `typecho_contents`"
    )
    _, last, after = rest.partition("/*!40000 ALTER TABLE `typecho_contents` ENABLE")
    assert first and last
    row = (
        "(`cid`,`title`,`slug`,`created`,`modified`,`text`,`authorId`,`type`,`status`) "
        "VALUES (1,'One','one',1500000000,1500000000,'text',1,'post','publish');\n"
    )
    return f"{before}{first} {row}{last}{after}"


def test_rollback_brings_the_previous_generation_back(
    blog: Path, tmp_path: Path
) -> None:
    data = str(tmp_path / "d")
    first = run("reindex", "--json", "--data-dir", data, cwd=blog)
    run("reindex", "--data-dir", data, cwd=blog)

    done = run("rollback", "--data-dir", data, cwd=blog)

    generation = json.loads(first.stdout)["generation"]
    assert done.stdout == f"{generation} answers now\n"
    status = json.loads(run("status", "--json", "--data-dir", data, cwd=blog).stdout)
    assert status["generation"] == generation


def test_rollback_without_a_previous_generation_is_an_error(
    blog: Path, tmp_path: Path
) -> None:
    data = str(tmp_path / "d")
    run("reindex", "--data-dir", data, cwd=blog)

    done = run("rollback", "--data-dir", data, cwd=blog)

    assert done.returncode == 4
    assert done.stderr.startswith("Error: ")


# --- sync


def test_sync_of_an_unchanged_blog_changes_nothing(blog: Path) -> None:
    done = run("sync", cwd=blog)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("nothing has changed")


def test_dry_run_says_what_would_change(blog: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.sql"
    text = SAMPLE.read_text(encoding="utf-8")
    assert "2018" in text
    changed.write_text(text.replace("2018", "2081"), encoding="utf-8")
    before = run("status", "--json", cwd=blog).stdout

    done = run("sync", "--dry-run", "--source", str(changed), cwd=blog)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("would apply: ")
    assert run("status", "--json", cwd=blog).stdout == before


def test_watch_ends_at_once_when_it_is_told_to(blog: Path) -> None:
    log = {"SEARCH_LOG_LEVEL": "info"}
    watcher = process("sync", "--watch", cwd=blog, env=log, encoding="utf-8")
    assert watcher.stderr is not None
    first = watcher.stderr.readline()

    watcher.send_signal(signal.SIGTERM)
    watcher.communicate(timeout=LIMIT_S)

    assert "writer started" in first
    assert watcher.returncode == 0


# --- search


@pytest.mark.parametrize("query", ["2018天象", "新词算法"])
def test_words_typed_without_a_space_find_posts(blog: Path, query: str) -> None:
    done = run("search", query, cwd=blog)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1. ")
    assert " found in " in done.stderr


def test_search_as_json_is_only_json(blog: Path) -> None:
    done = run("search", "--json", "2018天象", cwd=blog)

    results = json.loads(done.stdout)
    assert results["total"] >= 1
    assert results["hits"][0]["url"].startswith("http")
    assert any(span["mark"] for span in results["hits"][0]["title"])
    assert done.stderr == ""


def test_query_may_begin_with_a_minus(blog: Path) -> None:
    everything = json.loads(run("search", "--json", "天象", cwd=blog).stdout)

    done = run("search", "--json", "天象", "-2018", cwd=blog)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["total"] < everything["total"]


def test_filters_narrow_the_answer(blog: Path) -> None:
    done = run("search", "--json", "--type", "page", "2018天象", cwd=blog)

    assert {hit["type"] for hit in json.loads(done.stdout)["hits"]} <= {"page"}


def test_a_page_behind_the_last_one_says_so(blog: Path) -> None:
    done = run("search", "天象", "--page", "99", "--per-page", "50", cwd=blog)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("; page 99 of 1\n")


def test_nothing_found_is_not_an_error(blog: Path) -> None:
    done = run("search", "qzxwvkj", cwd=blog)

    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr.startswith("0 found")


def test_search_without_an_index_says_how_to_build_one(tmp_path: Path) -> None:
    done = run("search", "天象", cwd=tmp_path)

    assert done.returncode == 4
    assert "reindex" in done.stderr


def test_output_that_nobody_reads_is_no_error(blog: Path) -> None:
    command = (
        f"{sys.executable} -m service search --per-page 50 a > /dev/full; echo $?; "
        f"{sys.executable} -m service search --per-page 50 的 | head -c 1"
    )

    done = subprocess.run(
        ["bash", "-c", command],
        cwd=blog,
        env=environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=LIMIT_S,
    )

    assert b"Traceback" not in done.stderr
    assert b"Broken pipe" not in done.stderr


def test_latin1_terminal_gets_question_marks(blog: Path) -> None:
    latin1 = {"PYTHONIOENCODING": "latin-1"}
    done = process("search", "2018天象", cwd=blog, env=latin1)
    out, words = done.communicate(timeout=LIMIT_S)

    assert done.returncode == 0, words
    assert b"?" in out


def test_argument_that_is_not_utf8_is_a_query(blog: Path) -> None:
    done = process("search", b"\xff\xfe\xd6\xd0", cwd=blog)
    _, words = done.communicate(timeout=LIMIT_S)

    assert done.returncode == 0, words


def test_analyze_shows_the_words(blog: Path) -> None:
    done = run("analyze", "2018天象", cwd=blog)

    assert done.returncode == 0, done.stderr
    assert "2018" in done.stdout
    assert "天象" in done.stdout


def test_explain_names_the_terms_of_a_hit(blog: Path) -> None:
    hit = json.loads(run("search", "--json", "2018天象", cwd=blog).stdout)["hits"][0]

    done = run("explain", "2018天象", str(hit["cid"]), cwd=blog)

    assert done.returncode == 0, done.stderr
    assert "天象" in done.stdout


# --- status, doctor


def test_status_names_generation_with_posts(blog: Path) -> None:
    done = run("status", cwd=blog)

    assert done.returncode == 0
    assert "gen-" in done.stdout
    assert "posts" in done.stdout


def test_status_without_an_index_is_not_an_error(tmp_path: Path) -> None:
    done = run("status", "--json", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["generation"] == ""


def test_status_writes_nothing(tmp_path: Path) -> None:
    run("status", cwd=tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_doctor_finds_nothing_bad_in_a_good_installation(blog: Path) -> None:
    done = run("doctor", "--json", cwd=blog, bind="127.0.0.1:1")

    checks = json.loads(done.stdout)
    assert [c for c in checks if c["state"] == "bad"] == []
    assert done.returncode == 0


def test_doctor_goes_on_where_one_check_fails(tmp_path: Path) -> None:
    done = run("doctor", "--json", cwd=tmp_path, source="none.sql", bind="127.0.0.1:1")

    checks = json.loads(done.stdout)
    bad = {c["name"] for c in checks if c["state"] == "bad"}
    assert done.returncode == 1
    assert bad == {"index", "source"}
    assert all(c["mend"] for c in checks if c["state"] != "good")


def test_doctor_warns_when_everybody_can_read_the_key(tmp_path: Path) -> None:
    file = tmp_path / "search.toml"
    file.write_text('api_key = "0123456789abcdef"\n', encoding="utf-8")
    file.chmod(0o644)

    done = run("doctor", cwd=tmp_path, bind="127.0.0.1:1")

    assert f"chmod o-r {file.name}" in done.stdout
    assert "0123456789abcdef" not in done.stdout


def test_doctor_finds_that_the_index_is_behind(blog: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.sql"
    small.write_text(one_post_dump(), encoding="utf-8")

    done = run("doctor", cwd=blog, source=str(small), bind="127.0.0.1:1")

    assert "typecho-search sync" in done.stdout
