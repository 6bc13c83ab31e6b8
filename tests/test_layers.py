"""Does every import go down, and does each library stay in its own folder?

The sentences checked here are those of docs/architecture.md, section "Layers".
Imports are read, not run, also those inside functions and `if TYPE_CHECKING`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "service"

LAYERS = {
    "cli": 5,
    "web": 5,
    "writer": 5,
    "__main__": 5,
    "indexer": 4,
    "searcher": 4,
    "typecho": 3,
    "index": 3,
    "nudges": 3,
    "state": 3,
    "text": 2,
    "settings": 1,
    "allowed": 1,
    "heap": 0,
    "locks": 1,
    "signing": 1,
    "model": 0,
    "errors": 0,
}
ADAPTERS = {"typecho", "index", "nudges", "state"}

HOMES = {
    "click": {"cli"},
    "flask": {"web"},
    "werkzeug": {"web"},
    "gunicorn": {"web"},
    "whoosh": {"index"},
    "sqlalchemy": {"typecho"},
    "pymysql": {"typecho"},
    "psycopg": {"typecho"},
    "requests": {"typecho"},
    "jieba": {"text"},
    "marisa_trie": {"text", "index"},
    "opencc": {"text"},
    "pypinyin": {"text"},
    "markdown_it": {"text"},
    "pydantic": {"settings", "allowed", "cli"},
}
"""Library -> the parts of the house that may import it. `cli` asks pydantic only
whether a value is a secret."""

FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(module: str) -> str:
    """`service.web.api` -> `web`; `service` itself -> `__init__`."""
    names = module.split(".")
    return names[1] if len(names) > 1 else "__init__"


def module_of(file: Path) -> str:
    names = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def imports(file: Path) -> Iterator[tuple[str, int]]:
    """Full name and line of everything that `file` imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: write the whole name"
            module = node.module or ""
            for alias in node.names:
                # `from service import signing` imports a module, not a value.
                both = f"{module}.{alias.name}"
                yield (both if module == "service" else module), node.lineno


def test_every_part_of_the_house_has_a_layer() -> None:
    parts = {part_of(module_of(file)) for file in FILES} - {"__init__"}

    assert parts - set(LAYERS) == set()


def test_no_import_goes_up() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {name}"
        for file in FILES
        if (here := part_of(module_of(file))) in LAYERS
        for name, line in imports(file)
        if name.startswith("service.") and LAYERS.get(part_of(name), 0) > LAYERS[here]
    ]

    assert wrong == []


def test_adapters_never_import_each_other() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {name}"
        for file in FILES
        if (here := part_of(module_of(file))) in ADAPTERS
        for name, line in imports(file)
        if name.startswith("service.") and part_of(name) in ADAPTERS - {here}
    ]

    assert wrong == []


@pytest.mark.parametrize("part", ["model", "errors"])
def test_words_import_nothing_of_ours(part: str) -> None:
    found = [name for name, _ in imports(PACKAGE / f"{part}.py")]

    assert [name for name in found if name.split(".")[0] == "service"] == []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_library_is_used_only_at_home(library: str) -> None:
    strangers = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in FILES
        for name, line in imports(file)
        if name.split(".")[0] == library
        and part_of(module_of(file)) not in HOMES[library]
    ]

    assert strangers == []


def test_environment_is_read_only_in_settings() -> None:
    readers = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in FILES
        if file.name != "settings.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "environb", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]

    assert readers == []


def test_no_module_works_when_it_is_imported() -> None:
    """Only names are bound at the top; calls stand alone in `__main__` only."""
    allowed = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.ClassDef,
        ast.Assign,
        ast.AnnAssign,
        ast.If,
    )
    working = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in FILES
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if not isinstance(node, allowed)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]

    assert working == []


def test_no_file_is_longer_than_300_lines() -> None:
    long = {
        str(file.relative_to(ROOT)): count
        for file in FILES
        if (count := len(file.read_text(encoding="utf-8").splitlines())) > 300
    }

    assert long == {}


def test_every_file_begins_with_the_question_it_answers() -> None:
    """A file without functions or classes only has to say what it is."""
    trees = {file: ast.parse(file.read_text("utf-8")) for file in FILES}
    silent = [
        str(file.relative_to(ROOT))
        for file, tree in trees.items()
        if "?" not in (ast.get_docstring(tree) or "")
        and any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in tree.body)
    ]

    assert silent == []
