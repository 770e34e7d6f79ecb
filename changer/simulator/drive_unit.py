"""The commands of a tape drive of the virtual library, without a data path."""

from __future__ import annotations

from collections.abc import Callable

from changer.simulator.commands import answer_nothing, answer_prevent_allow
from changer.simulator.density import density_descriptor
from changer.simulator.drive_life import Phase, load_drive, phase_of, unload_drive
from changer.simulator.inquiry import answer_inquiry
from changer.simulator.log_sense import answer_log_sense
from changer.simulator.medium_access import MEDIUM_COMMANDS
from changer.simulator.mode_sense import answer_mode_sense_6, answer_mode_sense_10
from changer.simulator.readiness import not_ready
from changer.simulator.request import Request
from changer.simulator.sense import (
    CLEANER_IN_DRIVE,
    INVALID_FIELD,
    MEDIUM_NOT_PRESENT,
    REMOVAL_PREVENTED,
    CheckCondition,
)

__all__ = ["DRIVE_COMMANDS"]

_LARGEST_BLOCK, _SMALLEST_BLOCK = 0x800000, 1


def answer_load_unload(request: Request) -> bytes:
    """LOAD UNLOAD 1Bh: byte 4 bit 0 loads; without it, the cartridge comes out."""
    state, number = request.state, request.unit or 0
    phase = phase_of(state, number, request.now)
    if phase is Phase.EMPTY:
        raise CheckCondition(MEDIUM_NOT_PRESENT)
    if phase is Phase.CLEANING:
        raise CheckCondition(CLEANER_IN_DRIVE)
    if request.bit(4, 0):
        if phase is Phase.UNLOADED:
            load_drive(state, number, request.now)
    elif state.drives[number].prevented:
        raise CheckCondition(REMOVAL_PREVENTED)
    else:
        unload_drive(state, number)
    return b""


def answer_read_block_limits(request: Request) -> bytes:
    """READ BLOCK LIMITS 05h: 1 byte to 8 MiB, in steps of one."""
    if request.bit(1, 0):  # MLOI
        raise CheckCondition(INVALID_FIELD)
    return b"\0" + _LARGEST_BLOCK.to_bytes(3, "big") + _SMALLEST_BLOCK.to_bytes(2, "big")


def answer_report_density_support(request: Request) -> bytes:
    """REPORT DENSITY SUPPORT 44h, of the drive; with MEDIA=1, of what is in it: the same one."""
    if request.bit(1, 1):  # MEDIUM TYPE
        raise CheckCondition(INVALID_FIELD)
    if request.bit(1, 0) and (sense := not_ready(request)):
        raise CheckCondition(sense)
    descriptor = density_descriptor(request.state.profile.drive_density)
    # SSC-3: the length counts what follows it.
    head = (2 + len(descriptor)).to_bytes(2, "big") + bytes(2)
    return (head + descriptor)[: request.uint(7, 2)]


def answer_mode_select(request: Request) -> bytes:
    """MODE SELECT 15h and 55h: taken, and forgotten: there is nothing that it could change."""
    if request.bit(1, 0):  # SP
        raise CheckCondition(INVALID_FIELD)
    return b""


DRIVE_COMMANDS: dict[int, Callable[[Request], bytes]] = {
    **MEDIUM_COMMANDS,
    0x05: answer_read_block_limits,
    0x12: answer_inquiry,
    0x15: answer_mode_select,
    0x16: answer_nothing,
    0x17: answer_nothing,
    0x1A: answer_mode_sense_6,
    0x1B: answer_load_unload,
    0x1E: answer_prevent_allow,
    0x44: answer_report_density_support,
    0x4D: answer_log_sense,
    0x55: answer_mode_select,
    0x56: answer_nothing,
    0x57: answer_nothing,
    0x5A: answer_mode_sense_10,
}
