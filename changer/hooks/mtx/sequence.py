"""mtx's first, last, next and previous: a drive works through the slots, one after the other.

Slots that are hidden, or whose cleaner may not be loaded, are passed over: "next" does not mean a
cleaner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from changer.cli.output import write
from changer.hooks.cleaners import passed_over
from changer.hooks.mtx.failures import MtxFailure
from changer.hooks.mtx.invocation import NO_NUMBER, MtxInvocation
from changer.hooks.mtx.moves import load, unload
from changer.hooks.mtx.status import shown_full
from changer.hooks.numbers import SlotNumbers, home_numbers
from changer.smc.elements import Element

_NO_MORE = "No More Media"
_LOADED = "loading...done.\n"


class _Sequence:
    """One reading, and the drive that is meant: the first one, unless the library has another.

    full    whether the drive is.
    source  number of the slot where its cartridge belongs; None if that is not known.
    slots   number of storage slots; ``first`` and ``last`` of them are not passed over.
    """

    def __init__(self, invocation: MtxInvocation, drive: int) -> None:
        self._invocation = invocation
        self._inventory = invocation.read()
        self._numbers = SlotNumbers(self._inventory.assignment)
        library = invocation.library()
        self._passed_over = passed_over(library)
        self.slots = self._numbers.total - self._numbers.mail
        shown = [*self._shown(range(1, self.slots + 1))]
        if not shown:
            raise MtxFailure(_NO_MORE)
        self.first, self.last = shown[0], shown[-1]
        self.drive = drive if 0 <= drive < self._numbers.drives else 0
        address = self._numbers.address_of_drive(self.drive)
        element = None if address is None else self._inventory.at(address)
        self.full = element is not None and element.full
        self.source: int | None = None
        if element is not None and self.full:
            self.source = home_numbers(library, self._inventory)(element)

    def load(self, slot: int) -> None:
        """Bring the drive's cartridge home, and load from a slot, full or not."""
        self._empty()
        load(self._invocation, slot, self.drive)

    def load_one_of(self, slots: Iterable[int]) -> None:
        """Bring the drive's cartridge home, and load from the first of the slots that was full."""
        self._empty()
        for slot in self._shown(slots):
            if shown_full(self._element(slot)):
                load(self._invocation, slot, self.drive)
                return
        raise MtxFailure(_NO_MORE)

    def _empty(self) -> None:
        if self.full:
            unload(self._invocation, self.source or NO_NUMBER, self.drive)

    def _shown(self, slots: Iterable[int]) -> Iterator[int]:
        for slot in slots:
            element = self._element(slot)
            if element is None or not self._passed_over(element):
                yield slot

    def _element(self, slot: int) -> Element | None:
        address = self._numbers.address_of_slot(slot)
        return None if address is None else self._inventory.at(address)


def first(invocation: MtxInvocation, drive: int) -> None:
    """Load the cartridge of the first slot, full or not."""
    sequence = _Sequence(invocation, drive)
    if sequence.source == sequence.first:
        write(_LOADED)
    else:
        sequence.load(sequence.first)


def last(invocation: MtxInvocation, drive: int) -> None:
    """Load the cartridge of the last slot, full or not; one from a mail slot may stay."""
    sequence = _Sequence(invocation, drive)
    if sequence.source is not None and sequence.source >= sequence.last:
        write(_LOADED)
    else:
        sequence.load(sequence.last)


def previous(invocation: MtxInvocation, drive: int) -> None:
    """Load the cartridge before the drive's; an empty drive's is that of the first mail slot."""
    sequence = _Sequence(invocation, drive)
    if sequence.source == sequence.first:
        raise MtxFailure(_NO_MORE)
    sequence.load_one_of(range((sequence.source or sequence.slots + 2) - 1, 0, -1))


def following(invocation: MtxInvocation, drive: int) -> None:
    """Load the cartridge after the drive's; an empty drive's is the first one that there is."""
    sequence = _Sequence(invocation, drive)
    sequence.load_one_of(range((sequence.source or 0) + 1, sequence.slots + 1))
