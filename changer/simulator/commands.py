"""The small commands: inventory, locks, mail slots, and those that do nothing."""

from __future__ import annotations

from dataclasses import replace

from changer.simulator.geometry import Kind
from changer.simulator.request import Request
from changer.simulator.sense import (
    BAD_ELEMENT_ADDRESS,
    INVALID_FIELD,
    REMOVAL_PREVENTED,
    CheckCondition,
)

__all__ = [
    "answer_initialize",
    "answer_initialize_range",
    "answer_nothing",
    "answer_open_close",
    "answer_prevent_allow",
]


def answer_nothing(request: Request) -> bytes:  # noqa: ARG001 - a handler like any other
    """TEST UNIT READY 00h, RESERVE and RELEASE: whatever could be said was said before."""
    return b""


def answer_initialize(request: Request) -> bytes:
    """INITIALIZE ELEMENT STATUS 07h."""
    _look(request, range(0x10000))
    return b""


def answer_initialize_range(request: Request) -> bytes:
    """INITIALIZE ELEMENT STATUS WITH RANGE 37h, and the vendor's E7h."""
    start, count = request.uint(2, 2), request.uint(6, 2)
    if not request.bit(1, 0):
        _look(request, range(0x10000))
        return b""
    if request.state.geometry.kind_of(start) is None:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    _look(request, range(start, start + count if count else 0x10000))
    return b""


def _look(request: Request, addresses: range) -> None:
    """Look into every element of the range: what was not known is known again."""
    state = request.state
    if not state.profile.initialize_scans:
        return
    request.use_robot(state.profile.inventory_seconds)
    for fault in state.faults_named("occupancy-unknown"):
        if fault.address in addresses and not fault.stays:
            state.replace_fault(fault, None)
    for address in [address for address in state.remains if address in addresses]:
        state.forget_remains(address)


def answer_prevent_allow(request: Request) -> bytes:
    """PREVENT ALLOW MEDIUM REMOVAL 1Eh."""
    state, prevented = request.state, bool(request.cdb[4] & 0x01)
    if request.unit is None:
        state.change(prevented=prevented)
    else:
        drive = state.drives[request.unit]
        state.set_drive(request.unit, replace(drive, prevented=prevented))
    return b""


def answer_open_close(request: Request) -> bytes:
    """OPEN/CLOSE IMPORT/EXPORT ELEMENT 1Bh; the mail slots open as one."""
    state, action = request.state, request.cdb[4] & 0x1F
    if state.geometry.kind_of(request.uint(2, 2)) is not Kind.MAIL:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    if action > 1:
        raise CheckCondition(INVALID_FIELD)
    if action == 0 and state.prevented:
        raise CheckCondition(REMOVAL_PREVENTED)
    state.change(mail_open=action == 0)
    return b""
