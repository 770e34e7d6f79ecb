"""Contents of a library in the lines that the daemons of Bacula and Bareos read.

They take a line that they can't parse for an empty drive, and an element without a line for absent.
So a line reports an element that is present and known; unknown and absent elements have none.
"""

from __future__ import annotations

from collections.abc import Iterator

from changer.cli.output import write
from changer.hooks.autochanger.program import Call
from changer.hooks.cleaners import hidden_slots
from changer.hooks.mtx.status import tag_as_sent
from changer.hooks.numbers import SlotNumbers, home_numbers, read_numbers, require_told_slots
from changer.hooks.session import HookSession
from changer.library.element_state import find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element, ElementType

_ALL = (ElementType.STORAGE, ElementType.IMPORT_EXPORT, ElementType.DATA_TRANSFER)
_LISTED = (ElementType.STORAGE, ElementType.DATA_TRANSFER)
_LETTERS = {ElementType.STORAGE: "S", ElementType.IMPORT_EXPORT: "I"}
_TAG_COLUMNS = 32
# Bacula takes a record without a label for an empty element, since its scanf needs a word there;
# a dash is one that it, and Bareos, shows as a volume that the catalog does not know.
_NO_TAG = "-"
# In the short list both daemons call slot 0 an error, in words, and go on with the next line.
_UNKNOWN_SLOT = 0


def print_slots(session: HookSession, _: Call) -> None:
    """Print the number of slots, mail slots included."""
    write(f"{read_numbers(session.library).total}\n")


def print_drives(session: HookSession, _: Call) -> None:
    """Print the number of drives; the daemons count those of their configuration instead."""
    write(f"{read_numbers(session.library).drives}\n")


def list_volumes(session: HookSession, _: Call) -> None:
    """Print the cartridges of storage slots, and those of drives under their source slots."""
    library = session.library
    inventory = library.read(_LISTED)
    require_told_slots(inventory)
    write("".join(f"{slot}:{tag}\n" for slot, tag in _cartridges(library, inventory)))


def _cartridges(library: Library, inventory: Inventory) -> Iterator[tuple[int, str]]:
    hidden = hidden_slots(library)
    numbers, home_of = SlotNumbers(inventory.assignment), home_numbers(library, inventory)
    for each in inventory.of_type(ElementType.STORAGE):
        slot = numbers.slot_at(each.address)
        if slot is not None and _is_full(each) and not hidden(each):
            yield slot, each.tag or ""
    for each in inventory.of_type(ElementType.DATA_TRANSFER):
        if _is_full(each) and not hidden(each):
            yield home_of(each) or _UNKNOWN_SLOT, each.tag or ""


def list_all(session: HookSession, _: Call) -> None:
    """Print every drive, slot and mail slot, one record to a line."""
    library = session.library
    inventory = library.read(_ALL)
    require_told_slots(inventory)
    records = (*_drive_records(library, inventory), *_slot_records(library, inventory))
    write("".join(f"{each}\n" for each in records))


def _drive_records(library: Library, inventory: Inventory) -> Iterator[str]:
    numbers, home_of = SlotNumbers(inventory.assignment), home_numbers(library, inventory)
    for each in inventory.of_type(ElementType.DATA_TRANSFER):
        number = numbers.drive_at(each.address)
        if _is_full(each):
            slot = home_of(each) or _UNKNOWN_SLOT
            yield f"D:{number}:F:{slot}:{_padded(each)}"
        elif _is_full(each) is False:
            yield f"D:{number}:E"


def _slot_records(library: Library, inventory: Inventory) -> Iterator[str]:
    hidden = hidden_slots(library)
    numbers = SlotNumbers(inventory.assignment)
    for element_type, letter in _LETTERS.items():
        for each in inventory.of_type(element_type):
            number = numbers.slot_at(each.address)
            if hidden(each):
                continue
            if _is_full(each):
                yield f"{letter}:{number}:F:{_padded(each)}"
            elif _is_full(each) is False:
                yield f"{letter}:{number}:E"


def _padded(element: Element) -> str:
    """The label with the trailing blanks that the library sent, as mtx prints it."""
    as_sent = tag_as_sent(element.volume_tag_field)
    return as_sent if as_sent.strip() else f"{_NO_TAG:<{_TAG_COLUMNS}}"


def _is_full(element: Element) -> bool | None:
    """True or False where the library says so, else None."""
    return find_condition(element, address=element.address).full
