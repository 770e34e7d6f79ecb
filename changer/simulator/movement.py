"""Motions: MOVE MEDIUM, EXCHANGE MEDIUM and POSITION TO ELEMENT, with a real robot's checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from changer.simulator.drive_life import lay, lift
from changer.simulator.fault import Left
from changer.simulator.geometry import Kind
from changer.simulator.profile import MagazineOut
from changer.simulator.request import Loss, NoAnswer, Request
from changer.simulator.sense import (
    BAD_ELEMENT_ADDRESS,
    INVALID_FIELD,
    REMOVAL_PREVENTED,
    CheckCondition,
    Sense,
)
from changer.simulator.state import Cartridge

_MAGAZINE_NOT_ACCESSIBLE = Sense(0x05, 0x3B, 0x11)
_SOURCE_EMPTY = Sense(0x05, 0x3B, 0x0E)
_REMOVAL_PREVENTED_BY_DRIVE = Sense(0x05, 0x53, 0x03)
_DESTINATION_FULL = Sense(0x05, 0x3B, 0x0D)
_MAIL_SLOT_OPEN = Sense(0x02, 0x3A, 0x02)
_TRANSPORT_FULL = Sense(0x05, 0x3B, 0xA0)  # IBM; SMC-3 has no code for it
_MAGAZINE_REMOVED = Sense(0x02, 0x3B, 0x12)
_POSITIONING_ERROR = Sense(0x04, 0x15, 0x01)
# Tandberg SLR: source, destination not installed.
_SOURCE_NOT_INSTALLED = Sense(0x05, 0x80, 0x03)
_DESTINATION_NOT_INSTALLED = Sense(0x05, 0x80, 0x04)


def answer_move(request: Request) -> bytes:
    """MOVE MEDIUM A5h."""
    source, destination = request.uint(4, 2), request.uint(6, 2)
    _check_transport(request, source)
    _refuse_inversion(request.cdb[10] & 0x01)
    _check_move(request, source, destination)
    _check_source(request, source)
    _check_destination(request, destination)
    request.use_robot(request.state.profile.move_seconds)
    _do_or_fail(request, source, lambda: _carry(request, source, destination))
    return b""


def answer_exchange(request: Request) -> bytes:
    """EXCHANGE MEDIUM A6h: source to first destination, what was there to the second."""
    source, first, second = (request.uint(offset, 2) for offset in (4, 6, 8))
    _check_transport(request, source)
    _refuse_inversion(request.cdb[10] & 0x03)
    _check_move(request, source, first)
    _check_move(request, first, second)
    _check_source(request, source)
    _check_source(request, first)
    _check_removal(request, second)
    if first == source or (second in request.state.cartridges and second != source):
        raise CheckCondition(_DESTINATION_FULL)
    request.use_robot(2 * request.state.profile.move_seconds)
    _do_or_fail(request, source, lambda: _exchange(request, source, first, second))
    return b""


def answer_position(request: Request) -> bytes:
    """POSITION TO ELEMENT 2Bh."""
    _check_transport(request, None)
    _refuse_inversion(request.cdb[8] & 0x01)
    _check_element(request, request.uint(4, 2), Sense(0, 0, 0))
    request.use_robot(request.state.profile.move_seconds)
    return b""


def _check_transport(request: Request, source: int | None) -> None:
    """The transport exists, and holds nothing but what is to be moved."""
    chosen = _transport(request)
    if chosen not in request.state.geometry.ranges[Kind.TRANSPORT]:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    if source is not None and source != chosen and chosen in request.state.cartridges:
        raise CheckCondition(_TRANSPORT_FULL)


def _transport(request: Request) -> int:
    # Address 0 means the default transport element.
    return request.uint(2, 2) or request.state.geometry.ranges[Kind.TRANSPORT].start


def _refuse_inversion(bits: int) -> None:
    if bits:  # mode page 1Eh says that it can't rotate
        raise CheckCondition(INVALID_FIELD)


def _check_move(request: Request, source: int, destination: int) -> None:
    kinds = [request.state.geometry.kind_of(address) for address in (source, destination)]
    if kinds[0] is None or kinds[1] is None:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    _check_element(request, source, _SOURCE_NOT_INSTALLED)
    _check_element(request, destination, _DESTINATION_NOT_INSTALLED)
    if not request.state.profile.allows(kinds[0], kinds[1]):
        raise CheckCondition(INVALID_FIELD)


def _check_element(request: Request, address: int, not_installed: Sense) -> None:
    """The element exists, its magazine is in, and it is not open to the operator."""
    state = request.state
    kind = state.geometry.kind_of(address)
    if kind is None:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    if state.is_out(address):
        raise CheckCondition(
            {
                MagazineOut.OMITTED: BAD_ELEMENT_ADDRESS,
                MagazineOut.EXCEPT_3B12: _MAGAZINE_REMOVED,
                MagazineOut.EXCEPT_8302: not_installed,
            }.get(state.profile.magazine_out, _MAGAZINE_NOT_ACCESSIBLE)
        )
    if kind is Kind.MAIL and state.mail_open:
        raise CheckCondition(_MAIL_SLOT_OPEN)


def _check_source(request: Request, address: int) -> None:
    state = request.state
    if address not in state.cartridges:
        raise CheckCondition(_SOURCE_EMPTY)
    if state.geometry.kind_of(address) is Kind.DRIVE and not _lets_go(request, address):
        raise CheckCondition(_REMOVAL_PREVENTED_BY_DRIVE)


def _lets_go(request: Request, address: int) -> bool:
    state = request.state
    drive = state.drives[state.drive_at(address)]
    if drive.prevented or drive.cleaning_until is not None:
        return False
    return state.profile.unloads_drive or not drive.mounted


def _check_destination(request: Request, address: int) -> None:
    if address in request.state.cartridges:
        raise CheckCondition(_DESTINATION_FULL)
    _check_removal(request, address)


def _check_removal(request: Request, address: int) -> None:
    """Nothing may go where a hand can take it while medium removal is prevented."""
    state = request.state
    if state.prevented and state.geometry.kind_of(address) is Kind.MAIL:
        raise CheckCondition(REMOVAL_PREVENTED)


def _do_or_fail(request: Request, source: int, move: Callable[[], None]) -> None:
    """Move, unless the oldest fault that fails or hangs moves strikes."""
    for fault in request.state.faults_named("move-fails", "move-hangs"):
        if fault.after:
            request.state.replace_fault(fault, replace(fault, after=fault.after - 1))
            continue
        request.state.strike(fault)
        _leave(request, source, fault.left, move)
        if fault.name == "move-hangs":
            raise NoAnswer(Loss.HANG)
        raise CheckCondition(fault.sense or _POSITIONING_ERROR)
    move()


def _leave(request: Request, source: int, left: Left | None, move: Callable[[], None]) -> None:
    transport = _transport(request)
    if left is Left.AT_DESTINATION:
        move()
    elif left is Left.IN_TRANSPORT and source != transport:
        _carry(request, source, transport)


def _carry(request: Request, source: int, destination: int) -> None:
    _lay(request, destination, _lift(request, source))


def _exchange(request: Request, source: int, first: int, second: int) -> None:
    held = _lift(request, first)
    _lay(request, first, _lift(request, source))
    _lay(request, second, held)


def _lift(request: Request, source: int) -> Cartridge:
    """Take the cartridge out; a drive lets go of it, and it remembers where it came from."""
    kind = request.state.geometry.kind_of(source)
    cartridge = replace(lift(request.state, source), operator_placed=False)
    # SVALID: the last storage element; some libraries name whatever element it came from.
    if kind in (Kind.STORAGE, Kind.MAIL) or request.state.profile.source_is_last_element:
        return replace(cartridge, source_address=source)
    return cartridge


def _lay(request: Request, destination: int, cartridge: Cartridge) -> None:
    """Put the cartridge down, when the robot has arrived."""
    lay(request.state, destination, cartridge, request.now + request.seconds)
