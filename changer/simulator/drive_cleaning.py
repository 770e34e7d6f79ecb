"""A drive and its cleaning cartridge: what it wants, what it does with one, what comes of it."""

from __future__ import annotations

from dataclasses import replace

from changer.simulator.fault import CleaningFailure, Fault
from changer.simulator.state import Drive, State

__all__ = ["begin_cleaning", "break_off_cleaning", "settle_cleaning", "want_cleaning"]

# TapeAlert flags of a drive (SSC-3, annex A); not those of a changer with the same numbers.
_CLEAN_NOW, _CLEAN_PERIODIC, _EXPIRED_CLEANER, _INVALID_CLEANER = 20, 21, 22, 23
_WANTED = {0: (), 1: (_CLEAN_PERIODIC,), 2: (_CLEAN_NOW,)}
_ABOUT_CLEANING = {_CLEAN_NOW, _CLEAN_PERIODIC, _EXPIRED_CLEANER, _INVALID_CLEANER}


def want_cleaning(drive: Drive, level: int) -> Drive:
    """The drive, wanting to be cleaned: 0 not, 1 requested, 2 required."""
    others = set(drive.flags) - {_CLEAN_NOW, _CLEAN_PERIODIC}
    return replace(drive, wants_cleaning=level, flags=_sorted(others, *_WANTED[level]))


def begin_cleaning(state: State, number: int, drawn_in_at: float) -> None:
    """The drive cleans from then on, unless it refuses the cleaner in its element."""
    address = state.address_of_drive(number)
    cartridge = state.cartridges[address]
    if _strikes(state, number, CleaningFailure.INVALID):
        _eject(state, number, _INVALID_CLEANER)
    elif cartridge.is_spent:
        _eject(state, number, _EXPIRED_CLEANER)
        state.set_drive(number, replace(state.drives[number], cleaning_failed=True))
    else:
        state.put(address, replace(cartridge, cleans_used=cartridge.cleans_used + 1))
        until = drawn_in_at + state.profile.cleaning_seconds
        state.set_drive(number, replace(state.drives[number], mounted=True, cleaning_until=until))


def _eject(state: State, number: int, flag: int) -> None:
    """At once, whatever the profile does with a cleaner that has cleaned."""
    drive = state.drives[number]
    flags = _sorted(set(drive.flags), flag)
    state.set_drive(number, replace(drive, mounted=False, flags=flags))


def settle_cleaning(state: State, number: int, now: float) -> None:
    """End the drive's cleaning if its time is over, and nothing keeps it from ending."""
    drive = state.drives[number]
    if drive.cleaning_until is None or now < drive.cleaning_until:
        return
    if _fault(state, number, CleaningFailure.ENDLESS):
        return
    drive = replace(drive, mounted=not state.profile.ejects_cleaner, cleaning_until=None)
    if _strikes(state, number, CleaningFailure.ERROR):
        state.set_drive(number, replace(drive, cleaning_failed=True))
    else:
        state.set_drive(number, _cleaned(drive))


def _cleaned(drive: Drive) -> Drive:
    flags = _sorted(set(drive.flags) - _ABOUT_CLEANING)
    return replace(drive, cleaned=drive.cleaned + 1, wants_cleaning=0, flags=flags)


def break_off_cleaning(state: State, number: int) -> None:
    """The cartridge is taken away; that ends even an endless cleaning, and cleans nothing."""
    drive = state.drives[number]
    if drive.cleaning_until is not None:
        state.set_drive(number, replace(drive, cleaning_until=None))
        _strikes(state, number, CleaningFailure.ENDLESS)


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
