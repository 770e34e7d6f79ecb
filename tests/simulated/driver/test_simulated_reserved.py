"""Reserved slots and their cleaners, as the store has them of a library now."""

from __future__ import annotations

from changer.library.reserved_slots import ReservedSlots
from changer.library.settings import LibrarySettings

from .virtual_library import VirtualLibrary


def test_library_without_reserved_slots_has_no_cleaners(demo: VirtualLibrary) -> None:
    with demo.open(settings=LibrarySettings(cleaner_prefixes=("WASH",))) as library:
        assert ReservedSlots.for_(library) == ReservedSlots((), ("WASH",), ())


def test_slots_come_in_the_order_of_their_reservation_with_their_cleaners(
    demo: VirtualLibrary,
) -> None:
    second, first = demo.reserve("9"), demo.reserve("4")
    with demo.open() as library:
        operation = library.store.begin_operation(library.id, "insert", slot_address=first)
        library.store.insert_cleaner(
            operation.id, slot_address=first, volume_tag="CLN001CU", family="LTO", cleans_left=50
        )
        slots = ReservedSlots.for_(library)
    assert slots.addresses == (second, first)
    assert slots.cleaner_prefixes == ("CLN", "CLR", "CLEAN")
    assert [(each.slot_address, each.volume_tag) for each in slots.cleaners] == [
        (first, "CLN001CU")
    ]
