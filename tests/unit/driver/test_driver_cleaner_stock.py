"""States of cleaning cartridges, and whether they suffice for each family of drives."""

from __future__ import annotations

import pytest
from driver_support import DT, IE, ST, said

from changer import errors
from changer.cleaning.family_stock import FamilyStock, family_stocks
from changer.cleaning.stock import (
    SlotFacts,
    StockedCleaner,
    cleaners_elsewhere,
    cleaners_of_slot,
    find_state,
)
from changer.drives.media_family import MediaFamily, family_of_cleaner
from changer.errors import ChangerError
from changer.library.inventory import Inventory
from changer.library.reserved_slots import ReservedSlots
from changer.smc.elements import Element, ElementAddressAssignment, ElementRange
from changer.store.records import Cleaner, CleanerCondition

LTO, DLT = MediaFamily.LTO, MediaFamily.DLT
HOME, OTHER, MAIL, DRIVE = 1004, 1006, 101, 500
ASSIGNMENT = ElementAddressAssignment(
    ElementRange(1, 1), ElementRange(1001, 12), ElementRange(101, 2), ElementRange(500, 2)
)


def cleaner(
    tag: str | None = "CLN001CU",
    *,
    home: int | None = HOME,
    left: int | None = 50,
    condition: CleanerCondition = "usable",
    why: str | None = None,
) -> Cleaner:
    return Cleaner(1, "it", tag, home, None, left, 3, condition, why, 0.0, 9.0, None)


def element(words: str, address: int = HOME) -> Element:
    kind = ST if address > 1000 else DT if address >= 500 else IE
    return said(words)._replace(element_type=kind, address=address)


# What ``clean`` says of a slot, what is on record, and the state.
STATES: dict[str, tuple[type[ChangerError] | None, Cleaner | None, str, str]] = {
    "whole": (None, cleaner(), "full", "usable"),
    "one more than the warning": (None, cleaner(left=4), "full", "usable"),
    "as few as the warning": (None, cleaner(left=3), "full", "low"),
    "count not known": (None, cleaner(left=None), "full", "usable"),
    "used all the same": (None, cleaner(left=0), "full", "overdue"),
    "none left by the count": (errors.CleanerSpent, cleaner(left=0), "full", "overdue"),
    "a drive found it spent": (
        errors.CleanerSpent,
        cleaner(left=0, condition="spent"),
        "full",
        "spent",
    ),
    "the library shows it spent": (errors.CleanerSpent, cleaner(left=0), "full 5A/01", "spent"),
    "rejected": (errors.InvalidCleaner, cleaner(condition="rejected"), "full", "rejected"),
    "not brought in": (errors.InvalidCleaner, None, "full", "not-inserted"),
    "gone": (errors.SlotEmpty, cleaner(), "", "missing"),
    "in a drive": (errors.CartridgeOut, cleaner(), "", "out"),
    "claimed": (errors.BeingCleaned, cleaner(), "", "cleaning"),
    "the library's": (errors.CleanedByLibrary, cleaner(), "full 30/03 access=0", "managed"),
    "one label in two slots": (errors.SeveralCartridges, cleaner(), "full", "duplicate"),
    "magazine out": (errors.SlotNotPresent, cleaner(), "ed", "not-present"),
    "not told": (errors.SlotUnknown, cleaner(), "83/03", "unknown"),
    "an error that is not foreseen": (errors.MalformedData, cleaner(), "full", "unknown"),
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("refusal", "known", "shown", "state"), STATES.values(), ids=STATES)
def test_state_is_what_a_cleaning_would_meet(
    refusal: type[ChangerError] | None, known: Cleaner | None, shown: str, state: str
) -> None:
    facts = SlotFacts(HOME, element(shown), known, None if refusal is None else refusal("why"))
    assert find_state(facts, cleans_left_warning=3) == state


def test_cleaner_of_a_claimed_drive_is_cleaning_whatever_its_slot_shows() -> None:
    facts = SlotFacts(HOME, element("ed"), cleaner(), errors.SlotNotPresent("out"), drive=DRIVE)
    assert find_state(facts, cleans_left_warning=3) == "cleaning"


