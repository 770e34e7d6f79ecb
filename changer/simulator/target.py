"""SCSI target of a virtual library: a CDB comes in, status, data and sense go out."""

from __future__ import annotations

from collections.abc import Callable

from changer.simulator.changer_commands import CHANGER_COMMANDS
from changer.simulator.fault_injection import inject_fault, pending_attention, reply_is_lost
from changer.simulator.pending_sense import became_ready, cleaning_failure, not_ready
from changer.simulator.profile import Profile
from changer.simulator.request import DEFAULT_NEXUS, Answer, Loss, Nexus, NoAnswer, Request
from changer.simulator.robot import advance
from changer.simulator.sense import (
    INVALID_FIELD,
    INVALID_OPCODE,
    CheckCondition,
    ReservedByAnother,
    Sense,
    encode_sense,
)
from changer.simulator.state import State
from changer.smc.command import Reply, Status

_NO_SENSE = Sense(0x00, 0x00, 0x00)
_INQUIRY, _REQUEST_SENSE, _REPORT_LUNS, _READ_ELEMENT_STATUS = 0x12, 0x03, 0xA0, 0xB8
_MODE_SENSE_10 = 0x5A
# SAM-5: these neither report nor clear a unit attention by their status.
_BEFORE_ATTENTION = (_INQUIRY, _REQUEST_SENSE, _REPORT_LUNS)
_WITHOUT_MEDIA = (
    *(_INQUIRY, _REQUEST_SENSE, 0x1A, 0x5A, 0x4D, 0x1E, 0x16, 0x17, 0x56, 0x57, 0x5E, 0x5F),
)
_CDB_LENGTHS = {0: 6, 1: 10, 2: 10, 4: 16, 5: 12, 7: 10}  # by group, the opcode's top three bits
_RESERVING = (0x5E, 0x5F)
_OPTIONAL = {0x07, 0x1B, 0x1E, 0x2B, 0x37, 0x4D, 0xA6, 0xE7}


def answer(
    state: State,
    cdb: bytes,
    *,
    unit: int | None,
    now: float,
    data_out: bytes = b"",
    nexus: Nexus = DEFAULT_NEXUS,
) -> Answer:
    """Execute one command of the changer (``unit`` None) or of a drive, at that time."""
    request = Request(state, cdb or b"\xff", now, unit, data_out=data_out, nexus=nexus)
    advance(state, now)
    try:
        reply = _execute(request)
    except CheckCondition as check:
        sense = encode_sense(check.sense, descriptor_format=state.profile.descriptor_sense)
        reply = Reply(Status.CHECK_CONDITION, b"", sense)
    except NoAnswer as silence:
        return Answer(Reply(Status.GOOD), request.seconds, silence.loss)
    loss = Loss.GONE if state.faults and reply_is_lost(request) else None
    return Answer(reply, request.seconds, loss)


def _execute(request: Request) -> Reply:
    strike = inject_fault(request)
    if isinstance(strike, Status):
        return Reply(strike)
    if strike is not None:
        raise CheckCondition(strike)
    if request.opcode not in _BEFORE_ATTENTION and (attention := _attention(request)):
        raise CheckCondition(attention)
    if _is_reserved(request):
        return Reply(Status.RESERVATION_CONFLICT)
    handler = _handler(request)
    if len(request.cdb) < _CDB_LENGTHS.get(request.opcode >> 5, 6):
        raise CheckCondition(INVALID_FIELD)
    _check_ready(request)
    try:
        return Reply(Status.GOOD, handler(request))
    except ReservedByAnother:
        return Reply(Status.RESERVATION_CONFLICT)


def _attention(request: Request) -> Sense | None:
    """The unit attention that is to be reported next."""
    return pending_attention(request) or became_ready(request) or _of_reservations(request)


def _of_reservations(request: Request) -> Sense | None:
    """The unit attention of what others did to this initiator's registration or reservation."""
    if request.unit is not None or not request.state.reservations:
        return None
    from changer.simulator.reservation_state import take_attention

    return take_attention(request)


def _is_reserved(request: Request) -> bool:
    """Another initiator has reserved the library against this command."""
    if request.unit is not None or not request.state.reservations:
        return False
    from changer.simulator.reservation_conflicts import conflicts

    return conflicts(request)


def _handler(request: Request) -> Callable[[Request], bytes]:
    if request.opcode == _REQUEST_SENSE:
        return _answer_request_sense
    handler = _commands(request.unit).get(request.opcode)
    if handler is None or not _exists(request, request.state.profile):
        raise CheckCondition(INVALID_OPCODE)
    return handler


def _commands(unit: int | None) -> dict[int, Callable[[Request], bytes]]:
    """The handlers of a unit; a drive's are imported when a drive gets a command."""
    if unit is None:
        return CHANGER_COMMANDS
    from changer.simulator.drive_commands import DRIVE_COMMANDS

    return DRIVE_COMMANDS


def _exists(request: Request, profile: Profile) -> bool:
    """The profile has this command; a drive has all of its own."""
    if request.unit is not None:
        return True
    if request.opcode in _RESERVING:
        return bool(profile.reservation_types)
    if request.opcode in _OPTIONAL:
        return request.opcode in profile.opcodes
    return profile.mode_sense_10 or request.opcode != _MODE_SENSE_10


def _check_ready(request: Request) -> None:
    if not _needs_ready(request):
        return
    sense = _unreadiness(request)
    if sense is None or _answers_all_the_same(request):
        return
    _count_becoming_ready(request)
    raise CheckCondition(sense)


def _unreadiness(request: Request) -> Sense | None:
    """Why the unit is not ready; a cleaning that failed is reported first."""
    return cleaning_failure(request) or not_ready(request)


def _needs_ready(request: Request) -> bool:
    if request.unit is None:
        return request.opcode not in _WITHOUT_MEDIA
    from changer.simulator.drive_commands import MEDIUM_COMMANDS

    return request.opcode in MEDIUM_COMMANDS


def _answers_all_the_same(request: Request) -> bool:
    """Scalar: a DVCID query is answered even offline, or with the door open."""
    query = request.opcode == _READ_ELEMENT_STATUS and request.bit(6, 0)
    return query and request.state.profile.identifiers_when_not_ready


def _count_becoming_ready(request: Request) -> None:
    """Becoming ready can last for a number of commands instead of a time."""
    for fault in request.state.faults_named("becoming-ready"):
        if fault.times is not None and request.unit is None:
            request.state.strike(fault)
            return


def _answer_request_sense(request: Request) -> bytes:
    """REQUEST SENSE 03h: a pending unit attention, else why it is not ready, else nothing."""
    sense = _attention(request) or _unreadiness(request) or _NO_SENSE
    # The DESC bit, not the profile, says which format the data has.
    return encode_sense(sense, descriptor_format=request.bit(1, 0))[: request.cdb[4]]
