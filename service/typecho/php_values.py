"""What did PHP's serialize() write here?

Reads scalars and arrays only: Typecho stores nothing else in the options we need,
and an object would be a reason for mistrust. Written by hand because the known
package (phpserialize) has had no release since 2012 and builds objects on request.
Format: https://www.phpinternalsbook.com/php5/classes_objects/serialization.html
"""

from __future__ import annotations

import re
from typing import TypeAlias

PhpValue: TypeAlias = "None | bool | int | float | str | dict[int | str, PhpValue]"
DEPTH_MAX = 20
_SCALAR = re.compile(rb"(?:N|([bid]):([-+.0-9A-Za-z]{1,40}));")
_SIZED = re.compile(rb"([sa]):([0-9]{1,9}):([\"{])")


def unserialize(data: bytes) -> PhpValue:
    """The value; raises ValueError with the byte offset of what is wrong."""
    value, end = _value(data, 0, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes left over at offset {end}")
    return value


def _value(data: bytes, at: int, depth: int) -> tuple[PhpValue, int]:
    if found := _SCALAR.match(data, at):
        return _scalar(found), found.end()
    found = _SIZED.match(data, at)
    if found is None or depth > DEPTH_MAX:
        raise ValueError(f"no scalar or array at offset {at}")
    kind, size = found[1], int(found[2])
    if (kind == b"s") != (found[3] == b'"'):
        raise ValueError(f"damaged length at offset {at}")
    if kind == b"a":
        return _array(data, found.end(), size, depth)
    end = found.end() + size
    if data[end : end + 2] != b'";':
        raise ValueError(f"string of {size} bytes does not end at offset {end}")
    return data[found.end() : end].decode("utf-8", "replace"), end + 2


def _array(
    data: bytes, at: int, size: int, depth: int
) -> tuple[dict[int | str, PhpValue], int]:
    array: dict[int | str, PhpValue] = {}
    for _ in range(size):
        key, at = _value(data, at, depth + 1)
        if not isinstance(key, int | str):
            raise ValueError(f"key is neither number nor string at offset {at}")
        array[key], at = _value(data, at, depth + 1)
    if data[at : at + 1] != b"}":
        raise ValueError(f"array of {size} does not end at offset {at}")
    return array, at + 1


def _scalar(found: re.Match[bytes]) -> PhpValue:
    kind, text = found[1], found[2]
    if kind is None:
        return None
    if kind == b"b":
        return text == b"1"
    return int(text) if kind == b"i" else float(text)
