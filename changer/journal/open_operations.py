"""Open operations: those whose process died, settled without motion by what the library reports.

To be called under the library's lock, when the moves of these operations are settled. A use of the
cleaner is counted, a cartridge that came in or is gone is recorded, and the operation gets its end;
the cartridge stays where it is.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress

from changer.drives.cleaning_monitor import EXPIRED_CLEANING_MEDIA, INVALID_CLEANING_TAPE
from changer.drives.drive import keep_flags, linked_drive
from changer.drives.media_family import family_of_cleaner
from changer.errors import ChangerError
from changer.journal.operations import CANCELLED
from changer.library.element_state import Presence, find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.medium_removal import LETTING_IN
from changer.library.reserved_slots import ReservedSlots
from changer.library.whereabouts import find_whereabouts
from changer.smc.elements import Element
from changer.store.records import Cleaner, Move, Operation

_DIED = "the process ended before it was done"


def settle_operations(library: Library, unfinished: tuple[Operation, ...]) -> None:
    """Give every operation of a dead process its end; costs a reading only if there is one."""
    if not (dead := _dead(library, unfinished)):
        return
    library.context.progress("settling what an earlier process left")
    inventory = library.read()
    for each in dead:
        message = _SETTLERS[each.kind](library, each, inventory)
        library.context.warn(f"an earlier {each.kind} was interrupted: {message}")
    if any(each.kind in LETTING_IN for each in dead):
        library.prevention.restore(library.store, because="it had let people remove media")


def _dead(library: Library, unfinished: tuple[Operation, ...]) -> list[Operation]:
    """Those without an end and without a process; some have ended since they were read."""
    is_running = library.context.coordination.is_running
    left = {each.id for each in unfinished if not is_running(each)}
    found = library.store.unfinished_operations(library.id) if left else ()
    return [each for each in found if each.id in left]


def may_have_loaded(library: Library, operation_id: str, drive_address: int) -> bool:
    """Whether a move of the operation brought a cartridge into the drive, or may have.

    One that was found in a transport, by a robot at rest, was not brought there; one that came to
    another drive cleans that.
    """
    return any(
        _ended_in_a_drive(library, each)
        if each.outcome == "misplaced"
        else each.outcome in (None, "completed", "unknown")
        and each.final_address in (None, each.destination_address)
        for each in library.store.moves_of_operation(operation_id)
        if drive_address in (each.destination_address, each.second_destination_address)
    )


def _ended_in_a_drive(library: Library, move: Move) -> bool:
    return move.final_address in library.reader.assignment().data_transfer


def _fail(library: Library, operation: Operation, message: str) -> str:
    library.store.finish_operation(
        operation.id, state="failed", result=CANCELLED, message=f"{_DIED}; {message}"
    )
    return message


def _settle_slot(library: Library, operation: Operation, _inventory: Inventory) -> str:
    """Reserve and release are one transaction with their end: it did not come to that."""
    return _fail(library, operation, "nothing was changed")


def _settle_insert(library: Library, operation: Operation, inventory: Inventory) -> str:
    slot = _reserved_slot(library, operation, inventory)
    moves = library.store.moves_of_operation(operation.id)
    if not moves:
        return _fail(library, operation, "nothing was moved")
    arrived = moves[-1].outcome == "completed"
    if slot and arrived and slot.full and slot.tag == operation.volume_tag:
        library.store.insert_cleaner(
            operation.id,
            slot_address=slot.address,
            volume_tag=slot.tag,
            family=family_of_cleaner(slot.tag, library.settings),
            cleans_left=operation.cleans_left,
            known=_on_record(library, inventory, slot, moves[-1]),
        )
        return "the cleaning cartridge is in its slot"
    return _fail(library, operation, _whereabouts(operation, inventory))


def _on_record(library: Library, inventory: Inventory, slot: Element, move: Move) -> Cleaner | None:
    """What is on record of the cartridge that a move brought into a slot, by its label.

    As while the process lived: what was known of the place that it came from; else of the label,
    and where others bear that too, only of one that is away.
    """
    if slot.tag is None:
        return None
    alike = [each for each in library.store.cleaners(library.id) if each.volume_tag == slot.tag]
    came_from = [each for each in alike if each.slot_address == move.source_address]
    away = [each for each in alike if each.slot_address is None]
    is_only = len(inventory.holding(slot.tag)) == 1
    at_home = [each for each in alike if each.slot_address is not None] if is_only else []
    return next(iter((*came_from, *at_home, *away)), None)


def _settle_many(library: Library, operation: Operation, _inventory: Inventory) -> str:
    """Each move of an export or import is settled by itself; what is in a mail slot stays there."""
    again = "the same changer export" if operation.kind == "export" else "changer import"
    moves = library.store.moves_of_operation(operation.id)
    moved = sum(each.outcome == "completed" for each in moves)
    cartridges = "1 cartridge was" if moved == 1 else f"{moved} cartridges were"
    return _fail(library, operation, f"{cartridges} moved; to continue, run {again} again")


def _settle_eject(library: Library, operation: Operation, inventory: Inventory) -> str:
    slot = _reserved_slot(library, operation, inventory)
    tag = operation.volume_tag
    if slot is None or tag is None or not find_condition(slot, address=slot.address).is_free:
        return _fail(library, operation, _whereabouts(operation, inventory))
    found = find_whereabouts(inventory, home=slot.address, tag=tag)
    if found.is_gone:
        library.store.eject_cleaner(operation.id, slot_address=slot.address)
        return f"{tag} is out of the library"
    if found.seen:
        return _fail(library, operation, _whereabouts(operation, inventory))
    name = inventory.numbering.name_of(found.untold[0].address)
    return _fail(library, operation, f"{tag} may be in {name}: {found.untold[0].reason}")


def _settle_clean(library: Library, operation: Operation, inventory: Inventory) -> str:
    drive = operation.drive_address
    if drive is None or not may_have_loaded(library, operation.id, drive):
        return _fail(library, operation, "the cleaner was not used")
    if not operation.use_counted:
        _count_use(library, operation, inventory)
    return _fail(library, operation, f"its use is counted; {_whereabouts(operation, inventory)}")


def _count_use(library: Library, operation: Operation, inventory: Inventory) -> None:
    """Count it, unless the drive that holds the cleaner still says that it did not take it.

    A drive that can't be asked, or that reported to the dead process alone, leaves a use too many
    rather than one too few.
    """
    with ExitStack() as stack:
        link, flags = None, frozenset[int]()
        if (address := _holding_drive(operation, inventory)) is not None:
            with suppress(ChangerError):
                link = stack.enter_context(linked_drive(library, inventory, address))
                flags = link.tape_alerts()
        if INVALID_CLEANING_TAPE in flags:
            library.store.count_no_use(operation.id)
        else:
            library.store.count_use(operation.id, spent=EXPIRED_CLEANING_MEDIA in flags)
        if link is not None and flags:
            keep_flags(library, link, flags)


def _holding_drive(operation: Operation, inventory: Inventory) -> int | None:
    """The address of the drive that was to be cleaned, while the cleaner is in it."""
    element = None if operation.drive_address is None else inventory.at(operation.drive_address)
    if element is None or not element.full or element.tag not in (None, operation.volume_tag):
        return None
    return element.address


def _reserved_slot(library: Library, operation: Operation, inventory: Inventory) -> Element | None:
    """The reserved slot of the operation, if the library says that it is there."""
    slots = ReservedSlots.for_(library)
    address = slots.primary if operation.slot_address is None else operation.slot_address
    if address is None or address not in slots:
        return None
    element = inventory.at(address)
    finding = find_condition(element, address=address)
    return element if finding.presence is Presence.PRESENT else None


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
    "export": _settle_many,
    "import": _settle_many,
}
