"""What becomes of a drive: a cartridge comes and goes, loads, cleans."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from changer.simulator.drive_cleaning import begin_cleaning, break_off_cleaning, settle_cleaning
from changer.simulator.state import State

__all__ = ["Phase", "load_drive", "phase_of", "settle_drives", "unload_drive", "unload_for_robot"]


class Phase(StrEnum):
    """What a drive is doing."""

    EMPTY = "empty"
    LOADING = "loading"
    READY = "ready"
    CLEANING = "cleaning"
    CLEANED = "cleaned"
    UNLOADED = "unloaded"


def phase_of(state: State, number: int, now: float) -> Phase:
    """What drive ``number`` is doing now."""
    drive = state.drives[number]
    cartridge = state.cartridges.get(state.address_of_drive(number))
    if cartridge is None:
        return Phase.EMPTY
    if drive.cleaning_until is not None:
        return Phase.CLEANING
    if not drive.mounted:
        return Phase.UNLOADED
    if cartridge.is_cleaner:
        return Phase.CLEANED
    return Phase.LOADING if now < drive.ready_at else Phase.READY


def load_drive(state: State, number: int, now: float) -> None:
    """The drive draws in the cartridge that lies in its element; a cleaner cleans at once."""
    ready_at = now + state.profile.drive_load_seconds
    drive = replace(state.drives[number], cleaning_failed=False)
    if state.cartridges[state.address_of_drive(number)].is_cleaner:
        state.set_drive(number, drive)
        begin_cleaning(state, number, ready_at)
    else:
        drive = replace(drive, mounted=True, ready_at=ready_at, announce_at=ready_at)
        state.set_drive(number, drive)


def settle_drives(state: State, now: float) -> None:
    """End the cleanings whose time is over."""
    for number in range(len(state.drives)):
        settle_cleaning(state, number, now)


def unload_drive(state: State, number: int) -> None:
    """The drive pushes its cartridge out as far as the robot can reach it."""
    state.set_drive(number, replace(state.drives[number], mounted=False, announce_at=None))


def unload_for_robot(state: State, number: int) -> None:
    """The robot takes the cartridge away."""
    break_off_cleaning(state, number)
    unload_drive(state, number)
    state.set_drive(number, replace(state.drives[number], ready_at=0.0))
