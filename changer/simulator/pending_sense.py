"""Sense that a unit has to report: it is not ready, a medium became ready, a cleaning failed."""

from __future__ import annotations

from changer.simulator.drive_life import Phase, phase_of
from changer.simulator.request import Request
from changer.simulator.sense import CLEANER_IN_DRIVE, MEDIUM_NOT_PRESENT, Additional, Sense
from changer.simulator.state import State

_BECAME_READY = Sense(0x06, 0x28, 0x00)
_CLEANING_FAILED = Sense(0x03, 0x30, 0x07)
_INITIALIZING_REQUIRED = Sense(0x02, 0x04, 0x02)
_BECOMING_READY = Sense(0x02, 0x04, 0x01)
_NOT_READY = 0x02
_OFFLINE = Sense(_NOT_READY, 0x04, 0x12)
_OF_PHASE = {
    Phase.EMPTY: MEDIUM_NOT_PRESENT,
    Phase.LOADING: _BECOMING_READY,
    Phase.CLEANING: CLEANER_IN_DRIVE,
    # mhVTL says this of a cleaner that has done its work, until it is unloaded.
    Phase.CLEANED: _INITIALIZING_REQUIRED,
    Phase.UNLOADED: MEDIUM_NOT_PRESENT,
}


def not_ready(request: Request) -> Sense | None:
    """The sense of TEST UNIT READY, or None when all is well."""
    if request.unit is None:
        return _of_changer(request.state, request.now)
    return _OF_PHASE.get(phase_of(request.state, request.unit, request.now))


def _of_changer(state: State, now: float) -> Sense | None:
    if now < state.scanning_until or state.faults_named("becoming-ready"):
        return _BECOMING_READY
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


def became_ready(request: Request) -> Sense | None:
    """The unit attention of a data cartridge that became ready, once.

    SSC-3: not ready to ready, the medium may have changed. st knows a new tape by it.
    """
    if request.unit is None:
        return None
    announce_at = request.state.drives[request.unit].announce_at
    if announce_at is None or request.now < announce_at:
        return None
    request.state.change_drive(request.unit, announce_at=None)
    return _BECAME_READY


def cleaning_failure(request: Request) -> Sense | None:
    """The sense of the last cleaning, if that failed, once."""
    if request.unit is None or not request.state.drives[request.unit].cleaning_failed:
        return None
    request.state.change_drive(request.unit, cleaning_failed=False)
    return _CLEANING_FAILED
