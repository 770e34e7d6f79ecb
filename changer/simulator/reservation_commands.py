"""PERSISTENT RESERVE IN 5Eh and OUT 5Fh of the changer (SPC-4, 6.15 and 6.16)."""

from __future__ import annotations

from collections.abc import Callable

from changer.simulator.request import Request
from changer.simulator.reservation import (
    ALL_REGISTRANTS,
    REGISTRANTS_ONLY,
    PortReservations,
    Registration,
)
from changer.simulator.reservation_state import keep, of_request
from changer.simulator.sense import INVALID_FIELD, CheckCondition, ReservedByAnother, Sense
from changer.values import dataclass, replace

_LIST_LENGTH = 24
_WRONG_LIST_LENGTH = Sense(0x05, 0x1A, 0x00)
_BAD_PARAMETER = Sense(0x05, 0x26, 0x00)
_BAD_RELEASE = Sense(0x05, 0x26, 0x04)
_PREEMPTED = Sense(0x06, 0x2A, 0x03)
_RELEASED = Sense(0x06, 0x2A, 0x04)
_REGISTRATION_PREEMPTED = Sense(0x06, 0x2A, 0x05)
# Bits of the type mask of REPORT CAPABILITIES, bytes 4 and 5.
_TYPE_BITS = {0x7: 1 << 15, 0x6: 1 << 14, 0x5: 1 << 13, 0x3: 1 << 11, 0x1: 1 << 9, 0x8: 1 << 0}
_SPECIFIES_INITIATORS, _PERSISTS = 0x08, 0x01


# PERSISTENT RESERVE IN


def answer_reserve_in(request: Request) -> bytes:
    """PERSISTENT RESERVE IN 5Eh; READ FULL STATUS is missing, as in many libraries."""
    answers = {0: _read_keys, 1: _read_reservation, 2: _report_capabilities}
    read = answers.get(request.cdb[1] & 0x1F)
    if read is None:
        raise CheckCondition(INVALID_FIELD)
    return read(request)[: request.uint(7, 2)]


def _read_keys(request: Request) -> bytes:
    mine = of_request(request)
    return _listed(mine, b"".join(_octets(each.key) for each in mine.registrations))


def _read_reservation(request: Request) -> bytes:
    mine = of_request(request)
    if not mine.type:
        return _listed(mine, b"")
    # SPC-4: no key is that of all registrants.
    key = 0 if mine.type in ALL_REGISTRANTS else mine.holders()[0].key
    return _listed(mine, _octets(key) + bytes(5) + bytes([mine.type, 0, 0]))


def _listed(mine: PortReservations, descriptors: bytes) -> bytes:
    head = mine.generation.to_bytes(4, "big") + len(descriptors).to_bytes(4, "big")
    return head + descriptors


def _octets(key: int) -> bytes:
    return key.to_bytes(8, "big")


def _report_capabilities(request: Request) -> bytes:
    profile = request.state.profile
    mask = sum(_TYPE_BITS[kind] for kind in profile.reservation_types)
    # Length 8; PTPL_C; TMV and PTPL_A.
    active = 0x80 | of_request(request).persists
    return bytes([0, 8, profile.reservations_persist, active]) + mask.to_bytes(2, "big") + bytes(2)


# PERSISTENT RESERVE OUT


@dataclass(slots=True, eq=False, repr=False)
class _Wish:
    """What an initiator wants. ``key``: as it says its own is; ``other``: service action key."""

    request: Request
    reservations: PortReservations
    type: int
    key: int
    other: int
    persists: bool

    @property
    def mine(self) -> Registration | None:
        """The initiator's registration."""
        return self.reservations.of(self.request.nexus)

    def registered(self) -> Registration:
        """The same, which must be there, with the key that it says. Raises ReservedByAnother."""
        if (mine := self.mine) is None or mine.key != self.key:
            raise ReservedByAnother
        return mine

    def others(self) -> tuple[Registration, ...]:
        """The registrations of others."""
        return tuple(each for each in self.reservations.registrations if each != self.mine)

    def check_type(self) -> None:
        """Raise CheckCondition unless the library has it, for the logical unit."""
        if self.type not in self.request.state.profile.reservation_types:
            raise CheckCondition(INVALID_FIELD)


