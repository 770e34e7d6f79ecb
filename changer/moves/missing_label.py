"""Refusals of a volume tag that the library does not show, or that two elements show.

Another valid label is never suggested: only one that differs in case, blanks or media suffix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from changer.errors import VolumeNotFound
from changer.host.clock import date_of
from changer.journal.last_seen import Sighting, last_sighting
from changer.library.element_state import Presence, find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.atlas.habits import Habit, has_habit
from changer.smc.elements import Element, ElementType

# Six characters, and the medium's: LTO, its WORM and M8, cleaners, 3592, T10000.
_WITH_SUFFIX = re.compile(r"(.{6})(L[0-9A-Z]|M8|CU|J[A-Z]|T[12TS])")
_WORDS = {
    ElementType.STORAGE: "slot",
    ElementType.IMPORT_EXPORT: "mail slot",
    ElementType.DATA_TRANSFER: "drive",
    ElementType.MEDIUM_TRANSPORT: "picker",
}


def in_two_places(inventory: Inventory, tag: str, found: Iterable[Element]) -> VolumeNotFound:
    """The refusal of a label that more than one element shows."""
    order = list(_WORDS)
    ordered = sorted(found, key=lambda each: (order.index(each.element_type), each.address))
    names = " and ".join(inventory.numbering.name_of(each.address) for each in ordered)
    return VolumeNotFound(
        f"{tag} is in more than one place: {names}", hint="name the place instead"
    )


def in_no_place(library: Library, inventory: Inventory, tag: str) -> VolumeNotFound:
    """The refusal of a label that no element shows, in a reading of all elements."""
    seen = last_sighting(library, tag)
    last = "" if seen is None else f"; {_last_seen(inventory, seen)}"
    untold = ", ".join(_untold(inventory))
    close = _nearly(tag, inventory)
    hint = "see the inventory with: changer status"
    if close:
        hint = f"did you mean {' or '.join(close)}?"
    elif has_habit(Habit.LABELS_AFTER_SCAN, library.session.model):
        hint = "it may show labels only after an inventory (moves the robot): changer inventory"
    return VolumeNotFound(
        f"{tag} is not in this library now{last}" + (f" ({untold})" if untold else ""), hint=hint
    )


def _last_seen(inventory: Inventory, seen: Sighting) -> str:
    name = inventory.numbering.name_of(seen.address)
    day = date_of(seen.at)
    return f"it left through {name} on {day}" if seen.has_left else f"last seen in {name} on {day}"


def _untold(inventory: Inventory) -> Iterator[str]:
    """The elements that may hold it, counted: ``6 slots are not present``."""
    for element_type, word in _WORDS.items():
        elements = inventory.assignment.range_of(element_type)
        found = [_why_untold(inventory, each) for each in range(elements.first, elements.last + 1)]
        for one, more in dict.fromkeys(each for each in found if each is not None):
            number = found.count((one, more))
            yield f"{number} {word} {one}" if number == 1 else f"{number} {word}s {more}"


def _why_untold(inventory: Inventory, address: int) -> tuple[str, str] | None:
    """Why an element may hold a cartridge although it shows none, of one and of more; or None."""
    element = inventory.at(address)
    finding = find_condition(element, address=address)
    if finding.tells_empty:
        return None
    if element is not None and finding.full:
        if element.tag is None:
            return "shows no label", "show no label"
        return None if finding.tells_label else ("shows a label in doubt", "show a label in doubt")
    if finding.presence is Presence.ABSENT:
        return "is not present", "are not present"
    return "can't be read", "can't be read"


def _nearly(tag: str, inventory: Inventory) -> list[str]:
    """The labels that differ in case, blanks or media suffix alone."""
    known = sorted({each.tag for each in inventory.elements if each.full and each.tag})
    return [each for each in known if _stem(each) == _stem(tag)]


def _stem(tag: str) -> str:
    folded = "".join(tag.split()).upper()
    match = _WITH_SUFFIX.fullmatch(folded)
    return match[1] if match else folded
