"""A terminal of its own for each test of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from .terminal import Terminal


@pytest.fixture
def terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A shell in which sim:demo is the library."""
    return Terminal(folder, capsys)
