"""Cleaning cartridges as backup software meets them: hidden, passed over or loaded, if so set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from changer.errors import CleanerAsData
from changer.library.library import Library
from changer.library.settings import settings_file
from changer.smc.elements import Element


@contextmanager
def naming_the_setting(library: Library) -> Iterator[None]:
    """Say of a cleaner that may not be loaded what allows it, in the place of ``--as-is``."""
    try:
        yield
    except CleanerAsData as refused:
        to_clean = (refused.hint or "").partition(";")[0]
        refused.add_context(
            hint=f"{to_clean}; to let backup software load it: cleaners_loadable = true, for "
            f"{library.id} in {settings_file(os.environ)}"
        )
        raise


def hidden_slots(library: Library) -> Callable[[Element], bool]:
    """Whether an element is hidden from backup software: a cleaner's, or a reserved slot."""
    if library.settings.cleaners_listed:
        return lambda _: False
    from changer.library.reserved_slots import ReservedSlots

    return ReservedSlots.for_(library).hides


def passed_over(library: Library) -> Callable[[Element], bool]:
    """Whether an element is no part of a sequence of slots: hidden, or a cleaner may not load."""
    settings = library.settings
    if not settings.cleaners_listed or settings.cleaners_loadable:
        return hidden_slots(library)
    from changer.library.reserved_slots import ReservedSlots

    is_cleaner = ReservedSlots.for_(library).is_cleaner
    return lambda element: element.full and is_cleaner(element)
