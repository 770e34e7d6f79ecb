"""Where the program can be changed, and how: mutants, made by the operators of cosmic-ray.

Those of ``Taken`` are our own: each takes one statement away that stands there for safety.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

Position = tuple[int, int]

# Rooms that show, imitate or name things have no statements of safety.
NOT_FOR_SAFETY = ("cli", "simulator", "tcmu", "errors", "printable")
# Calls for the sake of words, or of what a list or a file holds: the latter are tried at random.
_NO_CHECKS = ("progress", "debug", "info", "print", "write", "append", "extend", "add", "update")
_SIGNATURES = ("parameters", "lambdef")
# They need arguments, do nothing, or change ``==`` to ``is`` and such.
_LEFT_OUT = ("VariableReplacer", "VariableInserter", "NoOp", "Eq_Is", "NotEq_IsNot", "Is_Eq")


class Operator(Protocol):
    """As cosmic-ray has them."""

    def mutation_positions(self, node: Any) -> Iterable[tuple[Position, Position]]:
        """Where it can change this node; one position for each way to change it."""

    def mutate(self, node: Any, index: int) -> Any:
        """The node that stands there instead."""


@dataclass(frozen=True)
class Mutant:
    """One change of one module. ``occurrence``: which of those that the operator can make."""

    module: str
    source: str
    operator: str
    occurrence: int
    line: int

    @property
    def room(self) -> str:
        """A folder of the package, or a module at its top."""
        return self.module.split("/")[1].removesuffix(".py")

    @property
    def changed(self) -> str | None:
        """The module's text with the change; None if that is no Python."""
        operator = Taken() if self.operator == Taken.__name__ else get_operator(self.operator)()
        try:
            text: str | None = mutate_code(self.source, operator, self.occurrence)
            compile(text or "", self.module, "exec")
        except (SyntaxError, AttributeError):  # it can't replace ``*NAMES`` in an ``except``
            return None
        return None if text == self.source else text

    @property
    def diff(self) -> list[str]:
        before, after = self.source.splitlines(), (self.changed or "").splitlines()
        names = (f"a/{self.module}", f"b/{self.module}")
        return list(difflib.unified_diff(before, after, *names, lineterm="", n=2))


class Taken:
    """Takes away a ``raise``, a call that is made for its effect alone, or what ``with`` holds."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Position, Position]]:
        if _is_for_safety(node):
            yield (node.start_pos, node.end_pos)

    def mutate(self, node: Any, index: int) -> Any:
        is_with = node.type == "with_stmt"
        replaced = node.children[1] if is_with else node
        text = '__import__("contextlib").nullcontext()' if is_with else "pass"
        nothing: Any = get_ast(text).children[0]
        nothing.get_first_leaf().prefix = replaced.get_first_leaf().prefix
        if not is_with:
            return nothing
        node.children[1] = nothing
        return node


def _is_for_safety(node: Any) -> bool:
    if node.type == "with_stmt":
        held = node.children[1]
        return held.type != "with_item" and "suppress" not in held.get_code()
    if node.parent is None or node.parent.type != "simple_stmt":
        return False
    if node.type in ("raise_stmt", "keyword"):
        return bool(node.get_first_leaf().value == "raise")
    if node.type != "atom_expr" or node.children[-1].type != "trailer":
        return False
    called = node.children[-2] if len(node.children) > 1 else node
    return called.get_code().strip(" .\n") not in _NO_CHECKS


def safety_sites(module: str, source: str) -> Sequence[Sequence[Mutant]]:
    """Each statement of the module that can be taken away."""
    return [(each,) for each in _found(module, source, {Taken.__name__: Taken()})]


def random_sites(module: str, source: str) -> Sequence[Sequence[Mutant]]:
    """All other changes, by the place that is changed."""
    operators = {
        name: get_operator(name)()
        for name in operator_names()
        if not any(each in name for each in _LEFT_OUT)
    }
    found = sorted(_found(module, source, operators), key=lambda each: each.line)
    return [list(group) for _, group in groupby(found, key=lambda each: each.line)]


def _found(module: str, source: str, operators: dict[str, Operator]) -> list[Mutant]:
    unseen = list(_unseen(ast.parse(source)))
    counts = dict.fromkeys(operators, 0)
    found = []
    for node in ast_nodes(get_ast(source)):
        for name, operator in operators.items():
            for start, _ in operator.mutation_positions(node):
                is_seen = not any(first <= start < last for first, last in unseen)
                if is_seen and not _marks_keywords(node):
                    found.append(Mutant(module, source, name, counts[name], start[0]))
                counts[name] += 1
    return found


def _marks_keywords(node: Any) -> bool:
    """Whether it is the ``*`` before arguments that are passed by keyword, as all callers do."""
    return bool(node.type == "operator" and node.value == "*" and node.parent.type in _SIGNATURES)


def _is_unseen(decorator: str) -> bool:
    return any(word in decorator for word in ("dataclass", "abstractmethod", "cache"))


def _unseen(tree: ast.AST) -> Iterator[tuple[Position, Position]]:
    """Where types stand, what keeps fields and results, and how long is waited.

    No test is about these: none looks at the clock.
    """
    for node in ast.walk(tree):
        each: ast.AST | None
        parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            parts += [each for each in node.decorator_list if _is_unseen(ast.unparse(each))]
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            parts.append(node)
        if isinstance(node, ast.Assign) and "_SECONDS" in ast.unparse(node.targets[0]):
            parts.append(node.value)
        for each in parts:
            if isinstance(each, ast.expr | ast.stmt) and each.end_lineno and each.end_col_offset:
                start = each.col_offset - (each in getattr(node, "decorator_list", ()))
                yield (each.lineno, start), (each.end_lineno, each.end_col_offset)
