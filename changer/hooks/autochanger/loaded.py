"""Which slot's cartridge is in a drive: what the daemons ask before each job."""

from __future__ import annotations

from changer.cli.output import write
from changer.errors import ElementUnknown
from changer.hooks.autochanger.program import Call
from changer.hooks.numbers import SlotNumbers
from changer.hooks.session import HookSession
from changer.journal.home import Homes
from changer.library.element_state import cartridge_name, find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element, ElementAddressAssignment


def print_loaded(session: HookSession, call: Call) -> None:
    """Print the slot whose cartridge is in the drive, or 0 for a drive that reports to be empty.

    Raises NoSuchDrive, and ElementUnknown for a drive or a source slot that is not known.
    """
    library = session.library
    number = call.drive_number

    def read(assignment: ElementAddressAssignment) -> tuple[Inventory, int]:
        address = SlotNumbers(assignment).require_drive(number).number
        element = library.reader.read_element(assignment, address)
        return Inventory(assignment, () if element is None else (element,)), address

    reading = library.reader.consistently(read)
    library.ensure_identity()
    try:
        slot = _loaded_slot(library, *reading)
    except ElementUnknown:
        # Another program may have moved the cartridge between the readings of drive and slot.
        slot = _loaded_slot(library, *library.reader.consistently(read))
    write(f"{slot}\n")


def _loaded_slot(library: Library, inventory: Inventory, address: int) -> int:
    element = inventory.at(address)
    name = inventory.numbering.name_of(address)
    finding = find_condition(element, address=address)
    if element is None or finding.full is None:
        raise ElementUnknown(
            f"can't tell what is in {name}: {finding.reason}", hint=finding.remedy.value
        )
    if not finding.full:
        return 0
    home = Homes(library, inventory).of(element)
    slot = None if home.address is None else SlotNumbers(inventory.assignment).slot_at(home.address)
    if slot is None:
        raise _homeless(library, inventory, element, home.reason)
    return slot


def _homeless(
    library: Library, inventory: Inventory, drive: Element, reason: str
) -> ElementUnknown:
    place = inventory.numbering.place_of(drive.address)
    return ElementUnknown(
        f"{cartridge_name(drive)} is in {inventory.numbering.name_of(drive.address)}: {reason}",
        hint=f"put it into a free slot: changer --library {library.id} unload {place} SLOT",
    )
