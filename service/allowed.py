"""Which values may a setting have, and what of it may be shown?

Pure functions on texts: `settings` says which field uses which. They are as strict as
is needed to fail at once and by name instead of late and elsewhere.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Literal, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from service.errors import ConfigError

REDACTED = "<redacted>"
PLACES = ("cid", "slug", "category", "directory", "year", "month", "day")
"""What the pattern of a post's address may hold; see `typecho.permalink`."""
TYPES = {
    "bool": "true or false",
    "float": "number",
    "int": "whole number",
    "Path": "path",
    "SecretStr": "secret",
    "str": "text",
}
_PLACE = re.compile(r"[\[{]([A-Za-z0-9_-]*)[^\]}]*[\]}]")
# SQLAlchemy and browsers agree: the last @ ends the password. In a database's address
# it may hold a slash.
_PASSWORD = re.compile(r"(://[^:/?#@]*:).*@", re.DOTALL)
_WEB_PASSWORD = re.compile(r"(://[^:/?#@]*:)[^/?#]*@")
_DATABASE_QUERY = re.compile(r"([?&](?:password|passwd)=)[^&]*")


def bind(value: str) -> str:
    """An address to listen on, as gunicorn takes it."""
    if value.startswith(("unix:/", "fd://")):
        return value
    host, colon, port = value.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("should be host:port or unix:/path/to/socket")
    if ":" in host and not bracketed:
        raise ValueError("should have brackets around IPv6, as [::1]:7700")
    return value


def site_url(value: str) -> str:
    """Empty, or where every address of the blog begins."""
    value = value.strip()
    if value and not (value.startswith(("http://", "https://")) and _host(value)):
        raise ValueError("should begin with https:// or http:// and name a host")
    return value


def permalink(value: str) -> str:
    """Empty, or a pattern that gives each post an address of its own."""
    names = _PLACE.findall(value)
    if unknown := [name for name in names if name not in PLACES]:
        known = ", ".join(f"{{{name}}}" for name in PLACES)
        raise ValueError(f"{{{unknown[0]}}} is none of {known}")
    if value and not {"cid", "slug"} & set(names):
        raise ValueError("should hold {cid} or {slug}")
    return value


def without_secrets(source: str) -> str:
    """The address of a source without password, key or token.

    Of a web address the whole query goes: nobody knows what is secret in it.
    """
    scheme, colon, _ = source.partition("://")
    if not colon:
        return source
    if scheme.removeprefix("export+") in ("http", "https"):
        shown = _WEB_PASSWORD.sub(rf"\1{REDACTED}@", source)
        path, mark, _ = shown.partition("?")
        return path + (mark + REDACTED if mark else "")
    before, mark, query = source.partition("?")
    if "@" in query:  # a question mark within the password
        before, mark, query = source, "", ""
    shown = _PASSWORD.sub(rf"\1{REDACTED}@", before)
    return shown + _DATABASE_QUERY.sub(rf"\1{REDACTED}", mark + query)


def type_text(field: FieldInfo) -> str:
    """The type of a setting in words, with its limits."""
    if isinstance(field.default, SecretStr):
        return TYPES["SecretStr"]
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    shown = str(getattr(field.annotation, "__name__", field.annotation))
    word = next((text for key, text in TYPES.items() if key in shown), "text")
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    if low is not None and high is not None:
        return f"{word}, {low} to {high}"
    return word if low is None else f"{word}, from {low}"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint with the known name that was probably meant; "" if none is near."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else ""


def bad_value(
    error: ValidationError, fields: Mapping[str, FieldInfo], origins: Mapping[str, str]
) -> ConfigError:
    """pydantic's first complaint in our words; the value is named, unless secret."""
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    said = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    said = said[:1].lower() + said[1:]
    if not isinstance(fields[name].default, SecretStr):
        said += f", not {without_secrets(str(first['input']))[:80]!r}"
    return ConfigError(
        f"bad value for {name} in {origins.get(name, 'settings')}: {said}",
        _hint(fields[name]),
    )


def _hint(field: FieldInfo) -> str:
    """What to write instead: `give a whole number, 1 to 64: web processes`."""
    kind, meaning = type_text(field), (field.description or "").removesuffix(".")
    if kind.startswith("`"):
        kind = f"one of {kind}".replace("`", "")
    elif kind != TYPES["bool"]:
        kind = f"a {kind}"
    return f"give {kind}: {meaning[:1].lower()}{meaning[1:]}"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
