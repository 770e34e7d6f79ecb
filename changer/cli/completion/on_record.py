"""What the state store has on record of one library: labels, places, reserved slots.

Of more than a few thousand words of a kind none is offered: nobody can choose among them, and a
shell takes seconds to show them. The beginning of a label makes them few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice

from changer.cli.completion.wanted import Candidate
from changer.library.addressing import MAXIMUM_ADDRESS, Numbering, Place, PlaceKind
from changer.library.sightings import assignment_of
from changer.smc.elements import ElementType
from changer.store.protocol import Store
from changer.store.records import LibraryRecord

MOST = 2000


class OnRecord:
    """Words of one library. ``fits``: whether a word may stand where one is begun."""

    def __init__(self, store: Store, library: LibraryRecord, fits: Callable[[str], bool]) -> None:
        self._store = store
        self._library = library
        self._fits = fits

    def labels(self) -> Iterator[Candidate]:
        """Labels that the last readings showed, and where."""
        found = [(tag, address) for tag, address in self._shown if self._fits_label(tag)]
        for tag, address in found if len(found) <= MOST else ():
            yield Candidate(_word_of(tag), self._name_of(address))

    def labels_ever(self) -> Iterator[Candidate]:
        """Labels that any reading on record showed, and where they are."""
        there = dict(self._shown)
        found = [*filter(self._fits_label, self._store.labels(self._library.id))]
        for tag in found if len(found) <= MOST else ():
            where = self._name_of(there[tag]) if tag in there else "not in the library"
            yield Candidate(_word_of(tag), where)

    def places(self, element_type: ElementType) -> Iterator[Candidate]:
        """Elements of a type as places, with the labels that were last seen there."""
        if self._numbering is not None:
            yield from self._described(self._elements(self._numbering, element_type))

    def numbers(self, types: Sequence[ElementType], *, first: int) -> Iterator[Candidate]:
        """Numbers of the elements of some types, one type after the other, as mtx has them."""
        if self._numbering is None:
            return
        ranges = map(self._numbering.assignment.range_of, types)
        addresses = chain.from_iterable(range(each.first, each.last + 1) for each in ranges)
        numbered = enumerate(addresses, first)
        found = ((str(number), address) for number, address in numbered)
        yield from self._described(each for each in found if self._fits(each[0]))

    def reserved_slots(self) -> Iterator[Candidate]:
        """Slots that are reserved for cleaning cartridges."""
        cleaners = self._store.cleaners(self._library.id)
        at_home = {each.slot_address: each.volume_tag for each in cleaners}
        for each in self._store.reservations(self._library.id):
            address, word = each.slot_address, f"@{each.slot_address}"
            if self._numbering is not None:
                word = str(self._numbering.place_of(address))
            yield Candidate(word, at_home.get(address) or "reserved")

    def cleaners(self) -> Iterator[Candidate]:
        """Labels of the cleaning cartridges in reserved slots."""
        for each in self._store.cleaners(self._library.id):
            if each.volume_tag and each.slot_address is not None:
                yield Candidate(_word_of(each.volume_tag), self._name_of(each.slot_address))

    def _described(self, found: Iterable[tuple[str, int]]) -> Iterator[Candidate]:
        """Places, by word and address, with what they hold."""
        few = [*islice(found, MOST + 1)]
        for word, address in few if len(few) <= MOST else ():
            yield Candidate(word, self._there.get(address) or self._name_of(address))

    def _elements(
        self, numbering: Numbering, element_type: ElementType
    ) -> Iterator[tuple[str, int]]:
        """Those that fit, as words, with their addresses."""
        elements = numbering.assignment.range_of(element_type)
        if not elements.count:
            return
        first = numbering.place_of(elements.first)
        # Of thousands of slots few fit: a Place of each would take longer than all the rest.
        stem = "" if first.kind is PlaceKind.SLOT else f"{first.kind.value}:"
        only = str(first) if elements.count == 1 else None
        for number, address in enumerate(range(elements.first, elements.last + 1), first.number):
            word = only or f"{stem}{number}"
            if self._fits(word):
                yield word, address

    def _fits_label(self, tag: str) -> bool:
        return self._fits(tag) or (tag.isdigit() and self._fits(_word_of(tag)))

    @cached_property
    def _shown(self) -> tuple[tuple[str, int], ...]:
        return self._store.shown_labels(self._library.id, 0, MAXIMUM_ADDRESS)

    @cached_property
    def _there(self) -> dict[int, str]:
        return {address: tag for tag, address in self._shown}

    @cached_property
    def _numbering(self) -> Numbering | None:
        """The numbers of its elements; None where no reading is on record."""
        assignment = assignment_of(self._library.element_addresses)
        return None if assignment is None else Numbering(assignment)

    def _name_of(self, address: int) -> str:
        return "" if self._numbering is None else self._numbering.name_of(address)


def _word_of(tag: str) -> str:
    """A label as it is typed: ``tag:000012`` where it looks like another place."""
    return str(Place(PlaceKind.TAG, tag=tag))
