"""mtx's moves of one cartridge: load, unload and transfer, checked by the driver, told as mtx."""

from __future__ import annotations

from collections.abc import Callable

from changer.cli.output import write
from changer.elements import ElementAddressAssignment
from changer.errors import ChangerError
from changer.hooks.mtx_failures import MtxFailure, motion_failure, reading
from changer.hooks.mtx_line import Line
from changer.hooks.mtx_status import source_number
from changer.hooks.numbers import SlotNumbers
from changer.inventory import Inventory
from changer.moving import move_locked
from changer.numbering import Place
from changer.planning import Plan, plan_between
from changer.recovery import settle_or_refuse

__all__ = ["load", "transfer", "unload"]

Addresses = tuple[int, int]
Choose = Callable[[ElementAddressAssignment], Addresses]
Judge = Callable[[Inventory], None]


def load(line: Line, slot: int, drive: int) -> None:
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

    announcement = f"Loading media from Storage Element {slot} into drive {drive}..."
    _Carrying(line, choose, judge, announcement).run()


def unload(line: Line, slot: int, drive: int) -> None:
    """A drive's cartridge into a slot; without one, into that which the library names as source."""
    drive = max(drive, 0)
    carrying: _Carrying
    target = slot

    def choose(assignment: ElementAddressAssignment) -> Addresses:
        nonlocal target
        numbers = SlotNumbers(assignment)
        source = numbers.address_of_drive(drive)
        if slot > numbers.total:
            raise MtxFailure(
                f"illegal <storage-element-number> argument '{slot}' to 'unload' command"
            )
        if source is None:
            raise MtxFailure(f"illegal <drive-number> argument '{drive}' to 'unload' command")
        if slot < 0:
            target = _home(line, assignment, source, drive)
        destination = numbers.address_of_slot(target)
        if destination is None:
            raise MtxFailure("Do not know which slot to unload tape into!")
        carrying.announcement = f"Unloading drive {drive} into Storage Element {target}..."
        return source, destination

    def judge(inventory: Inventory) -> None:
        full, source = _drive_state(inventory, drive)
        if not full:
            raise MtxFailure(f"Data Transfer Element {drive} is Empty")
        if slot < 0 and source is None:
            raise MtxFailure(f"No Source for tape in drive {drive}!")
        address = SlotNumbers(inventory.assignment).address_of_slot(target)
        element = None if address is None else inventory.at(address)
        if element is not None and element.full:
            raise MtxFailure(f"Storage Element {target} is Already Full")

    carrying = _Carrying(line, choose, judge)
    carrying.run()


def _home(line: Line, assignment: ElementAddressAssignment, drive_address: int, drive: int) -> int:
    """The number of the slot that the library names as the source of a drive's cartridge."""
    element = line.library().reader.read_element(assignment, drive_address)
    if element is None or not element.full:
        raise MtxFailure(f"Data Transfer Element {drive} is Empty")
    source = element.source_address
    number = None if source is None else SlotNumbers(assignment).slot_at(source)
    if number is None:
        raise MtxFailure(f"No Source for tape in drive {drive}!")
    return number


def transfer(line: Line, source: int, destination: int) -> None:
    """From slot to slot."""

    def choose(assignment: ElementAddressAssignment) -> Addresses:
        return slot_addresses(SlotNumbers(assignment), source, destination)

    _Carrying(line, choose).run()


def slot_addresses(numbers: SlotNumbers, source: int, destination: int) -> Addresses:
    """The addresses of two slots, as transfer and exchange ask for them."""
    if source < 1:
        raise MtxFailure("No source specified")
    if destination < 1:
        raise MtxFailure("No destination specified")
    first, second = numbers.address_of_slot(source), numbers.address_of_slot(destination)
    if first is None:
        raise MtxFailure("Invalid source")
    if second is None:
        raise MtxFailure("Invalid destination")
    return first, second


def _drive_state(inventory: Inventory, drive: int) -> tuple[bool, int | None]:
    """Whether a drive is full, and the slot that its cartridge came from."""
    address = SlotNumbers(inventory.assignment).address_of_drive(drive)
    element = None if address is None else inventory.at(address)
    if element is None or not element.full:
        return False, None
    return True, source_number(inventory, element)


def _nothing_to_say(_: Inventory) -> None:
    """A command that mtx sends without a look."""


class _Carrying:
    """One MOVE MEDIUM: planned, announced, sent and verified under the library's lock.

    ``choose``: the addresses of both ends; ``judge``: raises what mtx finds wrong by itself, when
    the driver has refused; ``announcement``: what is written before it is sent, and "done" after.
    """

    def __init__(
        self, line: Line, choose: Choose, judge: Judge = _nothing_to_say, announcement: str = ""
    ) -> None:
        self._line = line
        self._library = line.library()
        self._choose = choose
        self._judge = judge
        self.announcement = announcement
        self._announced = False
        self._ends: Addresses = (0, 0)

    def run(self) -> None:
        library = self._library
        library.require_usable()
        with library.locked():
            with reading():
                settle_or_refuse(library)
            try:
                move_locked(library, self._plan)
            except ChangerError as error:
                raise self._failure(error) from error
        if self.announcement:
            write("done\n")

    def _plan(self) -> Plan:
        with reading():
            plan = plan_between(self._library, self._places)
        self._announce()
        return plan

    def _places(self, assignment: ElementAddressAssignment) -> tuple[Place, Place]:
        self._ends = self._choose(assignment)
        source, destination = self._ends
        return SlotNumbers.place(source), SlotNumbers.place(destination)

    def _announce(self) -> None:
        if self.announcement and not self._announced:
            write(self.announcement)
        self._announced = True

    def _failure(self, error: ChangerError) -> Exception:
        if not self._announced:
            self._judge(self._line.read())
        source, destination = self._ends
        told = motion_failure(error, command="MOVE MEDIUM", source=source, destination=destination)
        if told is None:
            return error
        self._announce()
        return told
