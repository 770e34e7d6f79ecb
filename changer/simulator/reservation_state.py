"""Persistent reservations in the state of a virtual library: found, kept, told of, lost."""

from __future__ import annotations

from changer.simulator.request import Nexus, Request
from changer.simulator.reservation import ALL_PORTS, PortReservations, Registration
from changer.simulator.sense import Sense
from changer.simulator.state import State
from changer.values import replace

_ANOTHER = Nexus("another")


def of_request(request: Request) -> PortReservations:
    """The reservations that bind whoever comes through the request's port."""
    return _of_port(request.state, request.nexus.port)


def _of_port(state: State, port: int) -> PortReservations:
    kept_for = port if state.profile.reservations_by_port else ALL_PORTS
    found = (each for each in state.reservations if each.port == kept_for)
    return next(found, PortReservations(port=kept_for))


def keep(state: State, new: PortReservations) -> None:
    """Put them in the place of those that they were made of."""
    others = tuple(each for each in state.reservations if each.port != new.port)
    is_blank = new == PortReservations(port=new.port)
    state.change(reservations=others if is_blank else (*others, new))


def take_attention(request: Request) -> Sense | None:
    """The next unit attention of the initiator about reservations; it is counted as reported."""
    mine = of_request(request)
    for each in mine.attentions:
        if each.nexus == request.nexus:
            left = tuple(other for other in mine.attentions if other is not each)
            keep(request.state, replace(mine, attentions=left))
            return Sense(0x06, 0x2A, each.ascq)
    return None


def reserve_for_another(state: State, *, key: int, kind: int) -> None:
    """Let a host that is no initiator of this program register, and reserve the library."""
    mine = _of_port(state, _ANOTHER.port)
    others = tuple(each for each in mine.registrations if each.nexus != _ANOTHER)
    held = replace(mine, registrations=others).released()
    another = Registration(initiator=_ANOTHER.initiator, port=_ANOTHER.port, key=key, holds=True)
    keep(
        state,
        replace(
            held,
            generation=mine.generation + 1,
            type=kind,
            registrations=(*held.registrations, another),
        ),
    )


def lose_power(state: State) -> None:
    """What persists is kept; the generation starts anew (SPC-4, 5.13.2)."""
    kept = [replace(each, generation=0) for each in state.reservations if each.persists]
    state.change(reservations=tuple(replace(each, attentions=()) for each in kept))
