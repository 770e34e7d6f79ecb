"""Why the changer or a drive is not ready, as sense data."""

from __future__ import annotations

from changer.simulator.drive_life import Phase, phase_of
from changer.simulator.request import Request
from changer.simulator.sense import (
    BECOMING_READY,
    CLEANER_IN_DRIVE,
    INITIALIZING_REQUIRED,
    MEDIUM_NOT_PRESENT,
    Additional,
    Sense,
)

__all__ = ["not_ready"]

_NOT_READY = 0x02
_OFFLINE = Sense(_NOT_READY, 0x04, 0x12)


def not_ready(request: Request) -> Sense | None:
    """The sense of TEST UNIT READY, or None when all is well."""
    return _changer(request) if request.unit is None else _drive(request, request.unit)


def _changer(request: Request) -> Sense | None:
    state = request.state
    if request.now < state.scanning_until or state.faults_named("becoming-ready"):
        return BECOMING_READY
    if state.faults_named("offline"):
        return _OFFLINE
    if state.faults_named("door"):
        return _sense(state.profile.door_open_sense)
    magazines = state.geometry.magazines
    if magazines and len(state.removed) == magazines and state.profile.no_magazine_not_ready:
        return _sense(state.profile.no_magazine_not_ready)
    return None


def _sense(additional: Additional) -> Sense:
    return Sense(_NOT_READY, additional.asc, additional.ascq)


def _drive(request: Request, number: int) -> Sense | None:
    return {
        Phase.EMPTY: MEDIUM_NOT_PRESENT,
        Phase.LOADING: BECOMING_READY,
        Phase.CLEANING: CLEANER_IN_DRIVE,
        # mhVTL says this of a cleaner that has done its work, until it is unloaded.
        Phase.CLEANED: INITIALIZING_REQUIRED,
        Phase.UNLOADED: MEDIUM_NOT_PRESENT,
    }.get(phase_of(request.state, number, request.now))
