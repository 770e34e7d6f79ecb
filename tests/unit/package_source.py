"""The source of the package, parsed: its modules, what they import, what they call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "changer"


@dataclass(frozen=True)
class Import:
    """One imported module, and whether importing the importer imports it at once."""

    importer: str
    module: str
    at_once: bool
    line: int

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}: {self.module}"


@cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = ("changer", *file.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = ast.parse(file.read_text(), str(file))
    return found


@cache
def is_in(module: str, places: tuple[str, ...]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


@cache
def imports() -> list[Import]:
    return [each for name, tree in modules().items() for each in _imports(name, tree, at_once=True)]


def _imports(importer: str, node: ast.AST, *, at_once: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        names: list[str] = []
        if isinstance(child, ast.Import):
            names = [each.name for each in child.names]
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0 and child.module, "imports are absolute"
            inner = [f"{child.module}.{each.name}" for each in child.names]
            names = [each if each in modules() else child.module for each in inner]
        for each in names:
            yield Import(importer, each, at_once, child.lineno)  # type: ignore[attr-defined]
        later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (
            isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        )
        yield from _imports(importer, child, at_once=at_once and not later)


@cache
def own_imports() -> list[Import]:
    return [each for each in imports() if is_in(each.module, ("changer",))]


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    return [(name, node) for name, tree in modules().items() for node in ast.walk(tree)]


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """Every call: the module that it is in, what is called, as it is written, and the call."""
    return [
        (module, ast.unparse(node.func), node)
        for module, node in nodes()
        if isinstance(node, ast.Call)
    ]


def written(node: ast.Attribute) -> str:
    """A name and its attribute."""
    return f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""


def where(module: str, node: ast.AST) -> str:
    return f"{module}, line {getattr(node, 'lineno', 0)}: {ast.unparse(node)}"
