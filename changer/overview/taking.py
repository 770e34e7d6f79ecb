"""Taking an overview: one reading of a library, and what is on record of it."""

from __future__ import annotations

from collections.abc import Callable

from changer.cleaning.look import tell_shown
from changer.cleaning.read_stock import read_stock
from changer.cleaning.verdict import judge
from changer.journal.home import Homes
from changer.library.attention import find_attention
from changer.library.attention_facts import facts_on_record, store_facts
from changer.library.drive_map import drive_identities
from changer.library.history import state_of
from changer.library.library import Library
from changer.library.library_settings import LibrarySettings
from changer.library.place_names import PlaceNames
from changer.library.status import LibraryStatus, library_status
from changer.overview.overview import MoveShown, OperationShown, Reading, Records
from changer.smc.cdb import test_unit_ready
from changer.store.protocol import Store
from changer.store.records import DriveIdentity
from changer.store.sharing import Coordination

_NOTHING_SHOWN = LibraryStatus(None, (), (), (), (), None, removal_prevented=False)


def read_all(
    library: Library, *, find_device: Callable[[int, DriveIdentity | None], str | None]
) -> Reading:
    """Read all elements once, judge what they show, and tell what is new. Asks no drive.

    Takes no lock, and moves nothing. ``find_device``: as ``library_status`` has it. Raises what the
    library raises.
    """
    clock = library.context.clock
    began = clock.monotonic()
    library.session.send(test_unit_ready())
    inventory = library.read()
    ended, took_seconds = clock.now(), clock.monotonic() - began
    status = library_status(
        library, inventory, find_device=find_device, find_home=Homes(library, inventory).address_of
    )
    attention = find_attention(status, store_facts(library), numbering=inventory.numbering)
    stock = read_stock(library, inventory, drive_identities(library, inventory).values())
    tell_shown(library, inventory)
    return Reading(
        at=ended,
        took_seconds=took_seconds,
        status=status,
        stock=stock,
        verdict=judge(status, attention, stock.families),
        numbering=inventory.numbering,
    )


def take_records(
    store: Store,
    library_id: str,
    *,
    coordination: Coordination,
    settings: LibrarySettings,
    reading: Reading | None,
) -> Records:
    """What is on record of a library now. Sends no command.

    ``reading``: the last one; without it, what wants attention is what is on record alone. A
    library that was never read has nothing on record.
    """
    is_running = coordination.is_running
    at = coordination.clock.now()
    operations = tuple(
        OperationShown(each, state_of(each, is_running))
        for each in store.unfinished_operations(library_id)
    )
    moves = tuple(MoveShown(each, is_running(each)) for each in store.unsettled_moves(library_id))
    events = store.events()
    numbering = PlaceNames(store).numbering(library_id) if reading is None else reading.numbering
    facts = facts_on_record(
        store, library_id, is_running=is_running, cleans_itself=settings.auto_clean == "library"
    )
    status = _NOTHING_SHOWN if reading is None else reading.status
    return Records(
        at=at,
        attention=() if numbering is None else find_attention(status, facts, numbering=numbering),
        numbering=numbering,
        operations=operations,
        moves=moves,
        lasting=events.lasting(library_id),
        last_event=events.last_id(),
        lock=coordination.lock_use(library_id),
    )
