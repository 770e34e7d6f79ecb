"""mtx's first, last, next and previous: a drive works through the slots, one after the other."""

from __future__ import annotations

from collections.abc import Iterable

from changer.cli.output import write
from changer.hooks.mtx_failures import MtxFailure
from changer.hooks.mtx_line import Line
from changer.hooks.mtx_moves import load, unload
from changer.hooks.mtx_status import shown_full, source_number
from changer.hooks.mtx_words import NO_NUMBER
from changer.hooks.numbers import SlotNumbers

__all__ = ["first", "following", "last", "previous"]


class _Turn:
    """One reading, and the drive that is meant: the first one, unless the library has another.

    ``full``: whether the drive is; ``source``: the slot that its cartridge came from, where that is
    known. ``slots``: how many there are without the mail slots.
    """

    def __init__(self, line: Line, drive: int) -> None:
        self._line = line
        self._inventory = line.read()
        self._numbers = SlotNumbers(self._inventory.assignment)
        self.slots = self._numbers.total - self._numbers.mail
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
        for slot in slots:
            address = self._numbers.address_of_slot(slot)
            if address is not None and shown_full(self._inventory.at(address)):
                self.load(slot)
                return
        raise MtxFailure("No More Media")


def first(line: Line, drive: int) -> None:
    """The cartridge of slot 1, full or not."""
    turn = _Turn(line, drive)
    if turn.source == 1:
        write("loading...done.\n")
        return
    turn.empty()
    turn.load(1)


def last(line: Line, drive: int) -> None:
    """The cartridge of the last slot, full or not; one from a mail slot is as good."""
    turn = _Turn(line, drive)
    if turn.source is not None and turn.source >= turn.slots:
        write("loading...done.\n")
        return
    turn.empty()
    turn.load(turn.slots)


def previous(line: Line, drive: int) -> None:
    """The cartridge before the drive's; with an empty drive, from the first mail slot downwards."""
    turn = _Turn(line, drive)
    if turn.source == 1:
        raise MtxFailure("No More Media")
    turn.empty()
    turn.load_one_of(range((turn.source or turn.slots + 2) - 1, 0, -1))


def following(line: Line, drive: int) -> None:
    """The cartridge after the drive's; with an empty drive, the first one that there is."""
    turn = _Turn(line, drive)
    turn.empty()
    turn.load_one_of(range((turn.source or 0) + 1, turn.slots + 1))