def answer_reserve_out(request: Request) -> bytes:
    """PERSISTENT RESERVE OUT 5Fh."""
    act = _ACTIONS.get(request.cdb[1] & 0x1F)
    if act is None or request.cdb[2] >> 4:
        raise CheckCondition(INVALID_FIELD)
    if request.uint(5, 4) != _LIST_LENGTH or len(request.data_out) != _LIST_LENGTH:
        raise CheckCondition(_WRONG_LIST_LENGTH)
    flags = request.data_out[20]
    persists = bool(flags & _PERSISTS)
    if flags & _SPECIFIES_INITIATORS or (
        persists and not request.state.profile.reservations_persist
    ):
        raise CheckCondition(_BAD_PARAMETER)
    wish = _Wish(
        request,
        of_request(request),
        type=request.cdb[2],
        key=int.from_bytes(request.data_out[:8], "big"),
        other=int.from_bytes(request.data_out[8:16], "big"),
        persists=persists,
    )
    keep(request.state, act(wish))
    return b""


def _register(wish: _Wish) -> PortReservations:
    mine = wish.mine
    if wish.key != (mine.key if mine else 0):
        raise ReservedByAnother
    return _register_and_ignore(wish)


def _register_and_ignore(wish: _Wish) -> PortReservations:
    """A new key, or the end of the registration with a key of 0; the reservation stays with it."""
    before, mine = wish.reservations, wish.mine
    after = replace(before, generation=before.generation + 1, persists=wish.persists)
    if not wish.other:
        return before if mine is None else _unregistered(wish, after, mine)
    if mine is None:
        initiator, port = wish.request.nexus
        new = Registration(initiator=initiator, port=port, key=wish.other)
    else:
        new = replace(mine, key=wish.other)
    return replace(after, registrations=(*wish.others(), new))


def _unregistered(wish: _Wish, after: PortReservations, mine: Registration) -> PortReservations:
    """What it held is released; other registrants are told where that concerns them."""
    left = after.without((mine,))
    if after.type in (*REGISTRANTS_ONLY, *ALL_REGISTRANTS) and not left.type:
        left = left.announced(_RELEASED, wish.others())
    return left


def _reserve(wish: _Wish) -> PortReservations:
    mine = wish.registered()
    wish.check_type()
    before = wish.reservations
    if before.type:
        if mine in before.holders() and before.type == wish.type:
            return before
        raise ReservedByAnother
    return _held(before, mine, wish.type)


def _held(before: PortReservations, mine: Registration, kind: int) -> PortReservations:
    others = tuple(each for each in before.registrations if each != mine)
    holding = replace(mine, holds=True)
    return replace(before.released(), type=kind, registrations=(*others, holding))


def _release(wish: _Wish) -> PortReservations:
    mine, before = wish.registered(), wish.reservations
    if mine not in before.holders():
        return before
    if before.type != wish.type:
        raise CheckCondition(_BAD_RELEASE)
    after = before.released()
    if before.type in (*REGISTRANTS_ONLY, *ALL_REGISTRANTS):
        after = after.announced(_RELEASED, tuple(each for each in wish.others()))
    return after


def _clear(wish: _Wish) -> PortReservations:
    wish.registered()
    before = wish.reservations
    after = replace(before, generation=before.generation + 1, type=0, registrations=())
    return after.announced(_PREEMPTED, wish.others())


def _preempt(wish: _Wish) -> PortReservations:
    """End the registrations of a key; of the holder's, take the reservation (SPC-4, 5.13.11.4).

    The commands of those go on: a robot that was set to work can't be called back.
    """
    mine, before = wish.registered(), wish.reservations
    is_of_all = before.type in ALL_REGISTRANTS
    if not wish.other and not is_of_all:
        raise CheckCondition(_BAD_PARAMETER)
    ended = tuple(each for each in wish.others() if not wish.other or each.key == wish.other)
    takes = bool(before.type) and (
        not wish.other if is_of_all else before.holders()[0].key == wish.other
    )
    if not ended and not takes:
        raise ReservedByAnother
    if takes:
        wish.check_type()
    after = replace(before, generation=before.generation + 1)
    after = after.without(ended)
    if takes:
        after = _held(after, mine, wish.type)
    after = after.announced(_REGISTRATION_PREEMPTED, ended)
    if takes and before.type != wish.type:
        left = tuple(each for each in wish.others() if each not in ended)
        after = after.announced(_RELEASED, left)
    return after


_ACTIONS: dict[int, Callable[[_Wish], PortReservations]] = {
    0x00: _register,
    0x01: _reserve,
    0x02: _release,
    0x03: _clear,
    0x04: _preempt,
    0x05: _preempt,
    0x06: _register_and_ignore,
}
