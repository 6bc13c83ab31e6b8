"""What does a quoted text of SQL mean, and how far does it reach?

Escapes as https://dev.mysql.com/doc/refman/8.4/en/string-literals.html lists them. In
some charsets the second byte of a character may be 0x5c, which is then no backslash.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_REPLACED = tuple(
    ("\\" + sign, char) for sign, char in {**_ESCAPES, "'": "'", '"': '"'}.items()
)
_IN_BYTES = {
    **{sign.encode(): char.encode() for sign, char in _ESCAPES.items()},
    # Kept whole: they are meant for LIKE, not for us.
    b"%": rb"\%",
    b"_": rb"\_",
}
_OTHERS = re.compile(r"\\([^%_])", re.DOTALL)
_SECOND = rb"\x40-\x7e\x80-\xfe"


@lru_cache(maxsize=64)
def inside(quote: bytes, lead: bytes, escapes: bool) -> re.Pattern[bytes]:
    """Matches as much of the inside of a quoted text as is certainly inside.

    It stops at the closing quote and at whatever the end of the buffer may have cut
    in two. Bounded, for each repetition of a group costs memory in Python's matcher;
    and nothing follows the group, so the matcher never goes back.
    """
    special = quote + (rb"\\" if escapes else b"")
    arms = [quote * 2]
    if escapes:
        arms.append(rb"\\.")
    if lead and escapes:
        arms.append(b"[%s][%s]" % (lead, _SECOND))
        arms.append(b"[%s](?=[^%s])" % (lead, _SECOND))
        special += lead
    arms.insert(0, b"[^%s]+" % special)
    return re.compile(b"(?:%s){0,1000}" % b"|".join(arms), re.DOTALL)


def resolve(text: str, quote: str = "'", escapes: bool = True) -> str:
    """The decoded inside of a text with its escapes resolved."""
    text = text.replace(quote * 2, quote)
    if not escapes or "\\" not in text:
        return text
    # In a run of backslashes each pair from the left is one; what is left over
    # begins another escape, so after the split no backslash hides another.
    return "\\".join([_resolve_part(part) for part in text.split("\\\\")])


def _resolve_part(part: str) -> str:
    if "\\" in part:
        for written, meant in _REPLACED:
            part = part.replace(written, meant)
        if "\\" in part:
            part = _OTHERS.sub(r"\1", part)
    return part


def resolve_bytes(raw: bytes, quote: bytes, lead: bytes, escapes: bool) -> bytes:
    """The same before decoding, for what may not be text at all."""
    if not escapes:
        return raw.replace(quote * 2, quote)
    if b"\\" not in raw and quote not in raw:
        return raw
    return _pieces(quote, lead).sub(lambda piece: _meaning(piece[0], quote), raw)


@lru_cache(maxsize=64)
def _pieces(quote: bytes, lead: bytes) -> re.Pattern[bytes]:
    whole = b"[%s][%s]|" % (lead, _SECOND) if lead else b""
    return re.compile(whole + rb"\\.|" + quote * 2, re.DOTALL)


def _meaning(piece: bytes, quote: bytes) -> bytes:
    if piece == quote * 2:
        return quote
    if piece[:1] != b"\\":
        return piece
    return _IN_BYTES.get(piece[1:], piece[1:])
