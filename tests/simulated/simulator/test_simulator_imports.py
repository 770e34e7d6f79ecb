"""The simulator shares nothing with the parsers that it is there to test."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import changer.simulator

MODULES = sorted(Path(changer.simulator.__path__[0]).glob("*.py"))
ALLOWED = ("changer.simulator", "changer.smc.command", "changer.errors", "changer.host.clock")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_what_a_module_imports(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            imported = [node.module or ""]
        elif isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        else:
            continue
        for name in imported:
            assert name.startswith(ALLOWED) or name.split(".")[0] in sys.stdlib_module_names
