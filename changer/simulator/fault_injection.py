"""Faults injected before a command is executed: silence, BUSY, a sense, a unit attention."""

from __future__ import annotations

from collections.abc import Iterator

from changer.simulator.fault import Fault
from changer.simulator.request import Loss, NoAnswer, Request
from changer.simulator.sense import Sense
from changer.smc.command import Status
from changer.values import replace

_LOSSES = {"hang": Loss.HANG, "no-reply": Loss.GONE}
_RESET_OCCURRED = 0x29
_STATUSES = {
    "busy": Status.BUSY,
    "task-set-full": Status.TASK_SET_FULL,
    "reservation-conflict": Status.RESERVATION_CONFLICT,
}


def inject_fault(request: Request) -> Status | Sense | None:
    """What strikes this command instead of its execution. Raises NoAnswer for silence."""
    if any(fault.drive == request.unit for fault in request.state.faults_named("unplugged")):
        raise NoAnswer(Loss.UNPLUGGED)
    for fault in _striking(request, *_LOSSES, *_STATUSES, "sense"):
        request.state.strike(fault)
        if fault.name in _LOSSES:
            raise NoAnswer(_LOSSES[fault.name])
        return _STATUSES.get(fault.name, fault.sense)
    return None


def pending_attention(request: Request) -> Sense | None:
    """The unit attention that this command meets, oldest first; it is counted as reported.

    One that reports a reset (29/xx) is the first sign of it: so it happens now.
    """
    for fault in _striking(request, "unit-attention"):
        request.state.strike(fault)
        if fault.sense is not None and fault.sense.asc == _RESET_OCCURRED:
            request.state.reset_unit(request.unit)
        return fault.sense
    return None


def reply_is_lost(request: Request) -> bool:
    """Whether the reply to a command that was executed gets lost."""
    for fault in _striking(request, "unheard"):
        request.state.strike(fault)
        return True
    return False


def _striking(request: Request, *names: str) -> Iterator[Fault]:
    """The faults that mean this unit and this opcode, and have let enough commands pass."""
    for fault in request.state.faults_named(*names):
        if fault.drive != request.unit or fault.opcode not in (None, request.opcode):
            continue
        if fault.after:
            request.state.replace_fault(fault, replace(fault, after=fault.after - 1))
        else:
            yield fault
