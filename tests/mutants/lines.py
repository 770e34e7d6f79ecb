"""Lines of a module's text: which belong together, and which of another text they were."""

from __future__ import annotations

import ast
import difflib
from functools import cache


@cache
def lines_of_functions(source: str) -> frozenset[str]:
    """The numbers of the lines in the bodies of functions: as text, as they are kept."""
    functions = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return frozenset(
        str(line)
        for node in functions
        for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)
    )


def lines_of_statement(source: str, line: int) -> list[str]:
    """The numbers of the lines that a statement has around this one, without its body."""
    statements = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt))
    around = [each for each in statements if each.lineno <= line <= (each.end_lineno or 0)]
    innermost = max(around, key=lambda each: each.lineno)
    body = getattr(innermost, "body", None)
    end = body[0].lineno - 1 if body else innermost.end_lineno or line
    return [str(each) for each in range(innermost.lineno, end + 1)]


def line_before(old: list[str], new: list[str], line: int) -> int:
    """The line that stood in the old text where this one stands in the new."""
    if old == new:
        return line
    for tag, old_start, old_end, new_start, new_end in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if new_start < line <= new_end:
            offset = line - new_start if tag == "equal" else 1
            return min(old_start + offset, max(old_end, old_start + 1))
    return line
