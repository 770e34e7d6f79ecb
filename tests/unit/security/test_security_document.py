"""Each test that docs/security.md relies on exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
DOCUMENT = REPOSITORY / "docs/security.md"


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/\S+?\.py)::(test_\w+)`", DOCUMENT.read_text())
    assert len(named) > 40, "or this finds nothing any more"
    missing = [f"{file}::{name}" for file, name in named if name not in names_in(REPOSITORY / file)]
    assert missing == []


def test_the_readme_leads_here() -> None:
    assert "(docs/security.md)" in (REPOSITORY / "README.md").read_text()


def names_in(file: Path) -> set[str]:
    return {
        node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)
    }
