"""Killed by SIGKILL while the robot moves, which carries on; and what comes next meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.simulator.fault import Left

from .scenario import Scenario
from .slow_robot import FUNCTIONS, LIBRARIES, SlowRobot, judge, slow


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
