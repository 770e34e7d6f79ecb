"""What of a library backup software is shown: all of it, or all but what is kept for cleaning."""

from __future__ import annotations

from collections.abc import Callable

from changer.library.element_state import is_cleaner
from changer.library.library import Library
from changer.smc.elements import Element

__all__ = ["hidden_slots"]


def hidden_slots(library: Library) -> Callable[[Element], bool]:
    """Whether backup software is not to see a slot: cleaners', and the one kept for them."""
    if library.settings.cleaners_listed:
        return lambda _: False
    prefixes = library.settings.cleaner_prefixes
    reservation = library.store.reservation(library.id)
    reserved = reservation.slot_address if reservation else None
    return lambda each: (
        each.address == reserved or (each.full and is_cleaner(each, prefixes=prefixes))
    )
