"""mtx's load, unload, transfer and exchange: its numbers, its checks, and what it says."""

from __future__ import annotations

from changer.hooks.clean_after_unload import clean_after_unload
from changer.hooks.mtx.failures import MtxFailure
from changer.hooks.mtx.line import MtxInvocation
from changer.hooks.mtx.motion import Addresses, ExchangeMedium, MoveMedium
from changer.hooks.mtx.status import source_number
from changer.hooks.mtx.words import NO_NUMBER
from changer.hooks.numbers import SlotNumbers
from changer.library.inventory import Inventory
from changer.smc.elements import ElementAddressAssignment

__all__ = ["exchange", "load", "transfer", "unload"]


def load(line: MtxInvocation, slot: int, drive: int = NO_NUMBER) -> None:
    """A slot's cartridge into a drive, the first one if none is named."""
    drive = max(drive, 0)

    def choose(assignment: ElementAddressAssignment) -> Addresses:
        if slot < 1:
            raise MtxFailure("No source specified")
        numbers = SlotNumbers(assignment)
        source, destination = numbers.address_of_slot(slot), numbers.address_of_drive(drive)
        if source is None:
            raise MtxFailure(
                f"Invalid <storage-element-number> argument '{slot}' to 'load' command"
            )
        if destination is None:
            raise MtxFailure(f"illegal <drive-number> argument '{drive}' to 'load' command")
        return source, destination

    def judge(inventory: Inventory) -> None:
        full, source = _drive_state(inventory, drive)
        if full:
            raise MtxFailure(f"Drive {drive} Full (Storage Element {source or 0} loaded)")

    motion = MoveMedium(line, choose, judge=judge)
    motion.announcement = f"Loading media from Storage Element {slot} into drive {drive}..."
    motion.run()


def unload(line: MtxInvocation, slot: int = NO_NUMBER, drive: int = NO_NUMBER) -> None:
    """A drive's cartridge into a slot; without one, into that which the library names as source.

    Then the drive is cleaned, if it is time for that.
    """
    unloading = _Unloading(line, slot, max(drive, 0))
    unloading.motion.run()
    clean_after_unload(line.hooked(), unloading.drive_address)


class _Unloading:
    """``slot``: where to, as far as that is known."""

    def __init__(self, line: MtxInvocation, slot: int, drive: int) -> None:
        self.slot = slot
        self.drive = drive
        self.homeward = slot < 0
        self.drive_address = 0
        self.motion = MoveMedium(line, self._choose, judge=self._judge)

    def _choose(self, assignment: ElementAddressAssignment) -> Addresses:
        numbers = SlotNumbers(assignment)
        source = numbers.address_of_drive(self.drive)
        if self.slot > numbers.total:
            raise MtxFailure(
                f"illegal <storage-element-number> argument '{self.slot}' to 'unload' command"
            )
        if source is None:
            raise MtxFailure(f"illegal <drive-number> argument '{self.drive}' to 'unload' command")
        self.drive_address = source
        if self.homeward:
            self.slot = self._home(assignment, source)
        destination = numbers.address_of_slot(self.slot)
        if destination is None:
            raise MtxFailure("Do not know which slot to unload tape into!")
        self.motion.announcement = (
            f"Unloading drive {self.drive} into Storage Element {self.slot}..."
        )
        return source, destination

    def _home(self, assignment: ElementAddressAssignment, drive_address: int) -> int:
        """The number of the slot that the library names as the source."""
        element = self.motion.library.reader.read_element(assignment, drive_address)
        if element is None or not element.full:
            raise MtxFailure(f"Data Transfer Element {self.drive} is Empty")
        address = element.source_address
        number = None if address is None else SlotNumbers(assignment).slot_at(address)
        if number is None:
            raise self._homeless()
        return number

    def _homeless(self) -> MtxFailure:
        return MtxFailure(f"No Source for tape in drive {self.drive}!")

    def _judge(self, inventory: Inventory) -> None:
        full, source = _drive_state(inventory, self.drive)
        if not full:
            raise MtxFailure(f"Data Transfer Element {self.drive} is Empty")
        if self.homeward and source is None:
            raise self._homeless()
        address = SlotNumbers(inventory.assignment).address_of_slot(self.slot)
        element = None if address is None else inventory.at(address)
        if element is not None and element.full:
            raise MtxFailure(f"Storage Element {self.slot} is Already Full")


def _drive_state(inventory: Inventory, drive: int) -> tuple[bool, int | None]:
    """Whether a drive is full, and the slot that its cartridge came from."""
    address = SlotNumbers(inventory.assignment).address_of_drive(drive)
    element = None if address is None else inventory.at(address)
    if element is None or not element.full:
        return False, None
    return True, source_number(inventory, element)


def transfer(line: MtxInvocation, source: int, destination: int) -> None:
    """From slot to slot."""
    MoveMedium(line, lambda assignment: _slots(assignment, source, destination)).run()


def exchange(line: MtxInvocation, source: int, first: int, second: int = NO_NUMBER) -> None:
    """From slot to slot, and what was there into a third, or back into the first."""

    def choose(assignment: ElementAddressAssignment) -> Addresses:
        ends = _slots(assignment, source, first)
        number = source if second == NO_NUMBER else second
        last = SlotNumbers(assignment).address_of_slot(number)
        if last is None:
            raise MtxFailure("Invalid destination")
        return *ends, last

    ExchangeMedium(line, choose).run()


def _slots(assignment: ElementAddressAssignment, source: int, destination: int) -> Addresses:
    """The addresses of two slots, as transfer and exchange ask for them."""
    if source < 1:
        raise MtxFailure("No source specified")
    if destination < 1:
        raise MtxFailure("No destination specified")
    numbers = SlotNumbers(assignment)
    first, second = numbers.address_of_slot(source), numbers.address_of_slot(destination)
    if first is None:
        raise MtxFailure("Invalid source")
    if second is None:
        raise MtxFailure("Invalid destination")
    return first, second
