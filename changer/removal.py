"""Whether people may take media out (PREVENT/ALLOW MEDIUM REMOVAL)."""

from __future__ import annotations

from changer.library import Library
from changer.smc.cdb import prevent_allow_medium_removal

__all__ = ["set_prevention"]


def set_prevention(library: Library, *, prevent: bool) -> None:
    """Prevent or allow it, until that is changed or the library is reset.

    What it locks (door, mail slots) is the library's choice. Raises LibraryDisabled, LibraryBusy,
    UnsupportedByLibrary.
    """
    library.require_usable()
    with library.locked():
        library.session.send(prevent_allow_medium_removal(prevent=prevent))
