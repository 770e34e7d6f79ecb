"""Motions: MOVE MEDIUM, EXCHANGE MEDIUM and POSITION TO ELEMENT.

A motion takes its time after its command was accepted, and goes on by itself; whatever is checked
is checked as the library will be when the robot comes to it.
"""

from __future__ import annotations

from changer.simulator.fault import Fault, Left
from changer.simulator.geometry import Kind
from changer.simulator.motion import Motion
from changer.simulator.motion_checks import check_element, check_motion
from changer.simulator.request import Loss, NoAnswer, Request
from changer.simulator.robot import advance, ahead
from changer.simulator.sense import (
    BAD_ELEMENT_ADDRESS,
    INVALID_FIELD,
    INVALID_OPCODE,
    CheckCondition,
    Sense,
)
from changer.simulator.state import State
from changer.values import replace

_POSITIONING_ERROR = Sense(0x04, 0x15, 0x01)


def answer_move(request: Request) -> bytes:
    """MOVE MEDIUM A5h."""
    transport = _transport(request)
    _refuse_inversion(request.cdb[10] & 0x01)
    motion = Motion(source=request.uint(4, 2), destination=request.uint(6, 2), transport=transport)
    _check_mark(request, motion)
    _carry_out(request, motion, request.state.profile.move_seconds)
    return b""


def answer_exchange(request: Request) -> bytes:
    """EXCHANGE MEDIUM A6h: source to first destination, what was there to the second."""
    if not request.state.profile.exchange_works:
        raise CheckCondition(INVALID_OPCODE)
    transport = _transport(request)
    _refuse_inversion(request.cdb[10] & 0x03)
    source, first, second = (request.uint(offset, 2) for offset in (4, 6, 8))
    motion = Motion(source=source, destination=first, second=second, transport=transport)
    _carry_out(request, motion, 2 * request.state.profile.move_seconds)
    return b""


def answer_position(request: Request) -> bytes:
    """POSITION TO ELEMENT 2Bh."""
    _transport(request)
    _refuse_inversion(request.cdb[8] & 0x01)
    check_element(request.state, request.uint(4, 2))
    request.use_robot(request.state.profile.move_seconds)
    return b""


def _transport(request: Request) -> int:
    """The transport element that was named. Raises CheckCondition for one that is not there."""
    transports = request.state.geometry.ranges[Kind.TRANSPORT]
    chosen = request.uint(2, 2) or transports.start  # 0 means the default one
    if chosen not in transports:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    return chosen


def _refuse_inversion(bits: int) -> None:
    if bits:  # mode page 1Eh says that it can't rotate
        raise CheckCondition(INVALID_FIELD)


def _check_mark(request: Request, motion: Motion) -> None:
    """Spectra 9000 and 10000 take a cleaner to a drive only with bit 6 of the control byte."""
    state, is_marked = request.state, request.bit(11, 6)
    cartridge = state.cartridges.get(motion.source)
    if (
        state.profile.marks_cleaners
        and not is_marked
        and state.geometry.kind_of(motion.destination) is Kind.DRIVE
        and cartridge is not None
        and cartridge.is_cleaner
    ):
        raise CheckCondition(INVALID_FIELD)


def _carry_out(request: Request, motion: Motion, seconds: float) -> None:
    """Let the robot do it, unless a fault strikes; the reply comes when it stands still."""
    state, comes_at = request.state, request.robot_comes_at
    begins_at = comes_at + _lateness(state)
    request.wait_for_robot(begins_at)
    check_motion(state if begins_at <= request.now else ahead(state, begins_at), motion)
    motion = replace(motion, begins_at=begins_at, seconds=seconds + request.robot_delay)
    fault = _striking(state, "move-fails", "move-hangs", "reply-lost")
    if fault is not None and fault.name != "reply-lost":
        motion = replace(motion, left=fault.left)
    state.begin(motion)
    request.wait_for_robot(motion.ends_at)
    advance(state, request.now)
    if fault is not None:
        _fail(request, fault, motion, comes_at)


def _fail(request: Request, fault: Fault, motion: Motion, comes_at: float) -> None:
    if fault.name == "move-hangs":
        raise NoAnswer(Loss.HANG)
    if fault.name == "move-fails":
        raise CheckCondition(fault.sense or _POSITIONING_ERROR)
    stage = fault.left or Left.AT_SOURCE
    # A robot that is late finds the path lost already.
    counted = replace(motion, begins_at=comes_at) if stage is Left.AT_SOURCE else motion
    request.seconds = counted.amid(stage) - request.now
    raise NoAnswer(Loss.GONE)


def _lateness(state: State) -> float:
    """How much later than it could the robot begins."""
    fault = _striking(state, "move-late")
    return fault.seconds or 0.0 if fault else 0.0


def _striking(state: State, *names: str) -> Fault | None:
    """The oldest fault of these names that strikes this motion."""
    for fault in state.faults_named(*names):
        if not fault.after:
            state.strike(fault)
            return fault
        state.replace_fault(fault, replace(fault, after=fault.after - 1))
    return None
