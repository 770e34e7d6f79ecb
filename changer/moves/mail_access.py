"""Mail slots while a person works at them: unlocked and open, looked at, closed again."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

from changer.errors import (
    BeingCleaned,
    DestinationFull,
    DeviceFailed,
    ElementNotPresent,
    ElementUnknown,
    MoveFailed,
    MoveNotAllowed,
    RemovalPrevented,
    SlotReserved,
    SourceEmpty,
    UnsupportedByLibrary,
    VolumeNotFound,
)
from changer.library.element_state import find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.mail_slots import MailSlots
from changer.library.medium_removal import LETTING_IN
from changer.moves.operator import door_unlocked, mail_slot_open
from changer.smc.cdb import open_close_import_export_element
from changer.smc.elements import Element

# Errors of a move that leave the cartridge where it was, and say nothing of other cartridges.
OF_ONE_CARTRIDGE = (
    BeingCleaned,
    DestinationFull,
    DeviceFailed,
    ElementNotPresent,
    ElementUnknown,
    MoveFailed,
    MoveNotAllowed,
    RemovalPrevented,
    SlotReserved,
    SourceEmpty,
    UnsupportedByLibrary,
    VolumeNotFound,
)


def opened(library: Library, mail: MailSlots) -> AbstractContextManager[None]:
    """Let a person reach the mail slots. Takes the lock, and does not keep it."""
    if mail.are_slots:
        return door_unlocked(library)
    return mail_slot_open(library, mail.numbering.assignment)


def close_left_open(library: Library, mail: MailSlots, inventory: Inventory, *, by: str) -> bool:
    """Close mail slots that a process which died had opened; returns whether that was sent.

    ``by``: the operation that asks; another one that waits for a person needs them open. Only under
    the lock.
    """
    if mail.are_slots or all(each.accessible is not False for each in mail.of(inventory)):
        return False
    is_running = library.context.coordination.is_running
    if any(
        each.kind in LETTING_IN and each.id != by and is_running(each)
        for each in library.store.unfinished_operations(library.id)
    ):
        return False
    try:
        library.session.send(open_close_import_export_element(mail.addresses[0], close=True))
    except (UnsupportedByLibrary, RemovalPrevented):
        return False
    return True


def look_at(library: Library, mail: MailSlots) -> tuple[Element, ...]:
    """The mail slots as they are now. Needs no lock."""
    return mail.of(library.read([mail.element_type]))


def not_empty(
    mail: MailSlots, elements: Iterable[Element], addresses: Iterable[int]
) -> tuple[int, ...]:
    """Which of these addresses do not look empty.

    An open mail slot tells no more than FULL=0, and a slot whose magazine is out not even that.
    """
    by_address = {each.address: each for each in elements}
    if mail.are_slots:
        return tuple(
            each
            for each in addresses
            if not find_condition(by_address.get(each), address=each).is_free
        )
    return tuple(each for each in addresses if (it := by_address.get(each)) and it.full)
