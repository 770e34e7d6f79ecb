"""What is on record of a drive: its key in the store, and the cleaning request kept there."""

from __future__ import annotations

from changer.library.element_state import exception_meaning
from changer.library.library import Library
from changer.smc.elements import Element, ElementException
from changer.store.records import CleaningRequest, DriveCondition, DriveIdentity

# Not 11, cleaning media: it says that a cleaning cartridge is in the drive (SSC-4).
_CLEAN_NOW, _CLEAN_PERIODIC = 20, 21


def drive_name(library: Library, identity: DriveIdentity | None, address: int) -> str:
    """Key of a drive in the store: its serial number, else ``LIBRARY@ADDRESS``."""
    return identity.serial if identity and identity.serial else f"{library.id}@{address}"


def request_of_flags(flags: frozenset[int]) -> CleaningRequest | None:
    """The cleaning request that TapeAlert flags amount to."""
    if _CLEAN_NOW in flags:
        return "required"
    return "requested" if _CLEAN_PERIODIC in flags else None


def request_on_record(condition: DriveCondition | None) -> CleaningRequest | None:
    """The cleaning request that a drive made since it was cleaned last, by what it reported."""
    if condition is None:
        return None
    return condition.cleaning_request or request_of_flags(condition.tape_alerts)


def is_shown_requesting(element: Element | None) -> bool:
    """Whether the library shows that the drive requests cleaning."""
    return element is not None and exception_meaning(element) is ElementException.CLEANING_REQUESTED
