"""What holds for every test: under CI, one that is skipped has failed."""

import os

import pytest

IN_CI = os.environ.get("CI") == "true"


def pytest_sessionfinish(session: pytest.Session) -> None:
    # -ra has named what was skipped.
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
