"""Persistent reservations as values: who is registered, and who holds one (SPC-4, 5.13).

They bind an I_T nexus: an initiator that comes through a port of the library. Most libraries have
one set of them; some keep one for each port, which then binds nobody at another port.
"""

from __future__ import annotations

from typing import Any

from changer.simulator.records import BadRecord, from_json
from changer.simulator.sense import Sense
from changer.values import dataclass, replace

REGISTRANTS_ONLY = (0x5, 0x6)
ALL_REGISTRANTS = (0x7, 0x8)
ALL_PORTS = 0
_TYPES = (0x1, 0x3, *REGISTRANTS_ONLY, *ALL_REGISTRANTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An initiator that registered, through a port, with a key. ``holds``: it has the reservation.

    With a type for all registrants, each of them holds it.
    """

    initiator: str
    port: int
    key: int
    holds: bool = False

    @property
    def nexus(self) -> tuple[str, int]:
        """Who it is: as a Nexus has it."""
        return self.initiator, self.port


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAttention:
    """A unit attention that an initiator is to meet: 06/2A and this qualifier."""

    initiator: str
    port: int
    ascq: int

    @property
    def nexus(self) -> tuple[str, int]:
        """Who it is."""
        return self.initiator, self.port


@dataclass(frozen=True, slots=True, kw_only=True)
class PortReservations:
    """All registrations through one port, or through all of them (0), and their reservation.

    ``type``: of the reservation, 0 for none. ``persists``: they outlive a loss of power (APTPL).
    """

    port: int = ALL_PORTS
    generation: int = 0
    persists: bool = False
    type: int = 0
    registrations: tuple[Registration, ...] = ()
    attentions: tuple[PendingAttention, ...] = ()

    def of(self, nexus: tuple[str, int]) -> Registration | None:
        """Its registration, if it has one."""
        return next((each for each in self.registrations if each.nexus == nexus), None)

    def holders(self) -> tuple[Registration, ...]:
        """Those that hold the reservation; none without one."""
        if not self.type:
            return ()
        if self.type in ALL_REGISTRANTS:
            return self.registrations
        return tuple(each for each in self.registrations if each.holds)

    def without(self, gone: tuple[Registration, ...]) -> PortReservations:
        """After these registrations ended; the reservation ends with its last holder."""
        left = tuple(each for each in self.registrations if each not in gone)
        kept = replace(self, registrations=left)
        return kept if kept.holders() else kept.released()

    def released(self) -> PortReservations:
        """Without the reservation."""
        free = tuple(replace(each, holds=False) for each in self.registrations)
        return replace(self, type=0, registrations=free)

    def announced(self, sense: Sense, to: tuple[Registration, ...]) -> PortReservations:
        """With a unit attention for these, which each of them meets once."""
        new = [
            PendingAttention(initiator=each.initiator, port=each.port, ascq=sense.ascq)
            for each in to
        ]
        kept = [each for each in self.attentions if each not in new]
        return replace(self, attentions=(*kept, *new))


def read_reservations(value: Any) -> tuple[PortReservations, ...]:
    """What ``to_json`` made of them. Raises BadRecord."""
    if not isinstance(value, list):
        raise BadRecord(f"reservations is not a list: {value!r}")
    read = tuple(from_json(PortReservations, each) for each in value)
    for each in read:
        _check(each)
    return read


def _check(reservations: PortReservations) -> None:
    keys = [each.key for each in reservations.registrations]
    if reservations.type not in (0, *_TYPES) or not all(0 < key < 1 << 64 for key in keys):
        raise BadRecord("reservations that can't be")
    if reservations.type and not reservations.holders():
        raise BadRecord("a reservation without a holder")
