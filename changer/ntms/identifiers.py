"""Identifiers of the Removable Storage Manager: GUIDs of libraries, slots and drives.

The GUID of a library is the UUIDv5 of its id in one namespace (RFC 4122); that of a slot or drive
the UUIDv5 of ``slot:ADDRESS`` or ``drive:ADDRESS`` in its library's. They are the same on every
host, and not recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from changer.errors import NoLibrary, NoSuchDrive, UsageError
from changer.library.addressing import MAXIMUM_ADDRESS, Place, PlaceKind
from changer.library.library import Library
from changer.library.opening import KnownLibrary
from changer.library.reserved_slots import ReservedSlots

if TYPE_CHECKING:
    from uuid import UUID

NAMESPACE = "5d1c6d5e-2f0b-4b7a-9a43-6c1f3c0e8a27"

# The first octets of a UUIDv5 are those of its hash; version and variant stand behind them.
_PLAIN_OCTETS = 6


def library_guid(library_id: str) -> UUID:
    """GUID of the library with that id."""
    from uuid import UUID, uuid5

    return uuid5(UUID(NAMESPACE), library_id)


def slot_guid(library_id: str, address: int) -> UUID:
    """GUID of the storage element at an element address of that library."""
    return _element_guid(library_id, "slot", address)


def drive_guid(library_id: str, address: int) -> UUID:
    """GUID of the data transfer element at an element address of that library."""
    return _element_guid(library_id, "drive", address)


def standalone_drive_guid(serial: str) -> UUID:
    """GUID of a stand-alone tape drive."""
    from uuid import UUID, uuid5

    return uuid5(UUID(NAMESPACE), f"drive:{serial}")


def _element_guid(library_id: str, kind: Literal["slot", "drive"], address: int) -> UUID:
    from uuid import uuid5

    return uuid5(library_guid(library_id), f"{kind}:{address}")


def parse_guid(value: UUID | str | None, *, what: str) -> UUID:
    """A GUID, or its text with or without braces, as a UUID. Raises UsageError."""
    from uuid import UUID

    if isinstance(value, UUID):
        return value
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError as error:
        raise UsageError(f"{value!r} is not the GUID of {what}") from error


def find_library(guid: UUID, libraries: Iterable[KnownLibrary]) -> KnownLibrary:
    """The library of a GUID. Raises NoLibrary."""
    for each in libraries:
        if library_guid(each.id) == guid:
            return each
    raise NoLibrary(f"no library has the GUID {guid}", hint="changer list shows their ids")


def find_drive(guid: UUID, libraries: Iterable[KnownLibrary]) -> tuple[KnownLibrary, Place]:
    """Library and element address of a drive's GUID. Raises NoSuchDrive."""
    for each in libraries:
        address = address_of(guid, each.id, "drive")
        if address is not None:
            return each, Place(PlaceKind.ADDRESS, address)
    raise NoSuchDrive(f"no drive has the GUID {guid}")


def primary_slot(library: Library) -> Place | None:
    """The slot that RSM's functions speak of: the first that was reserved; None without one."""
    address = ReservedSlots.for_(library).primary
    return None if address is None else Place(PlaceKind.ADDRESS, address)


def place_of_slot(guid: UUID, library_id: str) -> Place:
    """The slot of a GUID; for another library's, slot 0, which no library has.

    So the slot is refused in its turn among the checks.
    """
    address = address_of(guid, library_id, "slot")
    if address is None:
        return Place(PlaceKind.SLOT, 0)
    return Place(PlaceKind.ADDRESS, address)


def address_of(guid: UUID, library_id: str, kind: Literal["slot", "drive"]) -> int | None:
    """Element address of a GUID of the library; None if it is not the library's.

    Tries every address, in about 50 ms, without a command: a library that is off has its drives.
    """
    from hashlib import sha1

    wanted = guid.bytes[:_PLAIN_OCTETS]
    library = sha1(library_guid(library_id).bytes, usedforsecurity=False)
    for address in range(MAXIMUM_ADDRESS + 1):
        named = library.copy()
        named.update(b"%s:%d" % (kind.encode(), address))
        if named.digest()[:_PLAIN_OCTETS] == wanted:
            return address if _element_guid(library_id, kind, address) == guid else None
    return None
