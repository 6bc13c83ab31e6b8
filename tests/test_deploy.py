"""Does what deploy/ holds really work, as far as it can be tried here?"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from service.settings import load
from tests.support.processes import Server, free_port, port_open, wait_until
from tests.support.serving import ROOT, Serving, environment

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Serving(tmp_path_factory.mktemp("serve"), "--no-writer") as service:
        yield service


# systemd


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_is_accepted_by_systemd(unit: Path, tmp_path: Path) -> None:
    """Only the program is exchanged, for one that is installed here."""
    text = unit.read_text("utf-8")
    copy = tmp_path / unit.name
    program = "/opt/typecho-search/bin/typecho-search"
    copy.write_text(text.replace(program, "/bin/true"), "utf-8")

    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
    )

    assert program in text
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_starts_a_command_that_exists(unit: Path) -> None:
    words = re.findall(r"^ExecStart=\S+ (.*)$", unit.read_text("utf-8"), re.M)[0]
    command, *flags = words.split()

    run = subprocess.run(
        [sys.executable, "-m", "service", command, "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert run.returncode == 0
    assert [flag for flag in flags if flag not in run.stdout] == []


def test_each_hardening_line_of_the_service_is_explained() -> None:
    """Every block of directives after [Service] begins with a comment."""
    text = (DEPLOY / "systemd" / "typecho-search.service").read_text("utf-8")
    lines = text.partition("# Memory and files")[2].partition("[Install]")[0]
    related = ("AmbientCapabilities", "SystemCallFilter=~", "SystemCallErrorNumber")
    unexplained, explained = [], True
    for line in lines.splitlines()[1:]:
        if line.startswith("#"):
            explained = True
        elif not line:
            explained = False
        elif not explained and not line.startswith(related):
            unexplained.append(line)

    assert unexplained == []


def test_writer_unit_is_hardened_as_much_as_the_service() -> None:
    def hardening(name: str) -> set[str]:
        text = (DEPLOY / "systemd" / name).read_text("utf-8")
        names = r"^((?:Protect|Private|Restrict|NoNew|Capab|Lock|System|Memory)\w+)="
        return set(re.findall(names, text, re.M))

    service = hardening("typecho-search.service")
    assert len(service) > 15
    assert service - hardening("typecho-search-writer.service") == set()


# nginx


@pytest.fixture(scope="module")
def proxied(
    running: Serving, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a real nginx that includes our snippet."""
    if not Path(NGINX).exists():
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    port = free_port()
    snippet = (DEPLOY / "nginx" / "typecho-search.conf").read_text("utf-8")
    buffers = re.findall(r"#\s+(large_client_header_buffers .*;)", snippet)[0]
    zone = re.findall(r"#\s+(limit_req_zone .*;)", snippet)[0]
    (folder / "snippet.conf").write_text(
        snippet.replace("127.0.0.1:7700", f"127.0.0.1:{running.port}"), "utf-8"
    )
    user = "user root;" if os.getuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"""{user} daemon off; worker_processes 1; pid {folder}/nginx.pid;
        error_log {folder}/error.log;
        events {{ worker_connections 64; }}
        http {{
            access_log {folder}/access.log;
            client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
            scgi_temp_path {folder}/s;
            {zone}
            server {{
                listen 127.0.0.1:{port};
                {buffers}
                include {folder}/snippet.conf;
            }}
        }}""",
        "utf-8",
    )
    test = subprocess.run(
        [NGINX, "-t", "-c", str(config)], capture_output=True, text=True
    )
    assert test.returncode == 0, test.stderr
    server = Server([NGINX, "-c", str(config)], log=folder / "nginx.log").start()
    wait_until(lambda: port_open(port), 15, "nginx")
    yield f"http://127.0.0.1:{port}"
    server.stop()


def test_page_is_found_under_the_path_of_the_proxy(proxied: str) -> None:
    answer = requests.get(f"{proxied}/search?q=", timeout=10)

    assert answer.url == f"{proxied}/search/"
    assert "试试" in answer.text


def test_files_of_the_page_are_found_through_the_proxy(proxied: str) -> None:
    html = requests.get(f"{proxied}/search/", timeout=10).text

    for name in re.findall(r'(?:href|src)="(static/[^"]+)"', html):
        assert requests.get(f"{proxied}/search/{name}", timeout=10).status_code == 200


