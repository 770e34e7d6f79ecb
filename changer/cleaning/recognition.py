"""Recognition of a cartridge that is brought in: what is on record of it, and its media family."""

from __future__ import annotations

from changer.cleaning.cartridge import CleanerState
from changer.drives.media_family import MediaFamily, family_of_cleaner
from changer.journal.home import Homes
from changer.library.claims import Claims
from changer.library.drive_map import drive_identities
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.drive_models import family_of_drive
from changer.smc.elements import Element
from changer.store.records import Cleaner


def find_on_record(state: CleanerState, element: Element) -> Cleaner | None:
    """What is on record of the cartridge, as it is the cleaner of a slot, or was one before.

    A label is no identity: where others bear it, too, it counts only of one whose home is known,
    and never of one that is cleaning a drive.
    """
    library = state.library
    known = state.slots.on_record(element)
    if element.tag is None:
        return None
    came_from = element.source_address
    home = None if known is None else known.slot_address
    # Where it goes back to is empty; another slot may hold one of that label since it left.
    if home is not None and home in {element.address, came_from} & {element.address, state.address}:
        return known
    away = [
        each
        for each in library.store.cleaners(library.id)
        if each.slot_address is None and each.volume_tag == element.tag
    ]
    before = away[0] if away else None
    if known is None or known.slot_address in Claims.for_(library):
        return before
    inventory = library.read()
    alike = [each for each in inventory.holding(element.tag) if each.address != element.address]
    if known.slot_address in {each.address for each in alike}:
        return before
    is_known = not alike or known.slot_address in (
        came_from,
        Homes(library, inventory).address_of(element),
    )
    return known if is_known else None


def family_of(library: Library, cleaner: Element) -> MediaFamily | None:
    """By the settings and the label, else by the drives."""
    return family_of_cleaner(cleaner.tag, library.settings) or _family_of_drives(library)


def _family_of_drives(library: Library) -> MediaFamily | None:
    """The media family of the drives; None if they are of several or unknown."""
    inventory = Inventory(library.reader.assignment(), ())
    families = {
        family_of_drive(each.product) for each in drive_identities(library, inventory).values()
    }
    return families.pop() if len(families) == 1 else None
