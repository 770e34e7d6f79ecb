"""One reading of a library: its elements by address, as it said them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from changer.library.addressing import Numbering
from changer.smc.elements import Element, ElementAddressAssignment, ElementType

__all__ = ["Inventory"]


@dataclass(frozen=True, slots=True)
class Inventory:
    """Elements of one reading, or of several that no unit attention came between.

    An element that the library left out of its reply is not in it. ``types``: the element types
    that were read completely.
    """

    assignment: ElementAddressAssignment
    elements: tuple[Element, ...]
    types: frozenset[ElementType] = frozenset()
    _by_address: dict[int, Element] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_address", {each.address: each for each in self.elements})

    @property
    def numbering(self) -> Numbering:
        """Numbers and names of its elements."""
        return Numbering(self.assignment)

    def at(self, address: int) -> Element | None:
        """The element at an address, or None where the library lists none."""
        return self._by_address.get(address)

    def of_type(self, element_type: ElementType) -> tuple[Element, ...]:
        """The elements of one type, in address order."""
        return tuple(
            sorted(
                (each for each in self.elements if each.element_type is element_type),
                key=lambda each: each.address,
            )
        )

    def holding(self, identifier: str) -> tuple[Element, ...]:
        """The full elements whose volume tag is this."""
        return tuple(each for each in self.elements if each.full and each.tag == identifier)

    def with_elements(
        self, elements: Iterable[Element], *, types: Iterable[ElementType] = ()
    ) -> Inventory:
        """The same library with some elements read again, and these types read completely."""
        fresh = {**self._by_address, **{each.address: each for each in elements}}
        return Inventory(self.assignment, tuple(fresh.values()), self.types | set(types))
