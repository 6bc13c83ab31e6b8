"""Is the table in docs/settings.md the one that the program believes?

Writes it from `Settings`; with `--check` only says whether it would change.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import SecretStr

from service.settings import ENV_PREFIX, SECRETS, Settings, as_text

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
BEGIN, END = "<!-- table begins -->", "<!-- table ends -->"
TYPES = {
    "bool": "true or false",
    "float": "number",
    "int": "whole number",
    "Path": "path",
    "SecretStr": "secret",
    "str": "text",
}


def table() -> str:
    lines = ["| name | type | default | meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        value = as_text(Settings(), name)
        default = f"`{value}`" if value else "empty"
        lines.append(
            f"| `{name}` | {type_text(name)} | {default} | {field.description} |"
        )
    for name in SECRETS:
        lines.append(
            f"| `{name}_file` | path | empty | File that holds `{name}`; "
            f"the variable is `{ENV_PREFIX}{name.upper()}_FILE`. |"
        )
    return "\n".join(lines)


def type_text(name: str) -> str:
    """The type of a setting in words, with its limits."""
    field = Settings.model_fields[name]
    if isinstance(field.default, SecretStr):
        return TYPES["SecretStr"]
    shown = str(getattr(field.annotation, "__name__", field.annotation))
    if shown == "Literal":
        choices = getattr(field.annotation, "__args__", ())
        return ", ".join(f"`{choice}`" for choice in choices)
    word = next((text for key, text in TYPES.items() if key in shown), "text")
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    if low is not None and high is not None:
        return f"{word}, {low} to {high}"
    return word if low is None else f"{word}, from {low}"


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    wanted = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if "--check" in sys.argv[1:]:
        if page != wanted:
            print(f"{PAGE.name} is out of date: run make docs", file=sys.stderr)
        return int(page != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
