"""What came into the mail slots for an insertion, and what lies there and may be meant."""

from __future__ import annotations

from collections.abc import Iterable

from changer.cleaning.cartridge import CleanerState
from changer.errors import InvalidCleaner, SeveralCartridges
from changer.library.addressing import Numbering
from changer.library.element_state import cartridge_name
from changer.library.reserved_slots import ReservedSlots
from changer.smc.elements import Element, ElementType, MediumType


def announce(state: CleanerState, mail: Iterable[Element]) -> None:
    """Say what is there and is not waited for, but may be what the person means."""
    library, numbering = state.library, state.inventory.numbering
    drives = state.inventory.of_type(ElementType.DATA_TRANSFER)
    cleaners = [each for each in drives if each.full and state.slots.is_cleaner(each)]
    for each in (*cleaners, *(each for each in mail if each.full)):
        name, place = numbering.name_of(each.address), numbering.place_of(each.address)
        command = f"changer cleaner insert --from {place}"
        if each not in cleaners:
            command += " --assume-cleaner"
        library.context.warn(
            f"{cartridge_name(each)} is in {name}; if it is the cleaner: {command}"
        )


def find_import(
    elements: Iterable[Element],
    *,
    before: Iterable[Element],
    numbering: Numbering,
    slots: ReservedSlots,
    assume_cleaner: bool,
) -> Element | None:
    """The mail slot with the cleaning cartridge that came in; None while nothing has.

    ``before``: the mail slots at the start. A cartridge that was in one counts only if nothing else
    came, and it is the only cleaner in them; with ``assume_cleaner``, also if it is the only
    cartridge, and the library does not call it another medium.

    Raises SeveralCartridges, or InvalidCleaner for another cartridge, unless ``assume_cleaner``.
    """
    lay_there = {(each.address, each.tag) for each in before if each.full}
    full = [each for each in elements if each.full]
    came = [each for each in full if (each.address, each.tag) not in lay_there]
    found = came or [each for each in full if slots.is_cleaner(each)]
    if not found and assume_cleaner and len(full) == 1:
        found = [each for each in full if each.medium_type == MediumType.UNSPECIFIED]
    if len(found) > 1:
        listed = ", ".join(
            f"{cartridge_name(each)} in {numbering.name_of(each.address)}" for each in found
        )
        raise SeveralCartridges(
            f"more than one cartridge is there: {listed}",
            hint="bring them in one by one: changer cleaner insert --from "
            f"{numbering.place_of(found[0].address)}, or leave one in the mail slots",
        )
    for element in found:
        if not (assume_cleaner or slots.is_cleaner(element)):
            raise InvalidCleaner(
                f"{cartridge_name(element)} in {numbering.name_of(element.address)} is not a "
                "cleaning cartridge, as far as the library reports",
                hint="take it out again; if it is one, say so with --assume-cleaner",
            )
        return element
    return None
