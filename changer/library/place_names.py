"""Names of elements, for what is on record of libraries that need not be read for it."""

from __future__ import annotations

from changer.library.addressing import Numbering
from changer.library.sightings import assignment_of
from changer.store.protocol import Store


class PlaceNames:
    """Names of the elements of the libraries in a store, by their numbers as last read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numberings: dict[str, Numbering | None] = {}

    def numbering(self, library_id: str) -> Numbering | None:
        """Numbers of one library; None where they are not on record."""
        if library_id not in self._numberings:
            known = self._store.library(library_id)
            assignment = assignment_of(known.element_addresses if known else None)
            self._numberings[library_id] = None if assignment is None else Numbering(assignment)
        return self._numberings[library_id]

    def name(self, library_id: str, address: int) -> str:
        """``slot 12``, ``drive 0``; ``@1012`` where it is not known which that is."""
        numbering = self.numbering(library_id)
        if numbering is None or numbering.assignment.type_of(address) is None:
            return f"@{address}"
        return numbering.name_of(address)

    def place(self, library_id: str, address: int | None) -> str | None:
        """``12``, ``drive:0``: as a person writes it; None for None."""
        if address is None:
            return None
        numbering = self.numbering(library_id)
        return f"@{address}" if numbering is None else str(numbering.place_of(address))
