"""What did the owner decide, and where did each value come from?

One typed, frozen object. Values come from `search.toml`, then from `SEARCH_*`
environment variables, which win; a secret `x` may also stand in a file named by
`x_file`. The fields below are the one table that `service config`, the docs and
the error hints read. This module is the only one that reads the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from service import allowed
from service.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_NAME = "search.toml"
SYSTEM_FILE = Path("/etc/typecho-search/search.toml")
ENV_PREFIX = "SEARCH_"
ENV_CONFIG = "SEARCH_CONFIG"
SECRETS = ("api_key", "source_password")
_SECRET_FILES = tuple(f"{name}_file" for name in SECRETS)
LIST_HINT = "remove it; docs/settings.md lists all names"


class Settings(BaseModel):
    """All settings; the description of a field is its documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    source: str = Field(
        "",
        description="Where the blog is read from: a dump file or a folder of dumps, "
        "an http(s) URL of a dump, mysql://user@host/db, postgresql://user@host/db, "
        "sqlite:///path, a Typecho backup (.dat), or export+https://blog (plugin).",
    )
    source_password: SecretStr = Field(
        SecretStr(""), description="Password of the database user in `source`."
    )
    table_prefix: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_-]*$",
        description="Table prefix of the blog; empty finds it.",
    )
    site_url: Annotated[str, AfterValidator(allowed.site_url)] = Field(
        "",
        description="Address of the blog; empty takes it from the blog's options. "
        "Needed for a .dat backup, which holds no options.",
    )
    permalink: Annotated[str, AfterValidator(allowed.permalink)] = Field(
        "",
        description="Pattern of post addresses such as /archives/{cid}/; empty takes "
        "it from the blog's options.",
    )
    timezone_s: int | None = Field(
        None,
        description="Offset of the blog's local time from UTC, in seconds; empty "
        "takes it from the blog's options.",
    )
    tls_ca: Path | None = Field(
        None, description="CA certificate that the database server must present."
    )
    tls_cert: Path | None = Field(None, description="Client certificate (database).")
    tls_key: Path | None = Field(None, description="Client key (database).")
    tls_verify: bool = Field(
        True, description="Check the database server's host name when `tls_ca` is set."
    )
    data_dir: Path = Field(
        Path("data"),
        description="Folder for the index, the nudges and jieba's words; the service "
        "must be able to write here, nobody else needs to.",
    )
    include_pages: bool = Field(True, description="Index pages besides posts.")
    include_comments: bool = Field(
        True, description="Search approved comments, under their post."
    )
    dictionary_file: Path | None = Field(
        None, description="The site's own words for jieba, one a line, UTF-8."
    )
    synonyms_file: Path | None = Field(
        None,
        description="Words that mean the same, comma-separated, one group a line.",
    )
    recency: bool = Field(
        True, description="Let newer posts win between nearly equal ones."
    )
    sync_interval_s: int = Field(
        300, ge=5, le=86400, description="Seconds between two looks at the source."
    )
    download_max_mb: int = Field(
        2048, ge=1, description="Largest dump or export taken over HTTP, in MB."
    )
    http_connect_timeout_s: float = Field(
        5.0, gt=0, description="Seconds to wait for an HTTP connection."
    )
    http_read_timeout_s: float = Field(
        60.0, gt=0, description="Seconds to wait between two parts of an answer."
    )
    bind: Annotated[str, AfterValidator(allowed.bind)] = Field(
        "127.0.0.1:7700",
        description="Address of the service: host:port or unix:/path/to/socket.",
    )
    workers: int = Field(2, ge=1, le=64, description="Web processes.")
    api_key: SecretStr = Field(
        SecretStr(""),
        description="Key shared with the plugin, at least 16 characters; signs every "
        "request between blog and service.",
    )
    public: bool = Field(
        False,
        description="Let anyone read search results without a signature: the search "
        "page, /api/search and /api/related.",
    )
    query_max_chars: int = Field(
        5000, ge=50, description="A longer query is cut here, in characters."
    )
    per_page_max: int = Field(50, ge=1, le=200, description="Most hits on one page.")
    cids_max: int = Field(
        1000, ge=1, le=10000, description="Most cids given to the plugin."
    )
    cache_mb: int = Field(
        16, ge=1, description="MB for decoded postings, shared out to web processes."
    )
    build_processes: int = Field(
        0,
        ge=0,
        le=64,
        description="Processes that cut words in a reindex; 0: all cores.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged; queries appear at debug only."
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings and, for each name, where its value came from."""

    settings: Settings
    origins: Mapping[str, str]
    file: Path | None


def load(
    config: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Loaded:
    """The settings of this process.

    `overrides` are command-line options and win over everything. Raises
    `ConfigError` for a missing `config`, bad TOML, an unknown name or a bad value.
    """
    environ = os.environ if environ is None else environ
    file = _find_file(config, environ)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}

    if file is not None:
        for name, value in _read_toml(file).items():
            _take(values, origins, name, value, str(file), base=file.parent)
    for key, text in sorted(environ.items()):
        if key.startswith(ENV_PREFIX) and key != ENV_CONFIG:
            name = key[len(ENV_PREFIX) :].lower()
            _take(values, origins, name, text, f"environment {key}")
    for name, value in (overrides or {}).items():
        if value is not None:
            _take(values, origins, name, value, "command line")

    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise allowed.bad_value(error, Settings.model_fields, origins) from None
    _check(settings)
    return Loaded(
        settings,
        {name: origins.get(name, "default") for name in Settings.model_fields},
        file,
    )


def as_text(settings: Settings, name: str) -> str:
    """The value of one setting for people; secrets are redacted."""
    value = getattr(settings, name)
    if isinstance(value, SecretStr):
        return allowed.REDACTED if value.get_secret_value() else ""
    if name == "source":
        return allowed.without_secrets(settings.source)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _find_file(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    chosen = config or (Path(p) if (p := environ.get(ENV_CONFIG)) else None)
    if chosen is not None:
        if not chosen.is_file():
            raise ConfigError(
                f"no settings file at {chosen}",
                "check the path given by --config or SEARCH_CONFIG",
            )
        return chosen
    # `su www` may stand in a folder that www may not look into: that is no file.
    found = (p for p in (Path(FILE_NAME), SYSTEM_FILE) if os.path.isfile(p))
    return next(found, None)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        return table
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read {file}: {error}",
            'write one `name = value` a line; texts stand in "quotes"',
        ) from error
    except OSError as error:
        raise ConfigError(
            f"cannot read {file}: {error.strerror}",
            "let the service's user read it, for example: chmod 640, chown root:GROUP",
        ) from error


def _take(
    values: dict[str, Any],
    origins: dict[str, str],
    name: str,
    value: Any,
    origin: str,
    base: Path | None = None,
) -> None:
    """Put one value in; a `*_file` secret is read; relative paths follow the file."""
    if name in _SECRET_FILES:
        secret = name.removesuffix("_file")
        path = Path(str(value))
        values[secret] = _read_secret(base / path if base else path, name)
        origins[secret] = f"{origin} ({name})"
        return
    if name not in Settings.model_fields:
        raise ConfigError(
            f"unknown setting {name!r} in {origin}", nearest(name) or LIST_HINT
        )
    annotation = str(Settings.model_fields[name].annotation)
    if value == "" and "None" in annotation:
        value = None
    if base is not None and isinstance(value, str) and value:
        if "Path" in annotation:
            value = base / value
        elif name == "source" and "://" not in value:
            value = str(base / value)
    values[name] = value
    origins[name] = origin


def _read_secret(path: Path, name: str) -> str:
    # Going on without the secret would look like a wrong key much later.
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(
            f"cannot read {name} {path}: {reason}",
            "create the file and let the service's user read it",
        ) from error
    if not secret:
        raise ConfigError(f"{name} {path} is empty", "write the secret into it")
    return secret


def nearest(name: str) -> str:
    """A hint with the known name that was probably meant; "" if none is near."""
    return allowed.nearest(name, (*Settings.model_fields, *_SECRET_FILES))


def _check(settings: Settings) -> None:
    key = settings.api_key.get_secret_value()
    if key and len(key) < 16:
        raise ConfigError(
            f"api_key has {len(key)} characters, needs at least 16",
            "copy the key from the plugin's settings page",
        )
