"""Routes between element types: which moves a library can make, by its mode page 1Fh (pure).

A page that allows no move at all says nothing, as does no page.
"""

from __future__ import annotations

from changer.errors import MoveNotAllowed
from changer.library.addressing import Numbering
from changer.smc.elements import ElementType
from changer.smc.mode_sense import DeviceCapabilities
from changer.values import dataclass

# Where cartridges are put away, and how such a place is written.
_AWAY = {
    ElementType.STORAGE: "SLOT",
    ElementType.IMPORT_EXPORT: "mail:NUMBER",
    ElementType.DATA_TRANSFER: "drive:NUMBER",
}


@dataclass(frozen=True, slots=True)
class Routes:
    """The moves that one library can make."""

    numbering: Numbering
    capabilities: DeviceCapabilities | None

    def allow(self, source_address: int, destination_address: int) -> bool:
        """Whether the library can move from one element to another."""
        type_of = self.numbering.assignment.type_of
        return self._allow(type_of(source_address), type_of(destination_address))

    def _allow(self, source: ElementType | None, destination: ElementType | None) -> bool:
        return self.capabilities is None or self.capabilities.allow(source, destination)

    def check(self, source_address: int, destination_address: int) -> None:
        """Raise MoveNotAllowed for a move that the library can't make."""
        source = self.numbering.name_of(source_address)
        if source_address == destination_address:
            raise MoveNotAllowed(
                f"source and destination are both {source}", hint="name two different places"
            )
        if not self.allow(source_address, destination_address):
            raise MoveNotAllowed(
                f"the library can't move from {source} "
                f"to {self.numbering.name_of(destination_address)} (mode page 1Fh)",
                hint=self.way(source_address, destination_address),
            )

    def way(self, source_address: int, destination_address: int) -> str:
        """The commands that bring a cartridge from one element to another, or that none do."""
        here = self.numbering.place_of(source_address)
        there = self.numbering.place_of(destination_address)
        if self.allow(source_address, destination_address):
            return f"changer move {here} {there}"
        type_of = self.numbering.assignment.type_of
        source, destination = type_of(source_address), type_of(destination_address)
        for stop in (ElementType.STORAGE, ElementType.IMPORT_EXPORT):
            if self._allow(source, stop) and self._allow(stop, destination) and self._has(stop):
                place = _AWAY[stop]
                return (
                    f"use a free place as a stopover: changer move {here} {place}, then {place} "
                    f"{there}"
                )
        if source is ElementType.MEDIUM_TRANSPORT:
            return self.out_of(source_address)
        return "no place can serve as a stopover: move it by hand"

    def out_of(self, source_address: int) -> str:
        """The command that brings a cartridge to a free place, or that none does."""
        place = self.place_away(source_address)
        if place is None:
            name = self.numbering.name_of(source_address)
            return f"take it out of {name} by hand: the library can't move it from there"
        here = self.numbering.place_of(source_address)
        return f"move it to a free place: changer move {here} {place}"

    def place_away(self, source_address: int) -> str | None:
        """How a place is written that can be reached from an element; None if there is none."""
        source = self.numbering.assignment.type_of(source_address)
        reached = (
            word for each, word in _AWAY.items() if self._allow(source, each) and self._has(each)
        )
        return next(reached, None)

    def _has(self, element_type: ElementType) -> bool:
        return self.numbering.assignment.range_of(element_type).count > 0
