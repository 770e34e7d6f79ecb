"""Commands that meet RESERVATION CONFLICT while another initiator holds a reservation.

SPC-4, tables of commands allowed in the presence of various reservations, and SMC-3's for its own
commands. Where a model differs, its profile has the opcodes.
"""

from __future__ import annotations

from changer.simulator.request import Request
from changer.simulator.reservation import ALL_REGISTRANTS, REGISTRANTS_ONLY, PortReservations
from changer.simulator.reservation_state import of_request

_WRITE_EXCLUSIVE = (0x1, 0x5, 0x7)
_RESERVE_OUT, _PREVENT_ALLOW, _READ_ELEMENT_STATUS = 0x5F, 0x1E, 0xB8
# TEST UNIT READY, REQUEST SENSE, INQUIRY, LOG SENSE, PERSISTENT RESERVE IN, REPORT LUNS. PERSISTENT
# RESERVE OUT has conflicts of its own.
_ALWAYS = frozenset({0x00, 0x03, 0x12, 0x4D, 0x5E, _RESERVE_OUT, 0xA0})
# MODE SENSE: reads what a type that only excludes writes lets everyone read.
_READS = frozenset({0x1A, 0x5A})
# RESERVE and RELEASE, of 6 and 10 bytes: not beside a registration, whoever has it (SPC-4, 5.13.1).
_OLDER = frozenset({0x16, 0x17, 0x56, 0x57})


def conflicts(request: Request) -> bool:
    """Whether the command is refused for the reservation of another initiator."""
    reservations = of_request(request)
    if request.opcode in _OLDER:
        return bool(reservations.registrations)
    return not _may_do_everything(reservations, request) and not _is_spared(reservations, request)


def _may_do_everything(reservations: PortReservations, request: Request) -> bool:
    if not reservations.type:
        return True
    mine = reservations.of(request.nexus)
    if mine is None:
        return False
    return mine.holds or reservations.type in (*REGISTRANTS_ONLY, *ALL_REGISTRANTS)


def _is_spared(reservations: PortReservations, request: Request) -> bool:
    profile, opcode = request.state.profile, request.opcode
    if opcode in profile.reservations_spare:
        return True
    if opcode in profile.reservations_refuse:
        return False
    if opcode == _PREVENT_ALLOW:  # to allow removal
        return not request.bit(4, 0)
    if opcode == _READ_ELEMENT_STATUS:  # CURDATA
        return request.bit(6, 1)
    return opcode in _ALWAYS or (opcode in _READS and reservations.type in _WRITE_EXCLUSIVE)
