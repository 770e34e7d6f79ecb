"""PERSISTENT RESERVE IN and OUT: who is registered with a unit, and who has reserved it (SPC-4)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

from changer.errors import MalformedData
from changer.smc.cdb import unsigned
from changer.smc.command import Command
from changer.smc.reader import Reader
from changer.values import NamedTuple

ResultT = TypeVar("ResultT")

KEY_LENGTH = 8
_IN, _OUT = 0x5E, 0x5F
_READ_KEYS, _READ_RESERVATION, _REPORT_CAPABILITIES = 0x00, 0x01, 0x02
_REGISTER, _RESERVE, _RELEASE, _PREEMPT_AND_ABORT, _REGISTER_AND_IGNORE = 0, 1, 2, 5, 6
_RESERVATION_LENGTH = 16
_HEADER_LENGTH = 8
# Of a thousand keys, which is more than any library keeps.
_KEYS_ALLOCATION = _HEADER_LENGTH + 1000 * KEY_LENGTH
_RESERVATION_ALLOCATION = _HEADER_LENGTH + 64 * _RESERVATION_LENGTH
_CAPABILITIES_ALLOCATION = 8
_TIMEOUT_SECONDS = 60.0
# The commands of others have ended when this one does.
_ABORT_TIMEOUT_SECONDS = 300.0
_LOGICAL_UNIT_SCOPE = 0
_PERSIST_THROUGH_POWER_LOSS = 0x01


class ReservationType(IntEnum):
    """Type of a persistent reservation; others are obsolete or reserved."""

    WRITE_EXCLUSIVE = 0x1
    EXCLUSIVE_ACCESS = 0x3
    WRITE_EXCLUSIVE_REGISTRANTS_ONLY = 0x5
    EXCLUSIVE_ACCESS_REGISTRANTS_ONLY = 0x6
    WRITE_EXCLUSIVE_ALL_REGISTRANTS = 0x7
    EXCLUSIVE_ACCESS_ALL_REGISTRANTS = 0x8


_ALL_REGISTRANTS = (
    ReservationType.WRITE_EXCLUSIVE_ALL_REGISTRANTS,
    ReservationType.EXCLUSIVE_ACCESS_ALL_REGISTRANTS,
)
# SPC-4, REPORT CAPABILITIES: the bits of the persistent reservation type mask, bytes 4 and 5.
_TYPE_BITS = {
    0x8000: ReservationType.WRITE_EXCLUSIVE_ALL_REGISTRANTS,
    0x4000: ReservationType.EXCLUSIVE_ACCESS_REGISTRANTS_ONLY,
    0x2000: ReservationType.WRITE_EXCLUSIVE_REGISTRANTS_ONLY,
    0x0800: ReservationType.EXCLUSIVE_ACCESS,
    0x0200: ReservationType.WRITE_EXCLUSIVE,
    0x0001: ReservationType.EXCLUSIVE_ACCESS_ALL_REGISTRANTS,
}


class RegisteredKeys(NamedTuple):
    """Keys of all initiators that are registered, one for each, in the device's order.

    ``generation``: grows with each registration, clearing and pre-emption since the device started.
    """

    generation: int
    keys: tuple[bytes, ...]


class Reservation(NamedTuple):
    """A reservation. ``key``: of the initiator that holds it; zeros where all registered ones do.

    ``scope``: 0 is the logical unit. ``type``: 0 to 15, a ReservationType where SPC-4 names it.
    """

    key: bytes
    scope: int
    type: int

    @property
    def is_of_unit(self) -> bool:
        """The whole logical unit is reserved, not an element of it (SPC-2)."""
        return self.scope == _LOGICAL_UNIT_SCOPE

    @property
    def is_of_all_registrants(self) -> bool:
        """Every registered initiator holds it."""
        return self.type in _ALL_REGISTRANTS


class Reservations(NamedTuple):
    """Reservations of a device: none or one, and more only where elements are reserved (SPC-2)."""

    generation: int
    held: tuple[Reservation, ...]


class ReservationCapabilities(NamedTuple):
    """What a device reports that it can do.

    ``persists``: reservations can outlive a loss of power. ``types``: those it has; None: not told.
    """

    persists: bool
    types: frozenset[ReservationType] | None


def read_keys() -> Command[RegisteredKeys]:
    """The keys that are registered (SPC-4, PERSISTENT RESERVE IN, READ KEYS)."""
    return _reserve_in(_READ_KEYS, _KEYS_ALLOCATION, parse_keys)


def read_reservation() -> Command[Reservations]:
    """The reservation that is held (SPC-4, PERSISTENT RESERVE IN, READ RESERVATION)."""
    return _reserve_in(_READ_RESERVATION, _RESERVATION_ALLOCATION, parse_reservations)


def report_capabilities() -> Command[ReservationCapabilities]:
    """What the device supports (SPC-4, PERSISTENT RESERVE IN, REPORT CAPABILITIES)."""
    return _reserve_in(_REPORT_CAPABILITIES, _CAPABILITIES_ALLOCATION, parse_capabilities)


def _reserve_in(
    service_action: int, allocation_length: int, parse: Callable[[bytes], ResultT]
) -> Command[ResultT]:
    cdb = bytes((_IN, service_action)) + bytes(5)
    cdb += unsigned(allocation_length, 2, "allocation length") + b"\x00"
    return Command(
        name="PERSISTENT RESERVE IN",
        cdb=cdb,
        allocation_length=allocation_length,
        timeout_seconds=_TIMEOUT_SECONDS,
        parse=parse,
    )


def register_and_ignore_existing_key(key: bytes, *, persist: bool) -> Command[None]:
    """Register this initiator under a key, whatever key it has (SPC-4, service action 06h).

    ``persist``: registrations and reservations are to outlive a loss of power (APTPL).
    """
    return _reserve_out(_REGISTER_AND_IGNORE, action_key=key, persist=persist)


def unregister(key: bytes) -> Command[None]:
    """End this initiator's registration, if it has that key (SPC-4, REGISTER, 00h, with key 0).

    What it reserves is released with it. A RESERVATION CONFLICT: it has another key, or none.
    """
    return _reserve_out(_REGISTER, key=key)


def reserve(key: bytes, kind: ReservationType) -> Command[None]:
    """Reserve the unit for this initiator, registered under that key (SPC-4, RESERVE, 01h)."""
    return _reserve_out(_RESERVE, key=key, kind=kind)


def release(key: bytes, kind: ReservationType) -> Command[None]:
    """End this initiator's reservation, if it has one (SPC-4, RELEASE, 02h)."""
    return _reserve_out(_RELEASE, key=key, kind=kind)


