"""Which tape drive is at which data transfer element."""

from __future__ import annotations

from dataclasses import replace

from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element
from changer.store.records import DriveIdentity

__all__ = ["drive_identities"]


def drive_identities(library: Library, inventory: Inventory) -> dict[int, DriveIdentity]:
    """Who is at each data transfer element address, as read before or else from the library.

    Read apart from occupancy (DVCID), and again when the library has other drive elements than
    before, or said that something changed. Empty where the library does not tell.
    """
    kept = library.store.drives(library.id)
    addresses = set(
        range(inventory.assignment.data_transfer.first, inventory.assignment.data_transfer.last + 1)
    )
    if kept is None or not {each.address for each in kept} <= addresses:
        elements = library.reader.drive_identifiers(inventory.assignment) or []
        library.ensure_identity()
        kept = _told_apart([_identity(each) for each in elements])
        library.store.replace_drives(library.id, kept)
    return {each.address: each for each in kept}


def _identity(element: Element) -> DriveIdentity:
    identifier = element.identifier
    return DriveIdentity(
        address=element.address,
        serial=identifier.serial if identifier else None,
        vendor=identifier.vendor if identifier else None,
        product=identifier.product if identifier else None,
    )


def _told_apart(drives: list[DriveIdentity]) -> tuple[DriveIdentity, ...]:
    """Without serial numbers that more than one drive has: they would lead to the wrong one."""
    serials = [each.serial for each in drives]
    return tuple(
        each if serials.count(each.serial) == 1 else replace(each, serial=None) for each in drives
    )
