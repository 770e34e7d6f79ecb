"""What holds for every test: under CI, one that is skipped has failed; what was tried is counted."""

import os
from pathlib import Path

import pytest
from figures import FIGURES, table

IN_CI = os.environ.get("CI") == "true"


def pytest_sessionfinish(session: pytest.Session) -> None:
    # -ra has named what was skipped.
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    file = os.environ.get("CHANGER_FIGURES")
    if file and FIGURES.sums:
        FIGURES.add_to(Path(file))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = list(table(FIGURES))
    if lines:
        terminalreporter.section("figures")
        terminalreporter.write("\n".join(lines) + "\n")
