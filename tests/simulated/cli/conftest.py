"""A terminal of its own for each test of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver.virtual_library import quick_folder

from .terminal import Terminal


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can enter."""
    with quick_folder() as made:
        yield made


@pytest.fixture
def terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A shell in which sim:demo is the library."""
    return Terminal(folder, capsys)
