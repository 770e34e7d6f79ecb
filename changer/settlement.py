"""Settles operations whose process died, as far as that needs no motion: by what the library says.

To be called under the library's lock. A use of the cleaner is counted, a cartridge that came in or
is gone is recorded, and the operation gets its end; the cartridge stays where it is. A move of an
operation whose end was not recorded, by Ctrl-C or a full disk, gets it too.
"""

from __future__ import annotations

from changer.elements import Element, ElementType
from changer.errors import NtmsResult
from changer.inventory import Inventory
from changer.library import Library
from changer.operations import CANCELLED, is_running
from changer.presence import Presence, find_element_presence
from changer.store.records import Move, MoveOutcome, Operation
from changer.whereabouts import Location, find_cartridge

__all__ = ["may_have_loaded", "settle_operations"]

_DIED = "the process ended before it was done"
_INTERRUPTED = "interrupted; the library was looked at later"
_OUTCOMES: dict[Location, MoveOutcome] = {
    Location.SOURCE: "not-executed",
    Location.DESTINATION: "completed",
    Location.ELSEWHERE: "misplaced",
}


def settle_operations(library: Library) -> None:
    """Give every operation of a dead process its end, and every move of an operation.

    Costs a reading only if there is something to settle.
    """
    store = library.store
    dead = [each for each in store.unfinished_operations(library.id) if not is_running(each)]
    moves = [
        each
        for each in store.unsettled_moves(library.id)
        if each.outcome is None and each.operation_id is not None
    ]
    if not dead and not moves:
        return
    library.context.progress("settling what an earlier process left")
    inventory = library.read()
    for move in moves:
        _settle_move(library, move, inventory)
    for each in dead:
        message = _SETTLERS[each.kind](library, each, inventory)
        library.context.warn(f"an earlier {each.kind} was interrupted: {message}")


def may_have_loaded(library: Library, operation_id: str, drive_address: int) -> bool:
    """A move of the operation brought a cartridge into the drive, or it can't be told."""
    return any(
        each.destination_address == drive_address and each.outcome in (None, "completed", "unknown")
        for each in _moves_of(library, operation_id)
    )


def _settle_move(library: Library, move: Move, inventory: Inventory) -> None:
    """Under the lock nothing is under way: where the library shows the cartridge is its end.

    One in the transport stays open: it is to be brought home.
    """
    found = find_cartridge(
        inventory,
        source_address=move.source_address,
        destination_address=move.destination_address,
        tag=move.volume_tag,
    )
    kind = None if found.address is None else inventory.assignment.type_of(found.address)
    if found.location in _OUTCOMES and kind is not ElementType.MEDIUM_TRANSPORT:
        library.store.finish_move(
            move.id,
            outcome=_OUTCOMES[found.location],
            final_address=found.address,
            message=_INTERRUPTED,
        )


def _fail(library: Library, operation: Operation, message: str) -> str:
    result = NtmsResult(CANCELLED.name, CANCELLED.code)
    library.store.finish_operation(
        operation.id, state="failed", result=result, message=f"{_DIED}; {message}"
    )
    return message


def _settle_slot(library: Library, operation: Operation, _inventory: Inventory) -> str:
    """Reserve and release are one transaction with their end: it did not come to that."""
    return _fail(library, operation, "nothing was changed")


def _settle_insert(library: Library, operation: Operation, inventory: Inventory) -> str:
    slot = _reserved_slot(library, inventory)
    moves = _moves_of(library, operation.id)
    if not moves:
        return _fail(library, operation, "nothing was moved")
    arrived = moves[-1].outcome == "completed"
    if slot and arrived and slot.full and slot.tag == operation.volume_tag:
        library.store.insert_cleaner(
            operation.id, volume_tag=slot.tag, cleans_left=operation.cleans_left
        )
        return "the cleaning cartridge is in its slot"
    return _fail(library, operation, _whereabouts(operation, inventory))


def _settle_eject(library: Library, operation: Operation, inventory: Inventory) -> str:
    slot = _reserved_slot(library, inventory)
    tag = operation.volume_tag
    if slot and not slot.full and tag and not inventory.holding(tag):
        library.store.eject_cleaner(operation.id)
        return f"{tag} is out of the library"
    return _fail(library, operation, _whereabouts(operation, inventory))


def _settle_clean(library: Library, operation: Operation, inventory: Inventory) -> str:
    drive = operation.drive_address
    if drive is None or not may_have_loaded(library, operation.id, drive):
        return _fail(library, operation, "the cleaner was not used")
    library.store.count_use(operation.id)
    return _fail(library, operation, f"one use counted; {_whereabouts(operation, inventory)}")


def _reserved_slot(library: Library, inventory: Inventory) -> Element | None:
    """The reserved slot, if the library says that it is there."""
    reservation = library.store.reservation(library.id)
    if reservation is None:
        return None
    address = reservation.slot_address
    element = inventory.at(address)
    finding = find_element_presence(element, address=address)
    return element if finding.presence is Presence.PRESENT else None


def _moves_of(library: Library, operation_id: str) -> list[Move]:
    """The journal's entries of an operation, oldest first."""
    moves = library.store.moves(library.id, limit=1000)
    return sorted(
        (each for each in moves if each.operation_id == operation_id), key=lambda each: each.id
    )


def _whereabouts(operation: Operation, inventory: Inventory) -> str:
    if not operation.volume_tag:
        return "changer status shows where its cartridge is"
    found = inventory.holding(operation.volume_tag)
    if len(found) != 1:
        return f"{operation.volume_tag} is not where the library looked"
    return f"{operation.volume_tag} is in {inventory.numbering.name_of(found[0].address)}"


_SETTLERS = {
    "reserve": _settle_slot,
    "release": _settle_slot,
    "insert": _settle_insert,
    "eject": _settle_eject,
    "clean": _settle_clean,
}
