"""Processes that share one list of tests run each of them once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]

# The first process that gets here waits until the other one has had its share.
MODULE = """
import pytest
from pathlib import Path
from waiting import wait_until

OTHERS = Path({others!r})


@pytest.fixture(scope="module")
def made():
    yield
    print("unmade {number}")


@pytest.mark.parametrize("time", range(2))
def test_module(made, time):
    if {number} == 0:
        wait_until(OTHERS.exists)
    elif {number} == 4:
        OTHERS.touch()
"""


def run(folder: Path, queue: Path, *options: str) -> subprocess.Popen[str]:
    unused = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist"]
    settings = ["-c", str(TESTS.parent / "pyproject.toml"), *unused, "-p", "conftest", "-v", "-s"]
    # It is no process of a run with several, which would deal its tests in another order.
    surroundings = {name: it for name, it in os.environ.items() if "XDIST" not in name}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *settings, *options, str(folder)],
        cwd=TESTS.parent,
        env={**surroundings, "PYTHONPATH": str(TESTS), "CHANGER_TEST_QUEUE": str(queue)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_each_module_is_run_by_one_process_and_one_that_waits_holds_none_up(tmp_path: Path) -> None:
    queue, folder = tmp_path / "queue", tmp_path / "tests"
    queue.mkdir()
    folder.mkdir()
    for number in range(5):
        text = MODULE.format(number=number, others=str(tmp_path / "others"))
        (folder / f"test_number_{number}.py").write_text(text)
    processes = [run(folder, queue) for _ in range(2)]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    passed = [re.findall(r"number_(\d)\.py::test_module\[(\d)\].*\s?PASSED", it) for it in outputs]
    everything = [(str(number), str(time)) for number in range(5) for time in range(2)]
    assert sorted(passed[0] + passed[1]) == everything, outputs
    for output, each in zip(outputs, passed, strict=True):
        assert sorted(re.findall(r"unmade (\d)", output)) == sorted({number for number, _ in each})
    assert "no tests ran" in run(folder, queue).communicate()[0], "each of them was taken"
