"""Whether people may take media out (PREVENT/ALLOW MEDIUM REMOVAL)."""

from __future__ import annotations

from changer.library.library import Library

__all__ = ["set_prevention"]


def set_prevention(library: Library, *, prevent: bool) -> None:
    """Prevent or allow it, until that is changed; after a reset of the library it is set again.

    What it locks (door, mail slots) is the library's choice. Raises LibraryDisabled, LibraryBusy,
    UnsupportedByLibrary; what the store raises. Then it is as it was.
    """
    library.require_usable()
    with library.locked():
        library.prevention.set(library.store, prevented=prevent)
