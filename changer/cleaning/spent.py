"""What becomes of a cleaning cartridge that is used up: it stays, or is put out of the way.

By the setting ``spent``. Called under the library's lock, once the cartridge is in its slot. What
can't be done is warned of: the cartridge stays where it is, and is not used.
"""

from __future__ import annotations

from collections.abc import Iterable

from changer.errors import ChangerError
from changer.journal.operations import Running
from changer.library.addressing import Place, PlaceKind
from changer.library.element_state import cartridge_name, find_condition, takes_media
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.moves.execute import move_locked
from changer.moves.plan import plan_move
from changer.smc.elements import Element, ElementType

_Free = tuple[Place, str]
"""A free place, and its name in a sentence."""


def put_spent_away(running: Running, element: Element) -> None:
    """Move a used-up cleaner out of its slot, where the settings say so. ``element``: that slot."""
    library = running.library
    wanted = library.settings.spent
    if wanted.action == "keep" or library.context.dry_run is not None:
        return
    name = cartridge_name(element)
    try:
        if wanted.action == "eject" and library.prevention.is_wanted(library.store):
            library.context.warn(
                f"{name} is used up, and stays in its slot: removing media is prevented"
            )
            return
        to = _mail_slot(library) if wanted.action == "eject" else _slot(library, wanted.slots)
        if to is None:
            where = "mail slot" if wanted.action == "eject" else f"slot of {wanted}"
            library.context.warn(f"{name} is used up, and stays in its slot: no {where} is free")
            return
        place, there = to
        home = Place(PlaceKind.ADDRESS, element.address)
        move_locked(
            library,
            lambda: plan_move(library, home, place, operation_id=running.id),
            operation_id=running.id,
        )
        if wanted.action == "move":
            library.store.lose_cleaner(library.id, slot_address=element.address)
        library.context.warn(f"{name} is used up, and is in {there} now: replace it")
    except ChangerError as error:
        library.context.warn(f"{name} is used up, and was not put away: {error.message}")


def _mail_slot(library: Library) -> _Free | None:
    inventory = library.read([ElementType.IMPORT_EXPORT])
    return _first_free(inventory, inventory.of_type(ElementType.IMPORT_EXPORT))


def _slot(library: Library, numbers: range) -> _Free | None:
    inventory = library.read([ElementType.STORAGE])
    reserved = ReservedSlots.for_(library)
    number_of = inventory.numbering.number_of
    slots = inventory.of_type(ElementType.STORAGE)
    wanted = [each for each in slots if number_of(each.address) in numbers]
    return _first_free(inventory, [each for each in wanted if each.address not in reserved])


def _first_free(inventory: Inventory, elements: Iterable[Element]) -> _Free | None:
    for each in elements:
        if find_condition(each, address=each.address).is_free and takes_media(each):
            numbering = inventory.numbering
            return numbering.place_of(each.address), numbering.name_of(each.address)
    return None
