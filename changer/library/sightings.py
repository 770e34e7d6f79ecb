"""Sightings: what readings show of labels is remembered, so that cartridges that left are known.

A label is missed where a reading covered the element on record and does not show it there any more;
of elements that were not read nothing is concluded, nor of one that is full and says nothing of
labels. Most readings show what is on record: for them one number is compared, for all elements at
once, and nothing is written but, once an hour, when all labels on record were last looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain, compress, repeat
from operator import itemgetter
from typing import TYPE_CHECKING
from zlib import crc32

from changer.errors import ChangerError
from changer.smc.elements import (
    HIGHEST_ADDRESS,
    Element,
    ElementAddressAssignment,
    ElementRange,
    ElementType,
)
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.host.clock import Clock
    from changer.store.protocol import Store

EVERYTHING = ElementRange(0, HIGHEST_ADDRESS + 1)
_WHOLE_SECONDS = 3600.0  # how exact it is kept when all labels were last looked for
_OF_ELEMENT = ("address", "full", "volume_tag_field")
_PADDING = b" \0"


class Told(NamedTuple):
    """Elements of a range of addresses that was read; one that is not listed shows nothing."""

    range: ElementRange
    elements: Sequence[Element]


class Label(NamedTuple):
    """A label where an element shows it. ``mark``: a number of what the element sent of it."""

    volume_tag: str
    address: int
    mark: int


class Changes(NamedTuple):
    """Labels that are shown and not on record there, and those on record that are missed."""

    shown: tuple[Label, ...]
    missed: tuple[tuple[str, int], ...]


def mark_of(elements: Sequence[Element]) -> tuple[int, int]:
    """How many elements show a label, and the sum of their marks; without a step for each."""
    address, is_full, field = (itemgetter(Element._fields.index(each)) for each in _OF_ELEMENT)
    full = [*compress(elements, map(is_full, elements))]
    full = [*compress(full, map(field, full))]
    full = [*compress(full, map(bytes.strip, map(field, full), repeat(_PADDING)))]
    return len(full), sum(map(crc32, map(field, full), map(address, full)))


def find_changes(on_record: Iterable[tuple[str, int]], elements: Iterable[Element]) -> Changes:
    """Compare a reading with the labels, and addresses, on record of what it covered."""
    known, untold = set(on_record), set[int]()
    shown: dict[tuple[str, int], int] = {}
    for each in elements:
        field = each.volume_tag_field
        if each.full and field is None:
            untold.add(each.address)
        elif field is not None and each.full and (tag := each.tag):
            shown[tag, each.address] = crc32(field, each.address)
    return Changes(
        tuple(Label(*key, mark) for key, mark in shown.items() if key not in known),
        tuple(sorted(each for each in known - shown.keys() if each[1] not in untold)),
    )


def addresses_text(assignment: ElementAddressAssignment) -> str:
    """The first address and the number of elements of each type, in the order of their codes."""
    ranges = (assignment.range_of(each) for each in ElementType)
    return " ".join(f"{each.first}+{each.count}" for each in ranges)


def assignment_of(text: str | None) -> ElementAddressAssignment | None:
    """Inverse of ``addresses_text``; None for None, and for any other text."""
    parts = [each.split("+") for each in (text or "").split()]
    numbers = [[int(each) for each in part if each.isdecimal()] for part in parts]
    if len(numbers) != len(ElementType) or any(len(each) != 2 for each in numbers):
        return None
    ranges = {kind: ElementRange(*each) for kind, each in zip(ElementType, numbers, strict=True)}
    return ElementAddressAssignment(
        medium_transport=ranges[ElementType.MEDIUM_TRANSPORT],
        storage=ranges[ElementType.STORAGE],
        import_export=ranges[ElementType.IMPORT_EXPORT],
        data_transfer=ranges[ElementType.DATA_TRANSFER],
    )


class SightingRecorder:
    """Keeps what readings of one library show, in its store.

    ``is_its_own``: whether what is read now is this library's. A store that can't be written, or is
    being written by others, is left as it is, and the next reading tells the same again.
    """

    def __init__(
        self, library_id: str, store: Store, *, clock: Clock, is_its_own: Callable[[], bool]
    ) -> None:
        self._library_id = library_id
        self._store = store
        self._clock = clock
        self._is_its_own = is_its_own

    def now(self) -> float:
        """The time at which a reading begins."""
        return self._clock.now()

    def record(
        self, began_at: float, assignment: ElementAddressAssignment, told: Sequence[Told]
    ) -> None:
        """Keep what one reading, begun at that time, changes of what is on record."""
        if told and self._is_its_own():
            # Nothing that is asked of the library depends on it.
            with suppress(ChangerError):
                self._record(began_at, addresses_text(assignment), _covered(assignment, told))

    def _record(self, began_at: float, addresses: str, told: Sequence[Told]) -> None:
        known = self._store.library(self._library_id)
        if known is None:
            return
        shown, missed = set[Label](), set[tuple[str, int]]()
        for each in told:
            changes = self._changes(each)
            shown.update(changes.shown)
            missed.update(changes.missed)
        read_at = known.labels_read_at
        is_due = read_at is None or abs(began_at - read_at) >= _WHOLE_SECONDS
        is_whole = is_due and self._is_whole(told)
        if shown or missed or is_whole or addresses != known.element_addresses:
            self._store.record_labels(
                self._library_id,
                shown=sorted(shown),
                missed=sorted(missed),
                read_at=began_at,
                is_whole=is_whole,
                element_addresses=addresses,
            )

    def _is_whole(self, told: Sequence[Told]) -> bool:
        """Whether every element was covered where a label is on record."""
        on_record = [self._count(each.range) for each in told]
        return sum(on_record) >= self._count(EVERYTHING)

    def _count(self, elements: ElementRange) -> int:
        return self._store.label_mark(self._library_id, elements.first, elements.last)[0]

    def _changes(self, told: Told) -> Changes:
        first, last = told.range.first, told.range.last
        if self._store.label_mark(self._library_id, first, last) == mark_of(told.elements):
            return Changes((), ())
        return find_changes(self._store.shown_labels(self._library_id, first, last), told.elements)


def _covered(assignment: ElementAddressAssignment, told: Sequence[Told]) -> Sequence[Told]:
    """What was read: one range of everything, where all types were; else each element once.

    A whole type that was read counts for its elements that were also read alone.
    """
    there = [assignment.range_of(each) for each in ElementType if assignment.range_of(each).count]
    ranges = {(each.range.first, each.range.last): each for each in told}
    if EVERYTHING in (each.range for each in told):
        return [each for each in told if each.range == EVERYTHING][-1:]
    if all((each.first, each.last) in ranges for each in there):
        whole = [ranges[each.first, each.last] for each in there]
        return [Told(EVERYTHING, [*chain.from_iterable(each.elements for each in whole)])]
    types = [each for each in there if (each.first, each.last) in ranges]
    return [
        each
        for each in ranges.values()
        if each.range in types or not any(each.range.first in one for one in types)
    ]