def stocked(facts: SlotFacts, *others: Element) -> list[tuple[str | None, str, int | None]]:
    """Label, state and the place of each cleaner of a slot."""
    shown = (facts.element,) if facts.element else ()
    inventory = Inventory(ASSIGNMENT, (*shown, *others))
    known = (facts.cleaner,) if facts.cleaner else ()
    slots = ReservedSlots((HOME,), ("CLN",), known)
    found = cleaners_of_slot(
        facts, slots, inventory, family_of=family_of_cleaner, cleans_left_warning=3
    )
    return [(each.label, each.state, each.address) for each in found]


def test_cleaner_that_lies_elsewhere_is_missing_and_shown_where_it_is() -> None:
    gone = SlotFacts(HOME, element(""), cleaner(), errors.SlotEmpty("empty"))
    assert stocked(gone, element("full CLN001CU", OTHER)) == [("CLN001CU", "missing", OTHER)]
    assert stocked(gone) == [("CLN001CU", "missing", None)]


def test_cleaner_whose_label_another_element_shows_too_is_shown_in_its_slot() -> None:
    twice = SlotFacts(HOME, element("full CLN001CU"), cleaner(), errors.SeveralCartridges("two"))
    other = element("full CLN001CU", OTHER - 4)
    shown = Inventory(ASSIGNMENT, (other, *filter(None, [twice.element])))
    slots = ReservedSlots((HOME,), ("CLN",), (cleaner(),))
    (found,) = cleaners_of_slot(
        twice, slots, shown, family_of=family_of_cleaner, cleans_left_warning=3
    )
    assert (found.state, found.address) == ("duplicate", HOME)


def test_another_cleaner_in_the_slot_is_shown_beside_the_one_on_record() -> None:
    other = SlotFacts(HOME, element("full CLN002CU"), cleaner(), errors.InvalidCleaner("other"))
    assert stocked(other) == [("CLN001CU", "missing", None), ("CLN002CU", "not-inserted", HOME)]


def test_slot_without_a_cleaner_has_none() -> None:
    empty = SlotFacts(HOME, element(""), None, errors.SlotEmpty("empty"))
    data = SlotFacts(HOME, element("full A00001L8"), None, errors.InvalidCleaner("data"))
    assert (stocked(empty), stocked(data)) == ([], [])


def elsewhere(
    *elements: Element, away: tuple[Cleaner, ...] = ()
) -> list[tuple[str | None, str, str | None]]:
    """Label, state and reason of each that has no reserved slot."""
    found = cleaners_elsewhere(
        Inventory(ASSIGNMENT, elements),
        ReservedSlots((HOME,), ("CLN",), (cleaner(),)),
        away=away,
        in_slots=(),
        family_of=family_of_cleaner,
    )
    return [(each.label, each.state, each.reason) for each in found]


FOREIGN, MANAGED = "not in a reserved slot", "the library cleans with it"


def test_cleaners_outside_of_reserved_slots_are_foreign_or_the_librarys() -> None:
    assert elsewhere(
        element("full A00001L8", OTHER),
        element("full CLN005CU", OTHER + 1),
        element("full CLN006CU 30/03 access=0", OTHER + 2),
        element("full CLN007CU", MAIL),
        element("full CLN001CU"),
        element("full CLN001CU", DRIVE)._replace(source_address=HOME),
    ) == [
        ("CLN005CU", "foreign", FOREIGN),
        ("CLN006CU", "managed", MANAGED),
        ("CLN007CU", "foreign", FOREIGN),
    ]


def test_cleaners_on_record_that_left_are_away_unless_they_lie_elsewhere() -> None:
    spent = cleaner("CLN008CU", home=None, left=0, condition="spent", why="drive 0: worn")
    plain = cleaner("CLN009CU", home=None)
    assert elsewhere(away=(spent, plain)) == [
        ("CLN008CU", "away", "spent (drive 0: worn)"),
        ("CLN009CU", "away", None),
    ]
    assert elsewhere(element("full CLN008CU", OTHER), away=(spent, plain)) == [
        ("CLN008CU", "foreign", f"{FOREIGN}; spent (drive 0: worn)"),
        ("CLN009CU", "away", None),
    ]


# Families


