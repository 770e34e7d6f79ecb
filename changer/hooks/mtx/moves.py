"""mtx's load, unload, transfer and exchange: its numbers, its checks, and its messages."""

from __future__ import annotations

from changer.errors import SourceEmpty
from changer.hooks.clean_after_unload import clean_after_unload
from changer.hooks.mtx.failures import MtxFailure
from changer.hooks.mtx.invocation import NO_NUMBER, MtxInvocation
from changer.hooks.mtx.motion import Addresses, ExchangeMedium, MoveMedium
from changer.hooks.mtx.status import shown_full
from changer.hooks.numbers import SlotNumbers, home_numbers
from changer.library.addressing import Numbering
from changer.library.element_state import check_source
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import ElementAddressAssignment


def load(invocation: MtxInvocation, slot: int, drive: int = NO_NUMBER) -> None:
    """Move a slot's cartridge into a drive, the first one if none is named."""
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
        full, home = _drive_state(motion.library, inventory, drive)
        if full:
            raise MtxFailure(f"Drive {drive} Full (Storage Element {home or 0} loaded)")

    motion = MoveMedium(invocation, choose, judge=judge)
    motion.announcement = f"Loading media from Storage Element {slot} into drive {drive}..."
    motion.run()


def unload(invocation: MtxInvocation, slot: int = NO_NUMBER, drive: int = NO_NUMBER) -> None:
    """Move a drive's cartridge into a slot, the one where it belongs if none is named.

    Then the drive is cleaned, if the settings say so and it asks for that.
    """
    unloading = _Unloading(invocation, slot, max(drive, 0))
    unloading.motion.run()
    clean_after_unload(invocation.session(), unloading.drive_address)


class _Unloading:
    """An unload; ``slot`` is its destination, NO_NUMBER until the cartridge's home is known."""

    def __init__(self, invocation: MtxInvocation, slot: int, drive: int) -> None:
        self.slot = slot
        self.drive = drive
        self.homeward = slot < 0
        self.drive_address = 0
        self.motion = MoveMedium(invocation, self._choose, judge=self._judge)

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
        """Number of the slot where the drive's cartridge belongs."""
        library = self.motion.library
        element = library.reader.read_element(assignment, drive_address)
        try:
            drive = check_source(element, address=drive_address, numbering=Numbering(assignment))
        except SourceEmpty as error:
            raise self._empty() from error
        number = home_numbers(library, Inventory(assignment, (drive,)))(drive)
        if number is None:
            raise MtxFailure(f"No Source for tape in drive {self.drive}!")
        return number

    def _empty(self) -> MtxFailure:
        return MtxFailure(f"Data Transfer Element {self.drive} is Empty")

    def _judge(self, inventory: Inventory) -> None:
        full, _ = _drive_state(self.motion.library, inventory, self.drive)
        if full is False:
            raise self._empty()
        address = SlotNumbers(inventory.assignment).address_of_slot(self.slot)
        element = None if address is None else inventory.at(address)
        if element is not None and element.full:
            raise MtxFailure(f"Storage Element {self.slot} is Already Full")


def _drive_state(
    library: Library, inventory: Inventory, drive: int
) -> tuple[bool | None, int | None]:
    """Whether a drive is full, and the number of the slot where its cartridge belongs."""
    address = SlotNumbers(inventory.assignment).address_of_drive(drive)
    element = None if address is None else inventory.at(address)
    full = shown_full(element)
    return full, home_numbers(library, inventory)(element) if element and full else None


def transfer(invocation: MtxInvocation, source: int, destination: int) -> None:
    """Move a cartridge from slot to slot."""
    MoveMedium(invocation, lambda assignment: _slots(assignment, source, destination)).run()


def exchange(invocation: MtxInvocation, source: int, first: int, second: int = NO_NUMBER) -> None:
    """Move a cartridge from slot to slot, and what was there to a third, or back to the first."""

    def choose(assignment: ElementAddressAssignment) -> Addresses:
        ends = _slots(assignment, source, first)
        number = source if second == NO_NUMBER else second
        last = SlotNumbers(assignment).address_of_slot(number)
        if last is None:
            raise MtxFailure("Invalid destination")
        return *ends, last

    ExchangeMedium(invocation, choose).run()


def _slots(assignment: ElementAddressAssignment, source: int, destination: int) -> Addresses:
    """Addresses of two slots. Raises MtxFailure, as transfer and exchange refuse numbers."""
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
