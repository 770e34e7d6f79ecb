"""State of a drive in one word, by what the library and the drive itself report (pure)."""

from __future__ import annotations

from enum import StrEnum

from changer.library.element_state import ElementCondition
from changer.smc.asc import describe
from changer.smc.log_sense import DataTransferDeviceStatus
from changer.smc.sense import SenseData
from changer.values import NamedTuple


class DriveState(StrEnum):
    """What a drive does. LOADED: full, as the library shows it, and not asked itself."""

    READY = "ready"
    READING = "reading"
    WRITING = "writing"
    BUSY = "busy"
    LOADING = "loading"
    UNLOADING = "unloading"
    UNLOADED = "unloaded"
    CLEANING = "cleaning"
    NOT_READY = "not ready"
    IN_USE = "in use"
    LOADED = "loaded"
    EMPTY = "empty"
    NOT_PRESENT = "not present"
    UNKNOWN = "unknown"


class StateFound(NamedTuple):
    """A state, and what a person should know beside it; empty for nothing."""

    state: DriveState
    reason: str = ""


# ADC-3, DT device activity.
_ACTIVITIES = {
    0x01: StateFound(DriveState.CLEANING),
    0x02: StateFound(DriveState.LOADING),
    0x03: StateFound(DriveState.UNLOADING),
    0x05: StateFound(DriveState.READING),
    0x06: StateFound(DriveState.WRITING),
    0x07: StateFound(DriveState.BUSY, "locating"),
    0x08: StateFound(DriveState.BUSY, "rewinding"),
    0x09: StateFound(DriveState.BUSY, "erasing"),
    0x0A: StateFound(DriveState.BUSY, "formatting"),
    0x0B: StateFound(DriveState.BUSY, "calibrating"),
    0x0D: StateFound(DriveState.BUSY, "updating its microcode"),
    0x0E: StateFound(DriveState.READING, "encrypted"),
    0x0F: StateFound(DriveState.WRITING, "encrypted"),
}
_BECOMING_READY = (0x04, 0x01)
_CLEANING = (0x30, 0x03)
_NO_MEDIUM = 0x3A


def state_by_library(condition: ElementCondition, why_not_asked: str = "") -> StateFound:
    """The state of a drive that was not asked itself."""
    if condition.full:
        return StateFound(DriveState.LOADED, why_not_asked)
    if condition.present is False:
        return StateFound(DriveState.NOT_PRESENT, condition.reason)
    if condition.full is None:
        return StateFound(DriveState.UNKNOWN, condition.reason)
    return StateFound(DriveState.EMPTY, why_not_asked)


def state_by_drive(
    condition: ElementCondition, sense: SenseData | None, status: DataTransferDeviceStatus | None
) -> StateFound:
    """The state of a drive by its own replies.

    ``sense``: of TEST UNIT READY, None for GOOD. ``status``: log page 11h, None where it has none.
    """
    if status is not None and status.activity:
        return _ACTIVITIES.get(status.activity, StateFound(DriveState.BUSY))
    if sense is None:
        if condition.full is False:
            return StateFound(
                DriveState.UNKNOWN, "it holds a cartridge, and the library shows none"
            )
        return StateFound(DriveState.READY)
    told = sense.additional
    codes = (told.asc, told.ascq) if told else (0, 0)
    if codes[0] == _NO_MEDIUM:
        if condition.full:
            return StateFound(DriveState.UNLOADED, "the drive has ejected its cartridge")
        return state_by_library(condition)
    if codes == _CLEANING:
        return StateFound(DriveState.CLEANING)
    if codes == _BECOMING_READY:
        return StateFound(DriveState.LOADING)
    return StateFound(DriveState.NOT_READY, describe(sense))
