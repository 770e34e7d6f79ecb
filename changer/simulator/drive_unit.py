"""The commands of a tape drive of the virtual library, without a data path."""

from __future__ import annotations

from collections.abc import Callable

from changer.simulator.commands import answer_nothing, answer_prevent_allow
from changer.simulator.drive_life import Phase, load_drive, phase_of, unload_drive
from changer.simulator.inquiry import answer_inquiry
from changer.simulator.log_sense import answer_log_sense
from changer.simulator.request import Request
from changer.simulator.sense import MEDIUM_NOT_PRESENT, REMOVAL_PREVENTED, CheckCondition

__all__ = ["DRIVE_COMMANDS"]


def answer_load_unload(request: Request) -> bytes:
    """LOAD UNLOAD 1Bh: byte 4 bit 0 loads; without it, the cartridge comes out."""
    state, number = request.state, request.unit or 0
    phase = phase_of(state, number, request.now)
    if phase is Phase.EMPTY:
        raise CheckCondition(MEDIUM_NOT_PRESENT)
    if request.bit(4, 0):
        if phase is Phase.UNLOADED:
            load_drive(state, number, request.now)
    elif state.drives[number].prevented:
        raise CheckCondition(REMOVAL_PREVENTED)
    elif phase is not Phase.CLEANING:
        unload_drive(state, number)
    return b""


DRIVE_COMMANDS: dict[int, Callable[[Request], bytes]] = {
    0x00: answer_nothing,
    0x12: answer_inquiry,
    0x16: answer_nothing,
    0x17: answer_nothing,
    0x1B: answer_load_unload,
    0x1E: answer_prevent_allow,
    0x4D: answer_log_sense,
    0x56: answer_nothing,
    0x57: answer_nothing,
}
