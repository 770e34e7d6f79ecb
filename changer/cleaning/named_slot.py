"""The reserved slot that is meant: named by its place or its cleaner's label, or the only one."""

from __future__ import annotations

from collections.abc import Iterable

from changer.errors import NoSlotReserved, NoSlotSet, SeveralCartridges, UsageError
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots


def require_reserved(library: Library) -> ReservedSlots:
    """The reserved slots. Raises NoSlotSet where there is none."""
    slots = ReservedSlots.for_(library)
    if not slots:
        raise NoSlotSet(
            f"no slot of {library.id} is reserved for a cleaning cartridge",
            hint="changer cleaner reserve SLOT, then changer cleaner insert",
        )
    return slots


def require_slot_or_label(place: Place | None) -> None:
    """Raise UsageError for a place that is neither a slot nor a label, without asking a library."""
    if place is not None and place.kind not in (PlaceKind.SLOT, PlaceKind.ADDRESS, PlaceKind.TAG):
        raise UsageError(
            f"{place} is not a slot", hint="name a reserved slot by its number, such as 12"
        )


def named_slot(library: Library, place: Place | None, *, among: Iterable[int] | None = None) -> int:
    """The element address of the reserved slot that is meant.

    place  a slot, or the label of a cleaner on record; None: the only reserved slot there is.
    among  those of which the only one is meant, if there is one.

    Raises NoSlotSet, InvalidSlot, NoSlotReserved for a slot that is not reserved, and for a label
    that is not on record; UsageError for None where there are several; SeveralCartridges.
    """
    slots = require_reserved(library)
    if place is None:
        meant = [*slots] if len(slots) == 1 or among is None else [*among]
        if len(meant) == 1:
            return meant[0]
        raise UsageError(
            f"{len(slots)} slots of {library.id} are reserved for cleaning cartridges",
            hint=f"name the right one: {_list(library, slots)}",
        )
    if place.kind is PlaceKind.TAG:
        return _slot_of_label(library, slots, place)
    address = _numbering(library).address_of(place)
    if address not in slots:
        raise NoSlotReserved(
            f"{_numbering(library).name_of(address)} of {library.id} is not reserved",
            hint=f"reserved: {_list(library, slots)}",
        )
    return address


def _slot_of_label(library: Library, slots: ReservedSlots, place: Place) -> int:
    found = [
        each.slot_address
        for each in slots.cleaners
        if each.slot_address is not None and each.volume_tag == place.tag
    ]
    if not found:
        raise NoSlotReserved(
            f"no reserved slot of {library.id} has a cleaning cartridge {place.tag} on record",
            hint=f"reserved: {_list(library, slots)}",
        )
    if len(found) > 1:
        names = " and ".join(map(_numbering(library).name_of, found))
        raise SeveralCartridges(
            f"two cleaning cartridges are labelled {place.tag}: in {names}", hint="name the slot"
        )
    return found[0]


def _list(library: Library, slots: ReservedSlots) -> str:
    numbering = _numbering(library)
    shown = []
    for address in slots:
        cleaner = slots.cleaner_of(address)
        label = "" if cleaner is None else f" ({cleaner.volume_tag or 'without a label'})"
        shown.append(f"{numbering.place_of(address)}{label}")
    return ", ".join(shown)


def _numbering(library: Library) -> Numbering:
    return Numbering(library.reader.assignment())
