"""One look at a library for someone who watches it: what it shows is told, as it is news."""

from __future__ import annotations

from changer.events.news import Fact
from changer.journal.told import open_move
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.observed import facts_of
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import ElementType


def look(library: Library, *, whole: bool) -> bool:
    """Look once, and tell what is new; whether the library reported that something changed.

    ``whole``: read all elements; else whether the library serves, and its mail slots. Takes no
    lock, and moves nothing. Raises what the library raises.
    """
    attentions = library.session.attention_count
    library.session.send(test_unit_ready())
    types = tuple(ElementType) if whole else (ElementType.IMPORT_EXPORT,)
    tell_shown(library, library.read(types))
    return library.session.attention_count > attentions


def tell_shown(library: Library, inventory: Inventory) -> None:
    """Tell what is new in a reading, and of the moves that dead processes left open."""
    lasting = library.store.events().lasting(library.id)
    shown = facts_of(inventory, lasting, library_id=library.id)
    library.tell(*shown, *_open_moves(library, inventory))


def _open_moves(library: Library, inventory: Inventory) -> list[Fact]:
    is_running = library.context.coordination.is_running
    name_of = inventory.numbering.name_of
    return [
        open_move(
            each,
            f"the {each.kind} of {each.volume_tag or 'a cartridge without a label'} from "
            f"{name_of(each.source_address)} to {name_of(each.destination_address)} was "
            "interrupted, or its end was not seen; changer recover settles it",
            library_id=library.id,
        )
        for each in library.store.unsettled_moves(library.id)
        if not is_running(each)
    ]
