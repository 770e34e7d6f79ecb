"""One look at a library for someone who watches it: what it shows is told, as it is news."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from changer.cleaning.told import fact_of
from changer.drives.cleaning_requests import cleaning_request_fact
from changer.events.news import Fact
from changer.journal.told import open_move
from changer.library.drive_conditions import drive_name, is_shown_requesting
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.observed import facts_of
from changer.smc.atlas.habits import Habit, has_habit
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import ElementType
from changer.store.records import EventRecord


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
    """Tell what is new in a reading, and on record: open moves, and cleaners to be replaced."""
    lasting = library.store.events().lasting(library.id)
    library.tell(
        *facts_of(
            inventory,
            lasting,
            library_id=library.id,
            impexp_is_kept=not has_habit(Habit.IMPEXP_NOT_KEPT, library.session.model),
        ),
        *_requests(library, inventory, lasting),
        *_cleaners(library),
        *_open_moves(library, inventory),
    )


def _cleaners(library: Library) -> Iterator[Fact]:
    for each in library.store.cleaners(library.id):
        fact = None if each.slot_address is None else fact_of(each, library)
        if fact is not None:
            yield fact


def _requests(
    library: Library, inventory: Inventory, lasting: Sequence[EventRecord]
) -> Iterator[Fact]:
    """Drives that request cleaning by what the library shows; what they said themselves stays."""
    identities = {each.address: each for each in library.store.drives(library.id) or ()}
    told = {each.subject for each in lasting if each.kind == "cleaning-requested"}
    for element in inventory.of_type(ElementType.DATA_TRANSFER):
        identity = identities.get(element.address)
        name = drive_name(library, identity, element.address)
        if is_shown_requesting(element) and name not in told:
            number = inventory.numbering.number_of(element.address)
            yield cleaning_request_fact(
                library, number, name, "requested", serial=identity.serial if identity else None
            )


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
