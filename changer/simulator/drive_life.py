"""Life of a drive: a cartridge is loaded, read or cleaned with, unloaded, taken away."""

from __future__ import annotations

from enum import StrEnum

from changer.simulator.auto_clean import drives_at_work
from changer.simulator.fault import CleaningFailure, Fault
from changer.simulator.geometry import Kind
from changer.simulator.state import Cartridge, State
from changer.values import replace

# TapeAlert flags of a drive (SSC-3, annex A); not those of a changer with the same numbers.
_CLEAN_NOW, _CLEAN_PERIODIC, _EXPIRED_CLEANER, _INVALID_CLEANER = 20, 21, 22, 23
_WANTED = {0: (), 1: (_CLEAN_PERIODIC,), 2: (_CLEAN_NOW,)}
_ABOUT_CLEANING = {_CLEAN_NOW, _CLEAN_PERIODIC, _EXPIRED_CLEANER, _INVALID_CLEANER}


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
    address = state.address_of_drive(number)
    cartridge = state.cartridges.get(address)
    if cartridge is None:
        return Phase.CLEANING if address in drives_at_work(state) else Phase.EMPTY
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
    state.change_drive(number, cleaning_failed=False)
    if state.cartridges[state.address_of_drive(number)].is_cleaner:
        _begin_cleaning(state, number, ready_at)
    else:
        state.change_drive(number, mounted=True, ready_at=ready_at, announce_at=ready_at)


def unload_drive(state: State, number: int) -> None:
    """The drive pushes its cartridge out as far as the robot can reach it."""
    state.change_drive(number, mounted=False, announce_at=None)


def lift(state: State, address: int) -> Cartridge:
    """Take the cartridge out of an element; that ends a drive's cleaning, without success."""
    if state.geometry.kind_of(address) is Kind.DRIVE:
        number = state.drive_at(address)
        if state.drives[number].cleaning_until is not None:
            state.change_drive(number, cleaning_until=None)
            _strikes(state, number, CleaningFailure.ENDLESS)
        unload_drive(state, number)
    return state.take(address)


def lay(state: State, address: int, cartridge: Cartridge, now: float) -> None:
    """Put a cartridge down in an element; a drive draws it in."""
    state.put(address, cartridge)
    if state.geometry.kind_of(address) is Kind.DRIVE:
        load_drive(state, state.drive_at(address), now)


def end_timers(state: State, now: float) -> None:
    """End the cleanings and the faults whose time is over."""
    for number in range(len(state.drives)):
        _end_cleaning(state, number, now)
    for fault in list(state.faults):
        if fault.until is not None and now >= fault.until:
            state.replace_fault(fault, None)


# cleaning


def want_cleaning(state: State, number: int, level: int) -> None:
    """The drive wants to be cleaned: 0 not, 1 requested, 2 required."""
    others = set(state.drives[number].flags) - {_CLEAN_NOW, _CLEAN_PERIODIC}
    flags = _sorted(others, *_WANTED[level])
    state.change_drive(number, wants_cleaning=level, flags=flags)


def _begin_cleaning(state: State, number: int, drawn_in_at: float) -> None:
    """The drive cleans from then on, unless it refuses the cleaner in its element."""
    address = state.address_of_drive(number)
    cartridge = state.cartridges[address]
    if _strikes(state, number, CleaningFailure.INVALID) or not cartridge.fits(
        state.model_of_drive(number)
    ):
        _eject(state, number, _INVALID_CLEANER)
    elif cartridge.is_spent:
        _eject(state, number, _EXPIRED_CLEANER)
        state.change_drive(number, cleaning_failed=True)
    else:
        state.put(address, replace(cartridge, cleans_used=cartridge.cleans_used + 1))
        until = drawn_in_at + state.profile.cleaning_seconds
        state.change_drive(number, mounted=True, cleaning_until=until)


def _eject(state: State, number: int, flag: int) -> None:
    """At once, whatever the profile does with a cleaner that has cleaned."""
    flags = _sorted(set(state.drives[number].flags), flag)
    state.change_drive(number, mounted=False, flags=flags)


def _end_cleaning(state: State, number: int, now: float) -> None:
    """End the drive's cleaning if its time is over, and nothing keeps it from ending."""
    drive = state.drives[number]
    if drive.cleaning_until is None or now < drive.cleaning_until:
        return
    if _fault(state, number, CleaningFailure.ENDLESS):
        return
    state.change_drive(number, mounted=not state.profile.ejects_cleaner, cleaning_until=None)
    if _strikes(state, number, CleaningFailure.ERROR):
        state.change_drive(number, cleaning_failed=True)
    elif _strikes(state, number, CleaningFailure.IN_VAIN):
        state.change_drive(number, cleaned=drive.cleaned + 1)
    else:
        flags = _sorted(set(drive.flags) - _ABOUT_CLEANING)
        state.change_drive(number, cleaned=drive.cleaned + 1, wants_cleaning=0, flags=flags)


def _strikes(state: State, number: int, failure: CleaningFailure) -> bool:
    """Whether the drive has this fault, which is over with that."""
    fault = _fault(state, number, failure)
    if fault is not None:
        state.replace_fault(fault, None)
    return fault is not None


def _fault(state: State, number: int, failure: CleaningFailure) -> Fault | None:
    for fault in state.faults_named("cleaning-fails"):
        if (fault.drive, fault.cleaning_failure) == (number, failure):
            return fault
    return None


def _sorted(flags: set[int], *added: int) -> tuple[int, ...]:
    return tuple(sorted({*flags, *added}))
