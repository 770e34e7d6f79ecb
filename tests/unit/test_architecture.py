"""docs/development/architecture.md is true of the code: its spine, its files, its tables."""

from __future__ import annotations

import re

import pytest
from package_source import PACKAGE
from test_structure import ROOMS

ROOT = PACKAGE.parent
PAGE = (ROOT / "docs/development/architecture.md").read_text()


def test_the_spine_is_the_codes() -> None:
    drawn = re.search(r"## The spine\n(.*?)\n## ", PAGE, re.DOTALL)
    assert drawn is not None
    rooms = re.findall(r"^(\w+)  ", drawn[1], re.MULTILINE)
    assert [f"changer.{each}" for each in reversed(rooms)] == [
        each for each in ROOMS if each.count(".") == 1
    ]


def test_every_file_that_is_named_exists() -> None:
    named = re.findall(r"`([\w./]+/[\w.]*)`", PAGE)
    assert len(named) > 20
    missing = [each for each in named if not ((ROOT / each).exists() or (PACKAGE / each).exists())]
    assert missing == []


@pytest.mark.parametrize(
    ("table", "file"), re.findall(r"`([A-Z_]+)`, `(changer/[\w/]+\.py)`", PAGE)
)
def test_every_table_is_where_it_is_said_to_be(table: str, file: str) -> None:
    assert re.search(rf"^{table}\b.*=", (ROOT / file).read_text(), re.MULTILINE)
