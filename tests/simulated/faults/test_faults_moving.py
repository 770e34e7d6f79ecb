"""Faults of a motion that takes its time: late, half-way, unanswered; and the library meanwhile."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator

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
from sweeps import spread

from changer.simulator.fault import Left

pytestmark = pytest.mark.sweep


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


# What the look for the cartridge of such a motion meets, counted by its reads.
SECOND_FAULTS = (
    "no-reply 2",
    "hang",
    "busy 3",
    "unit-attention 28/00 2",
    "unit-attention 29/00 alternating",
    "sense 02/04/83 3",
    "sense 04/40/80 always",
)

each_function = pytest.mark.parametrize(
    "scenario", FUNCTIONS, ids=lambda each: each.name.replace(" ", "-")
)


def assert_no_lies(robot: SlowRobot, cases: Iterable[tuple[str, ...]]) -> None:
    """The function meets these faults, from the beginning; fails with all that is wrong."""
    wrong: list[str] = []
    for words in spread(cases, one_in=6):
        robot.begin_again(*words)
        FIGURES.count(Figure.SLOW_CASES)
        try:
            judge(robot, robot.call())
        except Exception:
            wrong.append(f"{' and '.join(words)}: {traceback.format_exc()}")
    assert not wrong, f"{len(wrong)} of them:\n" + "\n".join(wrong)


def at(motion: int, words: str) -> str:
    """The fault strikes that motion, counted from 1."""
    return f"{words} after {motion - 1}" if motion > 1 else words


@pytest.mark.parametrize("library", LIBRARIES)
@each_function
def test_record_of_a_motion_never_lies(scenario: Scenario, library: str) -> None:
    with quick_folder() as folder:
        robot = SlowRobot(slow(scenario, library), folder)
        assert_no_lies(
            robot,
            (
                tuple(at(motion, each) for each in words)
                for motion in range(1, robot.motions + 1)
                for words in faults()
            ),
        )


@each_function
def test_nor_does_it_when_the_look_fails_too(scenario: Scenario) -> None:
    with quick_folder() as folder:
        robot = SlowRobot(slow(scenario, "answers"), folder)
        assert_no_lies(
            robot,
            (
                (at(motion, first), f"{second} on read-element-status after {reads}")
                for motion, reads in enumerate(robot.reads_before, 1)
                for first in ("reply-lost at-source", "reply-lost in-transport")
                for second in SECOND_FAULTS
            ),
        )
