"""What a store keeps of the primary slot, which was the only one that a library had."""

from __future__ import annotations

from changer.store.protocol import Store
from changer.store.records import Cleaner, Reservation


def primary_reservation(store: Store, library_id: str) -> Reservation | None:
    """The slot that was reserved first."""
    return next(iter(store.reservations(library_id)), None)


def primary_cleaner(store: Store, library_id: str) -> Cleaner | None:
    """The cleaning cartridge of that slot."""
    reserved = primary_reservation(store, library_id)
    home = reserved.slot_address if reserved else None
    known = (each for each in store.cleaners(library_id) if home is not None)
    return next((each for each in known if each.slot_address == home), None)


def bring_in(
    store: Store, library_id: str, *, volume_tag: str | None, cleans_left: int | None
) -> Cleaner:
    """Record a cleaning cartridge of that slot, as one that a person counted."""
    reserved = primary_reservation(store, library_id)
    assert reserved is not None
    return store.insert_cleaner(
        store.begin_operation(library_id, "insert", cleans_told=1).id,
        slot_address=reserved.slot_address,
        volume_tag=volume_tag,
        family=None,
        cleans_left=cleans_left,
    )
