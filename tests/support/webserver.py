"""The ways in which a blog's folder becomes a web site on 127.0.0.1."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Literal

import pytest

from tests.support.processes import Server, port_open, wait_until

WebServer = Literal["php -S and a router", "php -S alone", "nginx and php-fpm"]

ROUTER = r"""<?php
// Serve files that exist, let index.php answer everything else, as web servers do.
$prefix = getenv('BLOG_PREFIX');
$path = rawurldecode(explode('?', $_SERVER['REQUEST_URI'], 2)[0]);
if ($prefix !== '' && strpos($path, $prefix . '/') !== 0) {
    http_response_code(404);
    exit('outside of the blog');
}
$script = preg_match('{^(' . preg_quote($prefix) . '/[^?]*?\.php)(/|$)}', $path, $found)
    ? $found[1] : '';
if ($script === '' || $script === $prefix . '/index.php') {
    $file = $_SERVER['DOCUMENT_ROOT'] . $path;
    if ($script === '' && is_file($file)) {
        return false;
    }
    if ($script === '' && is_dir($file) && is_file(rtrim($file, '/') . '/index.php')
        && rtrim($path, '/') !== $prefix) {
        return false;
    }
    $_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $prefix . '/index.php';
    $_SERVER['SCRIPT_FILENAME'] = $_SERVER['DOCUMENT_ROOT'] . $prefix . '/index.php';
    chdir(dirname($_SERVER['SCRIPT_FILENAME']));
    require $_SERVER['SCRIPT_FILENAME'];
    return true;
}
return false;
"""
POOL = """[global]
error_log = {folder}/php-fpm.log
daemonize = no
[blog]
{user}listen = {folder}/php.sock
pm = static
pm.max_children = 4
catch_workers_output = yes
clear_env = yes
"""
# Rewriting and PATH_INFO as Typecho's own documentation gives them for nginx.
SITE = """{user}daemon off; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 64; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/n1; proxy_temp_path {folder}/n2;
    fastcgi_temp_path {folder}/n3; uwsgi_temp_path {folder}/n4;
    scgi_temp_path {folder}/n5;
    server {{
        listen 127.0.0.1:{port};
        root {docroot};
        index index.html index.php;
        if (!-e $request_filename) {{ rewrite ^(.*)$ {prefix}/index.php$1 last; }}
        location ~ .*\\.php(\\/.*)*$ {{
            include /etc/nginx/fastcgi_params;
            fastcgi_param HTTP_HOST $http_host;
            fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
            fastcgi_param PATH_INFO $fastcgi_path_info;
            fastcgi_param SCRIPT_NAME $fastcgi_script_name;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass unix:{folder}/php.sock;
        }}
    }}
}}
"""


def serve(
    kind: WebServer,
    folder: Path,
    docroot: Path,
    prefix: str,
    port: int,
    php: dict[str, str],
) -> list[Server]:
    """The running servers of a blog; `php` holds settings of PHP."""
    options = [f"-d{name}={value}" for name, value in php.items()]
    if kind == "nginx and php-fpm":
        started = _nginx(folder, docroot, prefix, port, options)
    else:
        started = [_php(kind, folder, docroot, prefix, port, options)]
    wait_until(lambda: port_open(port), 60, kind)
    return started


def _php(
    kind: WebServer,
    folder: Path,
    docroot: Path,
    prefix: str,
    port: int,
    options: list[str],
) -> Server:
    command = ["php", *options, "-S", f"127.0.0.1:{port}", "-t", str(docroot)]
    if kind == "php -S and a router":
        router = folder / "router.php"
        router.write_text(ROUTER, encoding="utf-8")
        command.append(str(router))
    # Typecho calls itself after publishing: one worker would wait for itself.
    env = {**os.environ, "PHP_CLI_SERVER_WORKERS": "4", "BLOG_PREFIX": prefix}
    return Server(command, log=folder / "php-server.log", env=env).start()


def _nginx(
    folder: Path, docroot: Path, prefix: str, port: int, options: list[str]
) -> list[Server]:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    fpm = next(
        (str(one) for one in sorted(Path("/usr/sbin").glob("php-fpm*"), reverse=True)),
        None,
    )
    if nginx is None or fpm is None:
        pytest.skip("nginx and php-fpm are not installed")
    root = os.getuid() == 0
    pool, site = folder / "php-fpm.conf", folder / "nginx.conf"
    pool.write_text(
        POOL.format(folder=folder, user="user = root\ngroup = root\n" if root else "")
    )
    site.write_text(
        SITE.format(
            folder=folder, docroot=docroot, prefix=prefix, port=port,
            user="user root; " if root else "",
        )
    )  # fmt: skip
    allow = ["-R"] if root else []
    socket = folder / "php.sock"
    php = Server(
        [fpm, *allow, *options, "-F", "-y", str(pool)], log=folder / "php-server.log"
    ).start()
    wait_until(socket.exists, 30, "php-fpm")
    return [php, Server([nginx, "-c", str(site)], log=folder / "nginx.log").start()]
