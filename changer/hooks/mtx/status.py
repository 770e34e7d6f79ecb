"""Contents of a library in the words and numbers of mtx: pure, from one reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from changer.hooks.numbers import SlotNumbers
from changer.library.element_state import find_condition
from changer.library.inventory import Inventory
from changer.smc.elements import Element, ElementType

# The transport is never shown.
STATUS_TYPES = (ElementType.STORAGE, ElementType.IMPORT_EXPORT, ElementType.DATA_TRANSFER)


def status_lines(
    inventory: Inventory,
    *,
    device: str,
    home_of: Callable[[Element], int | None],
    bar_codes: bool = True,
    hidden: Callable[[Element], bool] = lambda _: False,
) -> list[str]:
    """The lines of ``mtx status``, none for an element that is absent, unknown or ``hidden``.

    ``home_of``: a full drive to the number of the slot where its cartridge belongs, if known.
    """
    numbers = SlotNumbers(inventory.assignment)
    header = (
        f"  Storage Changer {device}:{numbers.drives} Drives, "
        f"{numbers.total} Slots ( {numbers.mail} Import/Export )"
    )
    return [
        header,
        *_drive_lines(inventory, numbers, home_of, bar_codes=bar_codes),
        *_slot_lines(inventory, numbers, bar_codes=bar_codes, hidden=hidden),
    ]


def _drive_lines(
    inventory: Inventory,
    numbers: SlotNumbers,
    home_of: Callable[[Element], int | None],
    *,
    bar_codes: bool,
) -> Iterator[str]:
    for address in _addresses(inventory, ElementType.DATA_TRANSFER):
        element = inventory.at(address)
        number = numbers.drive_at(address)
        full = shown_full(element)
        if element is not None and full:
            home = home_of(element)
            which = "Unknown Storage Element" if home is None else f"Storage Element {home}"
            tags = _tags(element, " = ") if bar_codes else ""
            yield f"Data Transfer Element {number}:Full ({which} Loaded){tags}"
        elif full is False:
            yield f"Data Transfer Element {number}:Empty"


def _slot_lines(
    inventory: Inventory,
    numbers: SlotNumbers,
    *,
    bar_codes: bool,
    hidden: Callable[[Element], bool],
) -> Iterator[str]:
    for element_type, mail in (
        (ElementType.STORAGE, ""),
        (ElementType.IMPORT_EXPORT, " IMPORT/EXPORT"),
    ):
        for address in _addresses(inventory, element_type):
            element = inventory.at(address)
            full = shown_full(element)
            if element is not None and full is not None and not hidden(element):
                state = "Full " if full else "Empty"
                tags = _tags(element, "=") if bar_codes else ""
                yield f"      Storage Element {numbers.slot_at(address)}{mail}:{state}{tags}"


def _addresses(inventory: Inventory, element_type: ElementType) -> range:
    elements = inventory.assignment.range_of(element_type)
    return range(elements.first, elements.last + 1)


def shown_full(element: Element | None) -> bool | None:
    """Whether an element is full; None for one that is absent or unknown.

    Full is an element that the driver would take a cartridge from, empty one that it would bring
    one to.
    """
    return None if element is None else find_condition(element, address=element.address).full


def _tags(element: Element, equals: str) -> str:
    primary = tag_as_sent(element.volume_tag_field)
    alternate = tag_as_sent(element.alternate_volume_tag_field)
    return (f":VolumeTag{equals}{primary}" if primary else "") + (
        f":AlternateVolumeTag{equals}{alternate}" if alternate else ""
    )


def tag_as_sent(information: bytes | None) -> str:
    """The field as sent, blanks too, up to the first byte that is not an ASCII character."""
    text = (information or b"").decode("latin-1")
    end = next((i for i, letter in enumerate(text) if not " " <= letter <= "\x7f"), len(text))
    return text[:end]
