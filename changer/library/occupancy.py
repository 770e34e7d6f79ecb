"""Occupancy of a slot by what all elements of the library say (pure).

FULL=0 alone proves nothing: the home slot of a cartridge that is in a drive reads so, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from changer.library.element_state import OUT_TYPES, find_condition
from changer.smc.elements import Element


class Occupancy(Enum):
    """What a present element holds, by what all others say, too."""

    EMPTY = "empty"
    FULL = "full"
    OUT = "its cartridge is out"
    UNKNOWN = "unknown"


def find_occupancy(
    element: Element, elements: Iterable[Element], *, cleaner_tag: str | None = None
) -> Occupancy:
    """What a present storage element holds, given every other element of the library.

    FULL=0 alone proves nothing: the home slot of a cartridge in a drive reads so, too.
    ``cleaner_tag``: the tag of the cartridge that belongs here, if one is known.
    """
    if element.full:
        return Occupancy.FULL
    others = [other for other in elements if other.address != element.address]
    if cartridge_out(element.address, others, cleaner_tag=cleaner_tag):
        return Occupancy.OUT
    contradiction = (
        not find_condition(element, address=element.address).is_free
        or element.volume_tag is not None
        or element.alternate_volume_tag is not None
        or any(
            other.source_address == element.address
            and other.element_type in OUT_TYPES
            and not find_condition(other, address=other.address).tells_empty
            for other in others
        )
    )
    return Occupancy.UNKNOWN if contradiction else Occupancy.EMPTY


def cartridge_out(
    address: int, others: Iterable[Element], *, cleaner_tag: str | None = None
) -> Element | None:
    """The drive or transport whose cartridge came from this address, or bears this tag.

    Only those: libraries keep SVALID on cartridges that have long been stored elsewhere, so a
    storage element that names this one as its source says nothing of it (seen: HPE MSL3040).
    A label is no identity: it counts only where the library names no other source.
    """
    out = [each for each in others if each.element_type in OUT_TYPES and each.full]
    from_here = (each for each in out if each.source_address == address)
    alike = (each for each in out if each.source_address is None and each.tag is not None)
    return next(from_here, next((each for each in alike if each.tag == cleaner_tag), None))
