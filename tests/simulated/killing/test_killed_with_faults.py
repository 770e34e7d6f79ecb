"""Killed beside a robot that fails or falls silent in the middle of the motion, then recovered."""

from __future__ import annotations

from pathlib import Path

import pytest

from .aftermath import Look
from .points import COARSE
from .scenario import Scenario, with_fault
from .scenarios import SCENARIOS

FAULTS = [
    f"{how} {left}"
    for how in ("move-fails", "move-hangs")
    for left in ("at-source", "in-transport", "at-destination")
]
MOVES = [each for each in SCENARIOS if each.name in ("move", "load", "unload", "exchange")]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", MOVES, ids=lambda each: each.name)
def test_killed_with_a_fault_is_recovered(folder: Path, scenario: Scenario, fault: str) -> None:
    killing, beginning = with_fault(scenario, fault).prepare(folder / "library")
    library, in_picker = killing.library, 0
    for killed in killing.killed(COARSE):
        left = Look(library)
        is_stranded = "picker" in left.cartridges
        if is_stranded and left.rows["moves"][-1]["outcome"] == "misplaced":
            continue  # it was told, and is the person's to move
        in_picker += is_stranded
        library.fault("clear")
        scenario.aftermath(killed, beginning).recover()
        killed.count_run()
    assert (in_picker > 0) == ("in-transport" in fault)
