"""Prints how many points there are of each function, and how many processes were killed at them."""

from __future__ import annotations

import pytest

from .ledger import ledger, table


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ledger:
        terminalreporter.section("killed at every point")
        terminalreporter.write("\n".join(table(ledger)) + "\n")
