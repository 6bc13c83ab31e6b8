"""Is the table in docs/settings.md the one that the program believes?

Writes it from `Settings`; with `--check` only says whether it would change.
"""

from __future__ import annotations

import sys
from pathlib import Path

from service.allowed import type_text
from service.settings import ENV_PREFIX, SECRETS, Settings, as_text

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
BEGIN, END = "<!-- table begins -->", "<!-- table ends -->"


def table() -> str:
    lines = ["| name | type | default | meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        value = as_text(Settings(), name)
        default = f"`{value}`" if value else "empty"
        lines.append(
            f"| `{name}` | {type_text(field)} | {default} | {field.description} |"
        )
    for name in SECRETS:
        lines.append(
            f"| `{name}_file` | path | empty | File that holds `{name}`; "
            f"the variable is `{ENV_PREFIX}{name.upper()}_FILE`. |"
        )
    return "\n".join(lines)


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
