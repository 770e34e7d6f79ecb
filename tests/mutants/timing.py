"""A plugin of pytest for the measuring: how long each test takes, and which lines it runs."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest
from coverage import Coverage

_SECONDS: defaultdict[str, float] = defaultdict(float)
_FAILED: set[str] = set()
_COVERAGE = Coverage(config_file=os.environ["MUTANTS_COVERAGE"], data_suffix=True)


def pytest_configure() -> None:
    _COVERAGE.start()


def pytest_runtest_logstart(nodeid: str) -> None:
    _COVERAGE.switch_context(nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Programs are measured, too; not before: else the processes of the run would measure twice."""
    if item.get_closest_marker("unmeasured"):
        os.environ.pop("COVERAGE_PROCESS_START", None)
    else:
        os.environ["COVERAGE_PROCESS_START"] = os.environ["MUTANTS_COVERAGE"]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _SECONDS[report.nodeid] += report.duration
    if report.failed:
        _FAILED.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    _COVERAGE.stop()
    _COVERAGE.save()
    if not hasattr(session.config, "workeroutput"):
        # Of one that fails without a change nothing can be told.
        passed = [(name, seconds) for name, seconds in _SECONDS.items() if name not in _FAILED]
        lines = (f"{json.dumps([name, round(seconds, 3)])}\n" for name, seconds in passed)
        Path(os.environ["MUTANTS_SECONDS"]).write_text("".join(lines))
