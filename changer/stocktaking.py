"""Lets a library look with its robot at what is where (INITIALIZE ELEMENT STATUS)."""

from __future__ import annotations

from changer.errors import InvalidSlot, UnsupportedByLibrary
from changer.library import Library
from changer.smc.cdb import (
    initialize_element_status,
    initialize_element_status_with_range,
    vendor_initialize_element_status_with_range,
)

__all__ = ["take_inventory"]


def take_inventory(library: Library, *, first_address: int = 0, count: int = 0) -> bool:
    """Inventory of ``count`` elements from an address, or of everything; the lock is the caller's.

    True when the library looked at the range alone: one that knows neither 37h nor E7h looks at
    everything (07h). Some libraries answer GOOD and do nothing (IBM TS3500, ACSLS).
    """
    timeout_seconds = library.settings.inventory_timeout_seconds
    if count:
        for command in (
            initialize_element_status_with_range(
                first_address, count, timeout_seconds=timeout_seconds
            ),
            vendor_initialize_element_status_with_range(
                first_address, count, timeout_seconds=timeout_seconds
            ),
        ):
            feature = f"opcode-{command.cdb[0]:02x}"
            if library.memory.refuses(feature):
                continue
            try:
                library.session.send(command)
            except UnsupportedByLibrary:
                library.memory.learn_refusal(feature)
            except InvalidSlot:
                continue
            else:
                return True
    library.session.send(initialize_element_status(timeout_seconds=timeout_seconds))
    return False