def preempt_and_abort(key: bytes, preempted: bytes, kind: ReservationType) -> Command[None]:
    """End the registrations under a key, and abort their commands (SPC-4, service action 05h).

    Where one of them holds the reservation, this initiator holds it afterwards, with type ``kind``.
    A RESERVATION CONFLICT: nobody is registered under ``preempted``, or this one not under ``key``.
    """
    return _reserve_out(_PREEMPT_AND_ABORT, key=key, action_key=preempted, kind=kind)


def _reserve_out(
    service_action: int,
    *,
    key: bytes = bytes(KEY_LENGTH),
    action_key: bytes = bytes(KEY_LENGTH),
    kind: int = 0,
    persist: bool = False,
) -> Command[None]:
    if not len(key) == len(action_key) == KEY_LENGTH:
        raise ValueError(f"a reservation key has {KEY_LENGTH} bytes")
    # Reservation key, service action key, 4 obsolete bytes, APTPL, 3 bytes.
    flags = _PERSIST_THROUGH_POWER_LOSS if persist else 0
    parameters = key + action_key + bytes(4) + bytes((flags, 0, 0, 0))
    cdb = bytes((_OUT, service_action, _LOGICAL_UNIT_SCOPE << 4 | kind)) + bytes(2)
    cdb += unsigned(len(parameters), 4, "parameter list length") + b"\x00"
    aborts = service_action == _PREEMPT_AND_ABORT
    return Command(
        name="PERSISTENT RESERVE OUT",
        cdb=cdb,
        allocation_length=0,
        timeout_seconds=_ABORT_TIMEOUT_SECONDS if aborts else _TIMEOUT_SECONDS,
        parse=_no_value,
        data_out=parameters,
    )


def _no_value(_data: bytes) -> None:
    return None


def parse_keys(data: bytes) -> RegisteredKeys:
    """Parse READ KEYS. A list cut short is MalformedData: a key may be among what is missing."""
    generation, listed = _listed(data, "registered keys")
    keys: list[bytes] = []
    while listed.remaining:
        keys.append(listed.take(KEY_LENGTH, "reservation key"))
    return RegisteredKeys(generation, tuple(keys))


def parse_reservations(data: bytes) -> Reservations:
    """Parse READ RESERVATION. A descriptor cut short is MalformedData."""
    generation, listed = _listed(data, "reservation")
    held: list[Reservation] = []
    while listed.remaining:
        key = listed.take(KEY_LENGTH, "reservation key")
        listed.skip(5, "obsolete and reserved bytes")
        scope_and_type = listed.uint(1, "scope and type")
        listed.skip(2, "obsolete bytes")
        held.append(Reservation(key, scope=scope_and_type >> 4, type=scope_and_type & 0x0F))
    return Reservations(generation, tuple(held))


def _listed(data: bytes, what: str) -> tuple[int, Reader]:
    """Generation, and a reader of the descriptors."""
    reader = Reader(data, what)
    generation = reader.uint(4, "generation")
    length = reader.uint(4, "additional length")
    return generation, reader.sub(length, "list")


def parse_capabilities(data: bytes) -> ReservationCapabilities:
    """Parse REPORT CAPABILITIES; a type that SPC-4 does not name is left out."""
    reader = Reader(data, "reservation capabilities")
    length = reader.uint(2, "length")
    if length < _CAPABILITIES_ALLOCATION:
        raise MalformedData(f"reservation capabilities: a length of {length} bytes")
    persists = reader.uint(1, "persist through power loss capable") & 0x01
    is_told = reader.uint(1, "type mask valid") & 0x80
    mask = reader.uint(2, "type mask")
    types = frozenset(kind for bit, kind in _TYPE_BITS.items() if mask & bit)
    return ReservationCapabilities(bool(persists), types if is_told else None)
