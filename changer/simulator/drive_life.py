"""What becomes of a drive: a cartridge comes and goes, loads, cleans."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from changer.simulator.state import Drive, State

__all__ = ["Phase", "load_drive", "phase_of", "settle_drives", "unload_drive", "unload_for_robot"]

_CLEAN_NOW, _CLEAN_PERIODIC, _EXPIRED_CLEANER = 20, 21, 22


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
    drive = state.drives[number]
    address = state.address_of_drive(number)
    cartridge = state.cartridges[address]
    ready_at = now + state.profile.drive_load_seconds
    if not cartridge.is_cleaner:
        state.set_drive(
            number, replace(drive, mounted=True, ready_at=ready_at, announce_at=ready_at)
        )
    elif cartridge.is_spent:
        # Ejected without cleaning.
        flags = tuple(sorted({*drive.flags, _EXPIRED_CLEANER}))
        state.set_drive(number, replace(drive, mounted=False, flags=flags))
    else:
        state.put(address, replace(cartridge, cleans_used=cartridge.cleans_used + 1))
        until = ready_at + state.profile.cleaning_seconds
        state.set_drive(number, replace(drive, mounted=True, cleaning_until=until))


def settle_drives(state: State, now: float) -> None:
    """End the cleanings whose time is over."""
    for number, drive in enumerate(state.drives):
        if drive.cleaning_until is not None and now >= drive.cleaning_until:
            state.set_drive(number, _cleaned(state, drive))


def _cleaned(state: State, drive: Drive) -> Drive:
    return replace(
        drive,
        mounted=not state.profile.ejects_cleaner,
        cleaning_until=None,
        cleaned=drive.cleaned + 1,
        wants_cleaning=0,
        flags=tuple(flag for flag in drive.flags if flag not in (_CLEAN_NOW, _CLEAN_PERIODIC)),
    )


def unload_drive(state: State, number: int) -> None:
    """The drive pushes its cartridge out as far as the robot can reach it."""
    state.set_drive(number, replace(state.drives[number], mounted=False, announce_at=None))


def unload_for_robot(state: State, number: int) -> None:
    """The robot takes the cartridge away."""
    unload_drive(state, number)
    drive = state.drives[number]
    state.set_drive(number, replace(drive, ready_at=0.0, cleaning_until=None))
