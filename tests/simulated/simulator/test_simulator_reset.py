"""A reset of one logical unit of a virtual library."""

from __future__ import annotations

import pytest

from changer.simulator.creation import new_state
from changer.simulator.profiles import PROFILES
from changer.simulator.state import State
from changer.simulator.target import answer

PREVENT = bytes.fromhex("1E 000000 01 00")
LOAD_DRIVE_0 = bytes.fromhex("A5 00 0000 03E9 01F4 0000 00 00")


def prevented(state: State) -> list[bool]:
    """Of the changer and its drives."""
    return [state.prevented, *(drive.prevented for drive in state.drives)]


@pytest.mark.parametrize(
    ("unit", "left"),
    [(None, [False, True, True]), (0, [True, False, True]), (1, [True, True, False])],
)
def test_a_reset_allows_removal_from_its_unit_alone_and_moves_nothing(
    unit: int | None, left: list[bool]
) -> None:
    state = new_state("bench", PROFILES["demo"])
    for each in (None, 0, 1):
        answer(state, PREVENT, unit=each, now=0.0)
    answer(state, LOAD_DRIVE_0, unit=None, now=0.0)
    before, state.changed = dict(state.cartridges), False
    state.reset_unit(unit)
    assert prevented(state) == left
    assert state.cartridges == before
    assert state.drives[0].mounted
    assert state.changed, "so it is saved"
    state.changed = False
    state.reset_unit(unit)
    assert not state.changed, "there was nothing to change"
