"""A test that hangs fails with its stack, and takes no other test's result with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
HANGING = """
import time
import conftest
import pytest
from changer.host import interrupts

conftest.GRACE_SECONDS = 0.5


@pytest.mark.timeout(0.5)
def test_that_hangs():
    time.sleep(600)


@pytest.mark.timeout(0.5)
def test_that_hangs_and_holds_signals():
    with interrupts.held():
        while True:
            time.sleep(600)


@pytest.mark.parametrize("number", range(3))
def test_that_ends(number):
    pass
"""


def test_test_that_hangs_is_shown_and_ended_and_the_others_have_their_results(
    tmp_path: Path,
) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING)
    unused = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    options = [*unused, "-p", "conftest", "-n", "1", "-rA"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", TESTS.parent / "pyproject.toml", *options, tmp_path],
        cwd=TESTS.parent,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 failed, 3 passed" in run.stdout, run.stdout + run.stderr
    assert "Timeout (>0.5s) from pytest-timeout" in run.stdout
    assert run.stdout.count("PASSED") == 3
    assert "in test_that_hangs_and_holds_signals" in run.stderr
