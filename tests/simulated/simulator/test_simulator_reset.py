"""A reset of one logical unit of a virtual library."""

from __future__ import annotations

from changer.simulator.creation import new_state
from changer.simulator.profiles import PROFILES
from changer.simulator.state import State
from changer.simulator.target import answer

PREVENT = bytes.fromhex("1E 000000 01 00")
LOAD_DRIVE_0 = bytes.fromhex("A5 00 0000 03E9 01F4 0000 00 00")


def prevented_everywhere() -> State:
    state = new_state("bench", PROFILES["demo"])
    for unit in (None, 0, 1):
        answer(state, PREVENT, unit=unit, now=0.0)
    answer(state, LOAD_DRIVE_0, unit=None, now=0.0)
    return state


def prevented(state: State) -> list[bool]:
    """Of the changer and its drives."""
    return [state.prevented, *(drive.prevented for drive in state.drives)]


def test_a_reset_of_the_changer_allows_removal_from_it_alone() -> None:
    state = prevented_everywhere()
    state.reset_unit(None)
    assert prevented(state) == [False, True, True]


def test_a_reset_of_a_drive_allows_removal_from_it_alone() -> None:
    state = prevented_everywhere()
    state.reset_unit(0)
    assert prevented(state) == [True, False, True]


def test_a_reset_moves_nothing_and_is_saved() -> None:
    state = prevented_everywhere()
    before, state.changed = dict(state.cartridges), False
    for unit in (None, 0, 1):
        state.reset_unit(unit)
    assert state.cartridges == before
    assert state.drives[0].mounted
    assert state.changed


def test_a_reset_of_what_prevented_nothing_changes_nothing() -> None:
    state = new_state("bench", PROFILES["demo"])
    state.changed = False
    for unit in (None, 0, 1):
        state.reset_unit(unit)
    assert not state.changed