def stock(
    family: MediaFamily | None = LTO,
    state: str = "usable",
    left: int | None = 50,
    refusal: type[ChangerError] | None = None,
) -> StockedCleaner:
    error = None if refusal is None else refusal(f"it is {state}")
    return StockedCleaner(
        *("CLN", family, state, None, HOME, HOME, left, 0, None, None, None, error)  # type: ignore[arg-type]
    )


def judged(
    *cleaners: StockedCleaner,
    drives: tuple[MediaFamily | None, ...] = (LTO, LTO),
    empty: int = 0,
    reserved: bool = True,
) -> dict[str, str | None]:
    """Each family of drives, with the code of what is wrong."""
    stocks: tuple[FamilyStock, ...] = family_stocks(
        cleaners,
        dict(enumerate(drives, DRIVE)),
        empty=[errors.SlotEmpty(f"slot {each} is empty") for each in range(empty)],
        nothing_reserved=None if reserved else errors.NoSlotSet("none is reserved"),
        cleans_left_warning=3,
    )
    return {str(each.family): each.trouble.code if each.trouble else None for each in stocks}


SPENT = stock(state="spent", left=0, refusal=errors.CleanerSpent)
CLEANING = stock(state="cleaning", left=20, refusal=errors.BeingCleaned)
OUT = stock(state="out", refusal=errors.CartridgeOut)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("cleaners", "code"),
    [
        ([stock()], None),
        ([stock(left=3)], "cleaner-low"),
        ([stock(left=3), stock(left=1)], None),
        ([stock(left=2), stock(left=1)], "cleaner-low"),
        ([stock(left=1), stock(left=None)], None),
        ([stock(left=4), SPENT], None),
        ([stock(left=3), SPENT], "cleaner-low"),
        ([SPENT], "cleaner-spent"),
        ([SPENT, SPENT], "cleaner-spent"),
        ([OUT], "cartridge-out"),
        ([OUT, OUT], "cartridge-out"),
        ([OUT, SPENT], "cleaner-spent"),
        ([CLEANING], None),
        ([CLEANING, SPENT], None),
        ([CLEANING._replace(cleans_left=2)], "cleaner-low"),
        ([stock(DLT)], "invalid-cleaner"),
        ([stock(DLT), SPENT], "cleaner-spent"),
        ([stock(None)], None),
        ([], "slot-empty"),
    ],
)
def test_family_needs_a_cleaner_of_its_own_and_cleanings_left(
    cleaners: list[StockedCleaner], code: str | None
) -> None:
    assert judged(*cleaners, empty=1) == {"LTO": code}


def test_each_family_that_has_a_drive_is_judged_on_its_own() -> None:
    both = (LTO, DLT)
    assert judged(stock(), drives=both) == {"LTO": None, "DLT": "invalid-cleaner"}
    assert judged(stock(), stock(DLT, left=3), drives=both) == {"LTO": None, "DLT": "cleaner-low"}
    # A cleaner of no known family is nobody's where drives are of several.
    assert judged(stock(None), drives=both) == {"LTO": "invalid-cleaner", "DLT": "invalid-cleaner"}
    assert judged(stock(DLT)) == {"LTO": "invalid-cleaner"}


def test_drives_of_no_known_family_take_what_a_person_names() -> None:
    assert judged(stock(), drives=(None,)) == {"None": None}
    assert judged(SPENT, drives=()) == {"None": "cleaner-spent"}


def test_nothing_reserved_is_the_error_of_every_family() -> None:
    assert judged(drives=(LTO, DLT), reserved=False) == {"LTO": "no-slot-set", "DLT": "no-slot-set"}


def test_message_names_the_family_where_there_are_several() -> None:
    (one,) = family_stocks(
        [SPENT], {DRIVE: LTO}, empty=(), nothing_reserved=None, cleans_left_warning=3
    )
    assert one.trouble is not None and one.trouble.message == "it is spent"
    lto, _ = family_stocks(
        [SPENT],
        {DRIVE: LTO, DRIVE + 1: DLT},
        empty=(),
        nothing_reserved=None,
        cleans_left_warning=3,
    )
    assert lto.trouble is not None and lto.trouble.message == "for LTO drives: it is spent"
