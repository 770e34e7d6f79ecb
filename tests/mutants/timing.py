"""A plugin of pytest for the measuring: how long each test takes, and coverage in its programs."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

_SECONDS: defaultdict[str, float] = defaultdict(float)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    # Not before: else the processes of the run would measure twice.
    os.environ["COVERAGE_PROCESS_START"] = os.environ["MUTANTS_COVERAGE"]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _SECONDS[report.nodeid] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workeroutput"):
        lines = (f"{json.dumps([name, round(seconds, 3)])}\n" for name, seconds in _SECONDS.items())
        Path(os.environ["MUTANTS_SECONDS"]).write_text("".join(lines))