def test_api_answers_through_the_proxy(proxied: str) -> None:
    answer = requests.get(f"{proxied}/search/api/search", {"q": "天象"}, timeout=10)

    assert answer.json()["total"] == 3


def test_long_query_passes_the_proxy(proxied: str) -> None:
    answer = requests.get(
        f"{proxied}/search/api/search", {"q": "木星与土星" * 1000}, timeout=30
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["nudge", "cids", "status"])
def test_signed_routes_are_closed_at_the_proxy(proxied: str, path: str) -> None:
    answer = requests.get(f"{proxied}/search/api/{path}", timeout=10)

    assert answer.status_code == 404
    assert "unauthorized" not in answer.text


def test_visitor_who_asks_too_often_is_slowed(proxied: str) -> None:
    statuses = [
        requests.get(f"{proxied}/search/healthz", timeout=10).status_code
        for _ in range(60)
    ]

    assert statuses[0] in (200, 429)
    assert 429 in statuses


# gunicorn, compose, env


def test_gunicorn_with_our_file_serves_the_same(tmp_path: Path) -> None:
    prepared = Serving(tmp_path, workers=1)
    server = Server(
        [sys.executable, "-m", "gunicorn", "-c", str(DEPLOY / "gunicorn.conf.py")],
        log=tmp_path / "gunicorn.log",
        cwd=tmp_path,
        env=environment(),
    ).start()
    try:
        wait_until(prepared.ready, 60, f"gunicorn ({tmp_path / 'gunicorn.log'})")
        answer = requests.get(f"{prepared.url}/api/search", {"q": "天象"}, timeout=10)
        assert answer.json()["total"] == 3
        assert answer.headers["Server"] == "gunicorn"
    finally:
        server.stop()


def test_example_environment_is_accepted(tmp_path: Path) -> None:
    text = (DEPLOY / "env.example").read_text("utf-8")
    environ = dict(re.findall(r"^#?(SEARCH_\w+)=(.*)$", text, re.M))
    for name in ("SEARCH_SOURCE_PASSWORD_FILE", "SEARCH_API_KEY_FILE"):
        file = tmp_path / name
        file.write_text("0123456789abcdef")
        environ[name] = str(file)

    found = load(environ=environ).settings

    assert found.source.startswith("mysql://")
    assert found.bind == "127.0.0.1:7700"


def test_compose_file_gives_the_service_settings_that_exist() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    environ = dict(re.findall(r"^\s+(SEARCH_\w+): \"?([^\"\n]*)\"?$", text, re.M))

    assert load(environ=environ).settings.public


def test_dockerfile_copies_only_what_exists() -> None:
    """Building it needs a registry, which tests do not have."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M)

    missing = [f for line in copies for f in line.split() if not (ROOT / f).exists()]
    assert copies
    assert missing == []
    assert re.search(r"^USER search$", text, re.M)


def test_healthcheck_of_the_image_sees_the_service(running: Serving) -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    line = re.findall(r"^\s+CMD (\[.*\])$", text, re.M)[0]
    python, flag, code = json.loads(line)
    there = code.replace("7700", str(running.port))

    assert python == "python"
    assert subprocess.run([sys.executable, flag, there]).returncode == 0
    gone = code.replace("7700", str(free_port()))
    run = subprocess.run([sys.executable, flag, gone], capture_output=True)
    assert run.returncode != 0


def compose() -> list[str]:
    """The command that reads compose files here; skips the test if there is none."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            run = subprocess.run([*command, "version"], capture_output=True)
            if run.returncode == 0:
                return command
    pytest.skip("docker compose is not installed: compose.yaml is unproved")


def test_compose_file_is_accepted_by_docker(tmp_path: Path) -> None:
    env = tmp_path / "env"
    example = (DEPLOY / "compose.env.example").read_text("utf-8")
    env.write_text(re.sub(r"=$", "=0123456789abcdef", example, flags=re.M))

    run = subprocess.run(
        [*compose(), "-f", str(DEPLOY / "compose.yaml"), "--env-file", str(env),
         "config", "--quiet"],
        capture_output=True,
        text=True,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
