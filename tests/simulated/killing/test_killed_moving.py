"""Killed by SIGKILL while the robot moves, which carries on; and what comes next meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import forked_program
import pytest
from driver.virtual_library import MOVE_MEDIUM, NAME, VirtualLibrary

from changer.errors import RecoveryNeeded
from changer.host.clock import SystemClock
from changer.simulator.catalogue import changing
from changer.simulator.description import Description, describe
from changer.simulator.fault import Left

from .points import COARSE
from .scenario import Scenario, with_fault
from .slow_robot import FUNCTIONS, LIBRARIES, SlowRobot, judge, slow

pytestmark = pytest.mark.sweep

PROGRAM = Path(sys.executable).with_name("changer")
TAG = "A00001L8"


@pytest.mark.parametrize("late", [False, True], ids=["", "late"])
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("scenario", FUNCTIONS, ids=lambda each: each.name.replace(" ", "-"))
def test_killed_while_the_robot_moves(
    folder: Path, scenario: Scenario, library: str, late: bool
) -> None:
    robot = SlowRobot(slow(scenario, library), folder)
    for motion in range(1, robot.motions + 1):
        for stage in [Left.AT_SOURCE] if late else Left:
            after = f" after {motion - 1}" if motion > 1 else ""
            robot.begin_again(*[f"move-late 10m{after}"] * late)
            robot.die_in(motion, stage, seconds_earlier=300 if late else 0)
            judge(robot)


# Killed while it looks for the cartridge of a move whose reply was lost


@pytest.mark.parametrize(
    ("name", "fault"), [("exchange", "reply-lost at-source"), ("load", "reply-lost in-transport")]
)
def test_killed_while_it_looks_is_recovered(folder: Path, name: str, fault: str) -> None:
    scenario = next(each for each in FUNCTIONS if each.name == name)
    looking = with_fault(slow(scenario, "answers"), fault)
    killing, beginning = looking.prepare(folder / "library")
    for killed in killing.killed(COARSE):
        looking.aftermath(killed, beginning).recover()
        killed.count_run()


# The program itself


class SlowLibrary(VirtualLibrary):
    """Its robot takes a minute, of which a test leaves some out; commands are processes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, **LIBRARIES["answers"], move_seconds=60)

    @contextmanager
    def started(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        with forked_program.Popen(
            (PROGRAM, "--library", f"sim:{NAME}", "--state", self.state, *words),
            env={"PATH": os.environ["PATH"], **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            yield process

    def run(self, *words: str) -> int:
        with self.started(*words) as process:
            process.communicate()
        return process.returncode

    @property
    def truth(self) -> Description:
        return describe(NAME, folder=self.simulated, now=SystemClock().now())

    def let_pass(self, seconds: float) -> None:
        """So much of the motion under way is over."""
        with changing(NAME, folder=self.simulated) as state:
            (motion,) = state.motions
            state.replace_motion(replace(motion, begins_at=motion.begins_at - seconds))


def test_program_that_is_killed_in_a_move_leaves_it_open_until_the_cartridge_is_there(
    folder: Path,
) -> None:
    library = SlowLibrary(folder)
    with library.started("load", "1", "0") as process:
        while not library.truth.commands.get(MOVE_MEDIUM):
            time.sleep(0.01)
        process.kill()
    assert library.place_of(TAG) == "1"
    assert library.run("load", "2", "1") == RecoveryNeeded.exit_status
    library.let_pass(30)
    assert library.place_of(TAG) == "picker"
    assert library.run("recover") == RecoveryNeeded.exit_status
    assert {row["outcome"] for row in library.rows("moves")} <= {None, "unknown"}
    library.let_pass(15)
    assert library.run("recover") == 0
    assert library.place_of(TAG) == "drive:0"
    assert [row["outcome"] for row in library.rows("moves")] == ["completed"]
