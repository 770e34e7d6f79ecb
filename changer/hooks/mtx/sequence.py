"""mtx's first, last, next and previous: a drive works through the slots, one after the other.

Slots that are hidden are passed over: nobody meant a cleaner by "next".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from changer.cli.output import write
from changer.hooks.listing import hidden_slots
from changer.hooks.mtx.failures import MtxFailure
from changer.hooks.mtx.line import MtxInvocation
from changer.hooks.mtx.moves import load, unload
from changer.hooks.mtx.status import shown_full, source_number
from changer.hooks.mtx.words import NO_NUMBER
from changer.hooks.numbers import SlotNumbers
from changer.smc.elements import Element

__all__ = ["first", "following", "last", "previous"]

_NO_MORE = "No More Media"


class CommandSequence:
    """One reading, and the drive that is meant: the first one, unless the library has another.

    ``full``: whether the drive is; ``source``: the slot that its cartridge came from, where that is
    known. ``slots``: how many there are without the mail slots; ``first``, ``last``: of those.
    """

    def __init__(self, line: MtxInvocation, drive: int) -> None:
        self._line = line
        self._inventory = line.read()
        self._numbers = SlotNumbers(self._inventory.assignment)
        self._hidden = hidden_slots(line.library())
        self.slots = self._numbers.total - self._numbers.mail
        shown = [*self._shown(range(1, self.slots + 1))]
        if not shown:
            raise MtxFailure(_NO_MORE)
        self.first, self.last = shown[0], shown[-1]
        self.drive = drive if 0 <= drive < self._numbers.drives else 0
        address = self._numbers.address_of_drive(self.drive)
        element = None if address is None else self._inventory.at(address)
        self.full = element is not None and element.full
        self.source = source_number(self._inventory, element) if element and self.full else None

    def empty(self) -> None:
        """Bring the drive's cartridge home, if there is one."""
        if self.full:
            unload(self._line, self.source or NO_NUMBER, self.drive)

    def load(self, slot: int) -> None:
        """Load from a slot."""
        load(self._line, slot, self.drive)

    def load_one_of(self, slots: Iterable[int]) -> None:
        """Load from the first of these slots that was full."""
        for slot in self._shown(slots):
            if shown_full(self._element(slot)):
                self.load(slot)
                return
        raise MtxFailure(_NO_MORE)

    def _shown(self, slots: Iterable[int]) -> Iterator[int]:
        for slot in slots:
            element = self._element(slot)
            if element is None or not self._hidden(element):
                yield slot

    def _element(self, slot: int) -> Element | None:
        address = self._numbers.address_of_slot(slot)
        return None if address is None else self._inventory.at(address)


def first(line: MtxInvocation, drive: int) -> None:
    """The cartridge of the first slot, full or not."""
    turn = CommandSequence(line, drive)
    if turn.source == turn.first:
        write("loading...done.\n")
        return
    turn.empty()
    turn.load(turn.first)


def last(line: MtxInvocation, drive: int) -> None:
    """The cartridge of the last slot, full or not; one from a mail slot is as good."""
    turn = CommandSequence(line, drive)
    if turn.source is not None and turn.source >= turn.last:
        write("loading...done.\n")
        return
    turn.empty()
    turn.load(turn.last)


def previous(line: MtxInvocation, drive: int) -> None:
    """The cartridge before the drive's; with an empty drive, from the first mail slot downwards."""
    turn = CommandSequence(line, drive)
    if turn.source == turn.first:
        raise MtxFailure(_NO_MORE)
    turn.empty()
    turn.load_one_of(range((turn.source or turn.slots + 2) - 1, 0, -1))


def following(line: MtxInvocation, drive: int) -> None:
    """The cartridge after the drive's; with an empty drive, the first one that there is."""
    turn = CommandSequence(line, drive)
    turn.empty()
    turn.load_one_of(range((turn.source or 0) + 1, turn.slots + 1))
