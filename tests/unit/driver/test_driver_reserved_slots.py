"""Which cartridge is a cleaner on record, and what may go into a slot that is kept for one."""

from __future__ import annotations

import pytest
from driver_support import assignment, said

from changer.errors import SlotReserved
from changer.library.addressing import Numbering
from changer.library.reserved_slots import ReservedSlots
from changer.store.records import Cleaner

FIRST, SECOND, BLANK = 1003, 1008, 1011


def cleaner(number: int, slot: int | None, label: str | None) -> Cleaner:
    return Cleaner(number, "LIB", label, slot, "LTO", 50, 0, "usable", None, 1.0, None, None)


# Two with one label, and one without any.
KNOWN = (cleaner(1, FIRST, "WASH01"), cleaner(2, SECOND, "WASH01"), cleaner(3, BLANK, None))
SLOTS = ReservedSlots((SECOND, FIRST, BLANK), ("CLN",), KNOWN)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("cartridge", "number"),
    [
        ("@1003 full WASH01", 1),
        ("@1008 full WASH01", 2),
        ("@1000 full WASH01", 1),
        ("@1000 full WASH01 from=1008", 2),
        ("@1000 full WASH01 from=1001", 1),  # stored for long: SVALID says nothing of it
        ("drive @500 full WASH01", 1),
        ("drive @500 full WASH01 from=1008", 2),
        ("drive @500 full WASH01 from=1001", None),
        ("picker @1 full WASH01 from=1001", None),
        ("drive @500 full from=1008", 2),
        ("drive @500 full from=1008 type=2", 2),
        ("drive @500 full from=1008 type=1", None),
        ("picker @1 full from=1003", 1),
        ("drive @500 full", None),
        ("drive @500 full OTHER from=1008", None),
        ("@1008 full", None),
        ("@1011 full", 3),
        ("@1011 full OTHER", None),
        ("@1000 full", None),
        ("@1000 full from=1011", 3),
        ("drive @500 full from=1011", 3),
        ("mail @10 full WASH01", 1),
        ("mail @10 full from=1008", None),
    ],
)
def test_cleaner_on_record_is_known_by_its_label_and_by_its_home(
    cartridge: str, number: int | None
) -> None:
    found = SLOTS.on_record(said(cartridge))
    assert (None if found is None else found.id) == number
    assert SLOTS.may_be_on_record(said(cartridge)) is (number is not None)
    assert SLOTS.is_cleaner(said(cartridge)) is (number is not None)


def test_cleaner_is_one_by_its_label_too_whether_on_record_or_not() -> None:
    shown = said("@1000 full CLN001L8")
    assert SLOTS.is_cleaner(shown) and not SLOTS.may_be_on_record(shown)
    assert not ReservedSlots((FIRST,), ("WASH",)).is_cleaner(shown)
    assert ReservedSlots((FIRST,), ("WASH",)).is_cleaner(said("@1000 full WASH02"))


def test_slots_are_kept_in_the_order_of_their_reservation() -> None:
    assert [*SLOTS] == [SECOND, FIRST, BLANK]
    assert (len(SLOTS), SLOTS.primary) == (3, SECOND)
    assert [each in SLOTS for each in (FIRST, SECOND, BLANK, 1000)] == [True, True, True, False]
    kept = {each: SLOTS.cleaner_of(each) for each in (FIRST, SECOND, BLANK, 1000)}
    assert kept == {FIRST: KNOWN[0], SECOND: KNOWN[1], BLANK: KNOWN[2], 1000: None}
    none = ReservedSlots((), ("CLN",))
    assert (len(none), none.primary, [*none]) == (0, None, [])


def test_only_a_cleaner_may_go_into_a_slot_that_is_kept() -> None:
    numbering = Numbering(assignment())
    data, clean = said("@1000 full A00001L8"), said("@1000 full CLN001L8")
    blank = said("@1000 full")
    for each in (data, clean, blank, None):
        assert SLOTS.admits(each, 1001)
        assert SLOTS.admits(each, FIRST) is (each is clean)
    for each in (data, clean, blank):
        SLOTS.check_destination(each, 1001, numbering=numbering)
    SLOTS.check_destination(clean, FIRST, numbering=numbering)
    for each, name in ((data, "A00001L8"), (blank, "the cartridge without a label")):
        with pytest.raises(SlotReserved) as raised:
            SLOTS.check_destination(each, FIRST, numbering=numbering)
        assert raised.value.message == (
            f"slot 4 is reserved for a cleaning cartridge, and {name} is not one"
        )
        assert raised.value.hint == (
            "choose another slot, or release this one with: changer cleaner release 4"
        )


def test_backup_software_does_not_see_reserved_slots_nor_cleaners() -> None:
    hidden = {
        words: SLOTS.hides(said(words))
        for words in (
            "@1003",
            "@1003 full A00001L8",
            "@1000",
            "@1000 full A00001L8",
            "@1000 full CLN001L8",
            "@1000 CLN001L8",
            "drive @500 full WASH01 from=1003",
            "drive @500 WASH01",
        )
    }
    assert [words for words, is_hidden in hidden.items() if is_hidden] == [
        "@1003",
        "@1003 full A00001L8",
        "@1000 full CLN001L8",
        "drive @500 full WASH01 from=1003",
    ]
