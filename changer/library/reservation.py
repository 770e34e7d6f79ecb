"""Reservation of a library, and whose it is: another program's, or a fence of ours (pure)."""

from __future__ import annotations

from changer.smc.persistent_reserve import (
    KEY_LENGTH,
    RegisteredKeys,
    Reservation,
    Reservations,
    ReservationType,
)
from changer.values import NamedTuple

# Of a fence: these bytes, two of the host, four of the epoch.
_MARK = b"ch"
_MOST_HOSTS, _MOST_EPOCHS = 0x10000, 0x100000000

_TYPE_WORDS = {
    ReservationType.WRITE_EXCLUSIVE: "Write Exclusive",
    ReservationType.EXCLUSIVE_ACCESS: "Exclusive Access",
    ReservationType.WRITE_EXCLUSIVE_REGISTRANTS_ONLY: "Write Exclusive, Registrants Only",
    ReservationType.EXCLUSIVE_ACCESS_REGISTRANTS_ONLY: "Exclusive Access, Registrants Only",
    ReservationType.WRITE_EXCLUSIVE_ALL_REGISTRANTS: "Write Exclusive, All Registrants",
    ReservationType.EXCLUSIVE_ACCESS_ALL_REGISTRANTS: "Exclusive Access, All Registrants",
}


class FenceKey(NamedTuple):
    """Key under which a host of ours registers: its number, and the epoch of its ownership."""

    host: int
    epoch: int

    def to_bytes(self) -> bytes:
        """The eight bytes. Raises ValueError for an epoch that they have no room for."""
        if not (0 <= self.host < _MOST_HOSTS and 0 < self.epoch < _MOST_EPOCHS):
            raise ValueError(f"no key for host {self.host} and epoch {self.epoch}")
        return _MARK + self.host.to_bytes(2, "big") + self.epoch.to_bytes(4, "big")

    def __str__(self) -> str:
        return f"host {self.host:04x} of changer, epoch {self.epoch}"


def parse_key(key: bytes) -> FenceKey | None:
    """The host and epoch of a key; None: it is of another program."""
    if len(key) != KEY_LENGTH or not key.startswith(_MARK):
        return None
    epoch = int.from_bytes(key[4:], "big")
    return FenceKey(int.from_bytes(key[2:4], "big"), epoch) if epoch else None


def key_words(key: bytes) -> str:
    """Whose key it is, for people."""
    return str(parse_key(key) or f"another program, key {key.hex()}")


class Seen(NamedTuple):
    """Registrations and reservations of a library, as it reported them.

    ``keys``: one for each registered initiator. ``held``: none or one, but for elements (SPC-2).
    """

    keys: tuple[bytes, ...]
    held: tuple[Reservation, ...]

    @property
    def holder(self) -> Reservation | None:
        """The reservation, the one of the whole library first."""
        return min(self.held, key=lambda each: each.scope, default=None)

    @property
    def foreign(self) -> tuple[bytes, ...]:
        """Keys of other programs, each once; zeros: the holder is everyone that is registered."""
        every = dict.fromkeys((*(each.key for each in self.held), *self.keys))
        return tuple(key for key in every if parse_key(key) is None)

    @property
    def fences(self) -> tuple[FenceKey, ...]:
        """Hosts of ours that are registered, or hold the reservation, each once."""
        every = dict.fromkeys((*(each.key for each in self.held), *self.keys))
        return tuple(known for key in every if (known := parse_key(key)) is not None)

    @property
    def highest_epoch(self) -> int | None:
        """The newest ownership that the library has seen, as far as it still shows it."""
        return max((each.epoch for each in self.fences), default=None)


def seen(keys: RegisteredKeys, reservations: Reservations) -> Seen:
    """What both readings show together."""
    return Seen(keys.keys, reservations.held)


def reservation_words(reservation: Reservation) -> str:
    """Whose reservation it is, and its type, for people."""
    kind = reservation.type
    known = next((words for each, words in _TYPE_WORDS.items() if each == kind), f"type {kind:X}h")
    scope = "" if reservation.is_of_unit else ", of elements"
    return f"{_holder_words(reservation)} ({known}{scope})"


def _holder_words(reservation: Reservation) -> str:
    if reservation.is_of_all_registrants:
        return "all registered hosts"
    return key_words(reservation.key)
