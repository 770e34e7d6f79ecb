"""What of a library backup software is shown: all of it, or all but what is kept for cleaning."""

from __future__ import annotations

from collections.abc import Callable

from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.elements import Element

__all__ = ["hidden_slots"]


def hidden_slots(library: Library) -> Callable[[Element], bool]:
    """Whether backup software is not to see a slot: cleaners', and the one kept for them."""
    if library.settings.cleaners_listed:
        return lambda _: False
    return ReservedSlots.for_(library).hides
