"""Prints how many points there are of each function, and how many processes were killed at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver.virtual_library import quick_folder

from .killing import ledger
from .listing import table


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can enter."""
    with quick_folder() as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ledger:
        terminalreporter.section("killed at every point")
        terminalreporter.write("\n".join(table(ledger)) + "\n")
