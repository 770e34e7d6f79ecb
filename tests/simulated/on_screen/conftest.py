"""A terminal of its own for each test of top."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.terminal import Terminal


@pytest.fixture
def terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A shell in which sim:it is the library, of the demo profile."""
    terminal = Terminal(folder, capsys)
    terminal.create("it", "demo", drive_load_seconds=0.1)
    terminal.variables["CHANGER"] = "sim:it"
    return terminal
