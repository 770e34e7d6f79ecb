"""Faults of a motion that takes its time: late, half-way, unanswered; and the library meanwhile."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

import pytest
from figures import FIGURES, Figure
from folders import quick_folder
from killing.scenario import Scenario
from killing.slow_robot import (
    FUNCTIONS,
    LIBRARIES,
    MOVE_SECONDS,
    TIMEOUT_SECONDS,
    SlowRobot,
    judge,
    slow,
)

from changer.simulator.fault import Left


def faults() -> Iterator[tuple[str, ...]]:
    """At each stage: the reply lost, failed, hanging, and late, so that nobody waits any more."""
    for number, stage in enumerate(Left):
        yield (f"reply-lost {stage}",)
        yield (f"move-fails {stage}",)
        yield (f"move-fails {stage} 02/04/03",)
        yield (f"move-hangs {stage}",)
        yield (f"move-hangs {stage}", "move-late 10m")
        # The command's time is over when the cartridge is there.
        there = MOVE_SECONDS * (number + 0.5) / len(Left)
        yield (f"move-late {TIMEOUT_SECONDS - there:g}",)
    yield ("reply-lost at-source", "move-late 10m")


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("scenario", FUNCTIONS, ids=lambda each: each.name.replace(" ", "-"))
def test_record_of_a_motion_never_lies(scenario: Scenario, library: str) -> None:
    wrong: list[str] = []
    with quick_folder() as folder:
        robot = SlowRobot(slow(scenario, library), folder)
        for motion in range(1, robot.motions + 1):
            for words in faults():
                after = f" after {motion - 1}" if motion > 1 else ""
                robot.begin_again(*(f"{each}{after}" for each in words))
                FIGURES.count(Figure.SLOW_CASES)
                try:
                    judge(robot, robot.call())
                except Exception:
                    case = f"{' and '.join(words)} at motion {motion}"
                    wrong.append(f"{case}: {traceback.format_exc()}")
    assert not wrong, f"{len(wrong)} of them:\n" + "\n".join(wrong)
