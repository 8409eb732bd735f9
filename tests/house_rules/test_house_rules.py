"""Size, print, broad except, environment and docstring rules, over every syntax tree."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("schemas", "connectors", "agents", "api", "ui", "tests")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
SUPERVISORS = frozenset(
    {
        "agents/engine/loop.py",  # an unknown error ends the process, after saying so
        "connectors/cli/__main__.py",  # the command edge: people get a sentence
        "connectors/runner.py",  # one poller's fall must not stop the others
    }
)
ENVIRONMENT = frozenset({"schemas/settings.py"})
# Before Python 3.11.5 such a group keeps what its last, failed turn has read
# (github.com/python/cpython/issues/106052); an atomic group does not.
POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{{1,2}[\d,]+\}{1,2})\+")
READERS = ("agents/parsing/", "api/reading/")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        c is None or (isinstance(c, ast.Name) and c.id in {"Exception", "BaseException"})
        for c in caught
    )


def reads_environment(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def faults(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    found = []
    if len(text.splitlines()) > 500:
        found.append("longer than 500 lines")
    if not ast.get_docstring(tree):
        found.append("no module docstring")
    for function in functions(tree):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > 60:
            found.append(f"{function.name} has {length} lines, more than 60")
    product = not name(path).startswith("tests/")
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.ExceptHandler) and is_broad(node) and name(path) not in SUPERVISORS:
            found.append(f"line {line}: broad except outside the named supervisors")
        if product and reads_environment(node) and name(path) not in ENVIRONMENT:
            found.append(f"line {line}: environment read outside schemas/settings.py")
        called = node.func if isinstance(node, ast.Call) else None
        if product and isinstance(called, ast.Name) and called.id == "print":
            found.append(f"line {line}: print")
    return found


def plain_callbacks(tree: ast.AST) -> list[str]:
    """Callbacks of Dash that are not `async def`: they would block every request of a process."""
    return [
        function.name
        for function in functions(tree)
        if isinstance(function, ast.FunctionDef)
        and any(
            isinstance(one, ast.Call)
            and (one.func.id if isinstance(one.func, ast.Name) else "") == "callback"
            for one in function.decorator_list
        )
    ]


@pytest.mark.parametrize("path", [p for p in FILES if name(p).startswith(READERS)], ids=name)
def test_no_group_is_possessive(path: Path) -> None:
    assert POSSESSIVE_GROUP.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [p for p in FILES if name(p).startswith("ui/")], ids=name)
def test_callbacks_are_async(path: Path) -> None:
    assert plain_callbacks(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_a_plain_callback_is_found() -> None:
    assert plain_callbacks(ast.parse("@callback(Output())\ndef show(): ...")) == ["show"]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_file_keeps_the_house_rules(path: Path) -> None:
    assert faults(path) == []


def test_every_folder_is_a_package_with_a_map() -> None:
    folders = {path.parent for path in FILES}
    assert [name(f) for f in sorted(folders) if not (f / "__init__.py").exists()] == []
