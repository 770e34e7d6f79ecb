"""An inventory of a library, and where in it a cartridge is after a move."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from driver_support import DT, IE, MT, ST, assignment, element, unhurried
from hypothesis import given
from hypothesis import strategies as some

from changer.library.addressing import Place, PlaceKind
from changer.library.inventory import (
    Inventory,
    Location,
    MediumLocation,
    Transfer,
    has_left,
    judge_end,
    locate,
    resolve_exchange,
)
from changer.smc.elements import Element, ElementType

A, B = "A00001L8", "B00002L8"


def inventory(*elements: Element) -> Inventory:
    return Inventory(assignment(), elements)


def test_an_element_is_found_by_its_address() -> None:
    slot = element(address=1003)
    assert inventory(slot).at(1003) is slot
    assert inventory(slot).at(1004) is None
    assert inventory().at(0) is None


def test_address_0_is_found() -> None:
    picker = element(MT, 0)
    assert inventory(picker).at(0) is picker


def test_elements_of_a_type_come_in_address_order() -> None:
    read = inventory(element(address=1002), element(DT, 500), element(address=1000))
    assert [each.address for each in read.of_type(ST)] == [1000, 1002]
    assert [each.address for each in read.of_type(DT)] == [500]
    assert read.of_type(IE) == ()


def test_a_cartridge_is_where_a_full_element_shows_its_tag() -> None:
    full = element(address=1000, full=True, tag=A)
    read = inventory(
        full,
        element(address=1001, tag=A),
        element(address=1002, full=True, tag=B),
        element(address=1003, full=True),
    )
    assert read.holding(A) == (full,)
    assert read.holding("C00003L8") == ()
    assert read.holding("") == ()


def test_the_same_tag_in_two_elements_is_two_elements() -> None:
    read = inventory(element(address=1000, full=True, tag=A), element(DT, 500, full=True, tag=A))
    assert {each.address for each in read.holding(A)} == {1000, 500}


def test_elements_read_again_replace_what_was_read() -> None:
    before = inventory(element(address=1000, full=True, tag=A), element(DT, 500))
    after = before.with_elements([element(address=1000), element(DT, 500, full=True, tag=A)])
    assert [each.address for each in after.holding(A)] == [500]
    assert [each.address for each in before.holding(A)] == [1000], "the old one stays as it was"
    assert len(after.elements) == 2
    assert after.assignment == before.assignment


def test_types_add_up() -> None:
    before = Inventory(assignment(), (), frozenset({DT}))
    assert before.with_elements([], types={ST}).types == {DT, ST}
    assert before.with_elements([element()]).types == {DT}


def test_its_elements_have_numbers() -> None:
    assert inventory().numbering.place_of(1003) == Place(PlaceKind.SLOT, 4)


def test_two_equal_readings_are_equal() -> None:
    assert inventory(element()) == inventory(element())
    assert inventory(element()) != inventory(element(full=True))


SLOT, DRIVE, PICKER, OTHER_SLOT, OTHER_DRIVE = 1000, 500, 1, 1005, 501
TAG = "A00001L8"

# What an element shows: nothing at all, emptiness, a cartridge with our, another, or no label.
ABSENT, EMPTY, OURS, ANOTHER, BLANK = "absent", "empty", "ours", "another", "blank"
SHOWN = (ABSENT, EMPTY, OURS, ANOTHER, BLANK)
LABELS = {OURS: TAG, ANOTHER: "B00002L8", BLANK: None, EMPTY: None}

SOURCE = MediumLocation(Location.SOURCE, SLOT)
DESTINATION = MediumLocation(Location.DESTINATION, DRIVE)
UNKNOWN = MediumLocation(Location.UNKNOWN)


def elsewhere(address: int) -> MediumLocation:
    return MediumLocation(Location.ELSEWHERE, address)


def shown(element_type: ElementType, address: int, what: str) -> list[Element]:
    if what == ABSENT:
        return []
    return [element(element_type, address, full=what != EMPTY, tag=LABELS[what])]


def find(
    source: str,
    destination: str,
    *,
    picker: str = EMPTY,
    slot: str = EMPTY,
    drive: str = EMPTY,
    tag: str | None = TAG,
) -> MediumLocation:
    elements = [
        *shown(ST, SLOT, source),
        *shown(DT, DRIVE, destination),
        *shown(MT, PICKER, picker),
        *shown(ST, OTHER_SLOT, slot),
        *shown(DT, OTHER_DRIVE, drive),
    ]
    inventory = Inventory(assignment(), tuple(elements))
    return locate(inventory, Transfer(SLOT, DRIVE, tag))


# Source and destination show it; nothing else is full.
WITH_TAG = {
    (OURS, EMPTY): SOURCE,
    (OURS, ABSENT): SOURCE,
    (OURS, ANOTHER): SOURCE,
    (OURS, BLANK): SOURCE,
    (OURS, OURS): UNKNOWN,
    (EMPTY, OURS): DESTINATION,
    (ABSENT, OURS): DESTINATION,
    (ANOTHER, OURS): DESTINATION,
    (BLANK, OURS): DESTINATION,
    (EMPTY, BLANK): DESTINATION,
    (ABSENT, BLANK): DESTINATION,
    (ANOTHER, BLANK): DESTINATION,
    (BLANK, BLANK): UNKNOWN,
    (BLANK, EMPTY): SOURCE,
    (BLANK, ABSENT): SOURCE,
    (BLANK, ANOTHER): SOURCE,
    **dict.fromkeys(product((EMPTY, ABSENT, ANOTHER), repeat=2), UNKNOWN),
}
WITHOUT_TAG = {
    **{
        (here, there): SOURCE if here in (OURS, ANOTHER, BLANK) else DESTINATION
        for here, there in product(SHOWN, repeat=2)
        if (here in (EMPTY, ABSENT)) != (there in (EMPTY, ABSENT))
    },
    **{
        (here, there): UNKNOWN
        for here, there in product(SHOWN, repeat=2)
        if (here in (EMPTY, ABSENT)) == (there in (EMPTY, ABSENT))
    },
}


def test_the_tables_are_whole() -> None:
    assert set(WITH_TAG) == set(WITHOUT_TAG) == set(product(SHOWN, repeat=2))


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("source", "destination"), WITH_TAG)
def test_a_labelled_cartridge(source: str, destination: str) -> None:
    assert find(source, destination) == WITH_TAG[source, destination]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("source", "destination"), WITHOUT_TAG)
def test_a_cartridge_without_a_label(source: str, destination: str) -> None:
    assert find(source, destination, tag=None) == WITHOUT_TAG[source, destination]


GONE = [(EMPTY, EMPTY), (ABSENT, EMPTY), (EMPTY, ABSENT), (EMPTY, ANOTHER), (ANOTHER, ANOTHER)]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("source", "destination"), GONE)
def test_a_cartridge_in_the_transport(source: str, destination: str) -> None:
    assert find(source, destination, picker=OURS) == elsewhere(PICKER)
    assert find(source, destination, picker=BLANK) == elsewhere(PICKER)
    assert find(source, destination, picker=ANOTHER) == UNKNOWN
    assert find(source, destination, picker=ABSENT) == UNKNOWN


def test_an_unlabelled_cartridge_in_the_transport() -> None:
    assert find(EMPTY, EMPTY, picker=BLANK, tag=None) == elsewhere(PICKER)
    assert find(EMPTY, EMPTY, picker=ANOTHER, tag=None) == UNKNOWN


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("source", "destination"), GONE)
def test_a_cartridge_that_went_elsewhere(source: str, destination: str) -> None:
    told = ABSENT not in (source, destination)
    assert find(source, destination, slot=OURS) == (elsewhere(OTHER_SLOT) if told else UNKNOWN)
    assert find(source, destination, drive=OURS) == (elsewhere(OTHER_DRIVE) if told else UNKNOWN)
    assert find(source, destination, slot=OURS, drive=OURS) == UNKNOWN


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("source", "destination"), GONE)
def test_a_picker_that_was_empty_holds_it_whatever_bears_its_label(
    source: str, destination: str
) -> None:
    assert find(source, destination, slot=OURS, picker=OURS) == elsewhere(PICKER)
    assert find(source, destination, slot=OURS, drive=OURS, picker=OURS) == elsewhere(PICKER)


# Two cartridges of one label: what was there before, and the source that the library remembers

TRANSFER = Transfer(SLOT, DRIVE, TAG)
NO_ENDS = (element(ST, SLOT), element(DT, DRIVE))


def find_among(*elements: Element, before: tuple[Element, ...] = ()) -> MediumLocation:
    was = Inventory(assignment(), before) if before else None
    return locate(inventory(*NO_ENDS, *elements), TRANSFER, before=was)


def test_one_that_was_there_before_is_another() -> None:
    spare = element(ST, OTHER_SLOT, full=True, tag=TAG)
    picker = element(MT, PICKER, full=True)
    assert find_among(spare) == elsewhere(OTHER_SLOT)
    assert find_among(spare, before=(spare,)) == UNKNOWN
    assert find_among(spare, picker, before=(spare,)) == elsewhere(PICKER)
    there = element(DT, OTHER_DRIVE, full=True, tag=TAG)
    assert find_among(spare, there, before=(spare,)) == elsewhere(OTHER_DRIVE)


def test_one_that_came_to_where_another_was_is_it() -> None:
    was = element(ST, OTHER_SLOT, full=True, tag="B00002L8")
    assert find_among(element(ST, OTHER_SLOT, full=True, tag=TAG), before=(was,)) == elsewhere(
        OTHER_SLOT
    )


def test_one_that_came_to_where_nothing_was_is_it() -> None:
    spare = element(ST, OTHER_SLOT, full=True, tag=TAG)
    came = element(ST, OTHER_SLOT + 1, full=True, tag=TAG)
    assert find_among(spare, came) == UNKNOWN
    assert find_among(spare, came, before=(element(ST, OTHER_SLOT + 1),)) == elsewhere(
        OTHER_SLOT + 1
    )


@pytest.mark.parametrize("start", [SLOT, 10], ids=["from a slot", "from a mail slot"])
@pytest.mark.parametrize("kind", [ST, DT, MT])
def test_one_that_the_library_knows_from_another_slot_is_another(
    kind: ElementType, start: int
) -> None:
    address = {ST: OTHER_SLOT, DT: OTHER_DRIVE, MT: PICKER}[kind]
    known = element(kind, address, full=True, tag=TAG, source_address=OTHER_SLOT + 3)
    empty, transfer = element(IE, 10), Transfer(start, DRIVE, TAG)
    assert locate(inventory(*NO_ENDS, empty, known), transfer) == UNKNOWN
    for said in (start, DRIVE, PICKER, None):
        known = element(kind, address, full=True, tag=TAG, source_address=said)
        assert locate(inventory(*NO_ENDS, empty, known), transfer) == elsewhere(address)


def test_home_that_the_library_names_of_what_came_from_a_drive_does_not_make_it_another() -> None:
    came = element(ST, OTHER_SLOT, full=True, tag=TAG, source_address=OTHER_SLOT + 3)
    assert locate(inventory(*NO_ENDS, came), Transfer(DRIVE, SLOT, TAG)) == elsewhere(OTHER_SLOT)


def test_place_that_an_earlier_transfer_was_to_take_it_from_does_not_make_it_another() -> None:
    known = element(ST, OTHER_SLOT, full=True, tag=TAG, source_address=OTHER_SLOT + 3)
    transfer = Transfer(SLOT, DRIVE, TAG, came_from=OTHER_SLOT + 3)
    assert locate(inventory(*NO_ENDS, known), transfer) == elsewhere(OTHER_SLOT)


def test_unlabelled_one_in_a_picker_is_another_where_it_came_from_another_slot() -> None:
    for said, expected in ((SLOT, elsewhere(PICKER)), (OTHER_SLOT, UNKNOWN)):
        assert find_among(element(MT, PICKER, full=True, source_address=said)) == expected


def test_unlabelled_one_in_a_picker_is_in_doubt_while_the_label_is_shown_elsewhere() -> None:
    """As long as an end does not say that it does not hold it."""
    assert find(ABSENT, EMPTY, slot=OURS, picker=BLANK) == UNKNOWN


def test_of_two_pickers_the_one_that_names_its_source_holds_it() -> None:
    page = assignment(transports=(1, 2))
    spare = element(ST, OTHER_SLOT, full=True, tag=TAG)
    for said, expected in ((SLOT, elsewhere(2)), (None, UNKNOWN)):
        held = element(MT, 2, full=True, tag=TAG, source_address=said)
        read = Inventory(page, (*NO_ENDS, spare, element(MT, 1), held))
        assert locate(read, TRANSFER) == expected


def test_one_at_its_destination_that_names_its_source_is_not_the_one_left_there() -> None:
    ends = (
        element(ST, SLOT, full=True, tag=TAG),
        element(DT, DRIVE, full=True, tag=TAG, source_address=SLOT),
    )
    assert locate(inventory(*ends), TRANSFER) == DESTINATION


def test_label_of_an_end_that_is_not_told_is_not_looked_for_elsewhere() -> None:
    spare = element(ST, OTHER_SLOT, full=True, tag=TAG)
    hidden = element(DT, DRIVE, exception=(0x83, 0x03))
    assert locate(inventory(element(ST, SLOT), hidden, spare), TRANSFER) == UNKNOWN


# What leaves by a mail slot at once

MAIL = 10
LEAVING = Transfer(SLOT, MAIL, TAG)
ALL = frozenset(ElementType)


def everything(*special: Element, types: frozenset[ElementType] = ALL) -> Inventory:
    """A reading of all elements, which are there and empty, but for some."""
    page = assignment()
    empty = Inventory(
        page,
        tuple(
            element(each, address)
            for each in ElementType
            for address in range(page.range_of(each).first, page.range_of(each).last + 1)
        ),
        types,
    )
    return empty.with_elements(special)


DOUBT = {"accessible": False}, {"exception": (0x83, 0x03)}, {"disabled": True}


@pytest.mark.parametrize("tag", [TAG, None])
@pytest.mark.parametrize("end_seen", [True, False])
def test_what_is_nowhere_after_a_move_to_a_mail_slot_has_left(
    tag: str | None, end_seen: bool
) -> None:
    transfer = Transfer(SLOT, MAIL, tag)
    assert has_left(everything(), transfer, end_seen=end_seen)
    others = element(ST, OTHER_SLOT, full=True, tag="B00002L8")
    assert has_left(everything(others), transfer, end_seen=end_seen)


@pytest.mark.parametrize("destination", [DRIVE, OTHER_SLOT, PICKER])
def test_nothing_leaves_by_another_element(destination: int) -> None:
    assert not has_left(everything(), Transfer(SLOT, destination, TAG), end_seen=True)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("doubt", DOUBT, ids=str)
@pytest.mark.parametrize(
    ("kind", "address"), [(ST, SLOT), (IE, MAIL), (MT, PICKER)], ids=["source", "mail", "picker"]
)
def test_ends_and_picker_have_to_say_plainly_that_they_do_not_hold_it(
    kind: ElementType, address: int, doubt: dict[str, Any]
) -> None:
    read = everything(element(kind, address, **doubt))
    assert not has_left(read, LEAVING, end_seen=True)
    assert not has_left(everything(element(kind, address, full=True)), LEAVING, end_seen=True)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("doubt", DOUBT, ids=str)
@pytest.mark.parametrize(("kind", "address"), [(DT, OTHER_DRIVE), (ST, OTHER_SLOT), (IE, 11)])
def test_all_others_have_to_say_so_where_its_end_was_not_seen(
    kind: ElementType, address: int, doubt: dict[str, Any]
) -> None:
    read = everything(element(kind, address, **doubt))
    assert has_left(read, LEAVING, end_seen=True)
    assert not has_left(read, LEAVING, end_seen=False)
    unlabelled = everything(element(kind, address, full=True))
    assert not has_left(unlabelled, LEAVING, end_seen=False)


@pytest.mark.parametrize("tag", ["B00002L8", TAG])
@pytest.mark.parametrize(("kind", "address"), [(ST, SLOT), (MT, PICKER)], ids=["source", "picker"])
@pytest.mark.parametrize(
    ("said", "is_plain"),
    [
        ({"full": True}, True),
        ({"full": True, "exception": (0x99, 0x01)}, False),
        ({"full": False, "accessible": False}, False),  # of what was there last
    ],
    ids=["another cartridge", "label in doubt", "contents in doubt"],
)
def test_another_label_says_only_where_it_is_sure_that_the_cartridge_is_not_there(
    kind: ElementType, address: int, said: dict[str, Any], *, is_plain: bool, tag: str
) -> None:
    was = inventory(element(kind, address, full=True, tag=tag))
    read = everything(element(kind, address, tag=tag, **said))
    is_out = is_plain and tag != TAG
    assert has_left(read, LEAVING, end_seen=True, before=was) is is_out


def test_what_shows_its_label_has_not_left() -> None:
    came = element(DT, OTHER_DRIVE, full=True, tag=TAG)
    assert not has_left(everything(came), LEAVING, end_seen=True)
    assert has_left(everything(came), LEAVING, end_seen=True, before=inventory(came))


@pytest.mark.parametrize("missing", ElementType)
def test_nothing_has_left_by_a_reading_of_some_elements(missing: ElementType) -> None:
    assert not has_left(everything(types=ALL - {missing}), LEAVING, end_seen=True)


def test_unlabelled_cartridges_elsewhere_are_nobodys() -> None:
    assert find(EMPTY, EMPTY, slot=BLANK) == UNKNOWN
    assert find(EMPTY, EMPTY, drive=BLANK) == UNKNOWN
    assert find(EMPTY, EMPTY, slot=BLANK, drive=BLANK, tag=None) == UNKNOWN


def test_a_label_outranks_an_unlabelled_cartridge_in_the_transport() -> None:
    assert find(EMPTY, EMPTY, slot=OURS, picker=BLANK) == elsewhere(OTHER_SLOT)
    assert find(EMPTY, OURS, picker=BLANK) == DESTINATION


def test_a_duplicate_label_elsewhere_does_not_hide_the_cartridge_at_its_destination() -> None:
    assert find(EMPTY, OURS, slot=OURS) == DESTINATION
    assert find(OURS, EMPTY, slot=OURS) == SOURCE
    # Drives of some libraries show no labels at all.
    assert find(EMPTY, BLANK, slot=OURS) == DESTINATION


def test_two_claims_without_a_label_are_not_settled_by_a_third() -> None:
    assert find(BLANK, BLANK, picker=BLANK) == UNKNOWN


def test_a_label_left_behind_on_an_empty_element_is_no_cartridge() -> None:
    inventory = Inventory(
        assignment(), (element(ST, SLOT, tag=TAG), element(DT, DRIVE, full=True, tag=TAG))
    )
    found = locate(inventory, Transfer(SLOT, DRIVE, TAG))
    assert found == DESTINATION


# A transport that is full takes no other cartridge


@pytest.mark.parametrize(("tag", "expected"), [(None, elsewhere(PICKER)), (TAG, DESTINATION)])
def test_what_a_transport_holds_from_its_source_is_the_cartridge_unless_a_label_says_otherwise(
    tag: str | None, expected: MediumLocation
) -> None:
    drive = element(DT, DRIVE, full=True, tag=tag)
    picker = element(MT, PICKER, full=True, source_address=SLOT)
    assert locate(inventory(drive, picker), Transfer(SLOT, DRIVE, tag)) == expected


def test_what_another_label_in_a_transport_says_is_not_of_one_without_a_label() -> None:
    drive = element(DT, DRIVE, full=True)
    picker = element(MT, PICKER, full=True, tag=TAG, source_address=SLOT)
    assert locate(inventory(drive, picker), Transfer(SLOT, DRIVE, None)) == DESTINATION


@pytest.mark.parametrize("full", [True, False])
def test_what_started_in_a_transport_is_there_while_it_is_full(*, full: bool) -> None:
    drive = element(DT, DRIVE, full=True)
    read = inventory(drive, element(MT, PICKER, full=full))
    there = MediumLocation(Location.SOURCE, PICKER)
    assert locate(read, Transfer(PICKER, DRIVE, None)) == (there if full else DESTINATION)


# An exchange of two cartridges without labels that was interrupted: one may be in a transport


@pytest.mark.parametrize(
    ("said", "first_is_there"), [(SLOT, True), (OTHER_SLOT, False), (None, False)]
)
def test_which_of_two_unlabelled_cartridges_is_out_is_told_by_the_source_of_the_other(
    said: int | None, *, first_is_there: bool
) -> None:
    drive = element(DT, DRIVE, full=True, source_address=said)
    first, second = DESTINATION, MediumLocation(Location.SOURCE, DRIVE)
    read = inventory(drive, element(MT, PICKER, full=True))
    found = resolve_exchange(read, first, second, source_address=SLOT)
    out = elsewhere(PICKER)
    assert found == ((first, out) if first_is_there else (out, second))


def test_labelled_cartridge_in_a_transport_is_not_the_one_of_an_exchange_that_is_out() -> None:
    drive = element(DT, DRIVE, full=True, source_address=SLOT)
    second = MediumLocation(Location.SOURCE, DRIVE)
    read = inventory(drive, element(MT, PICKER, full=True, tag=TAG))
    found = resolve_exchange(read, DESTINATION, second, source_address=SLOT)
    assert found == (DESTINATION, UNKNOWN)


# An exchange of two cartridges without labels: both ends are full before and after.


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (None, SLOT, DESTINATION),
        (DRIVE, SLOT, DESTINATION),
        (None, None, UNKNOWN),
        (None, OTHER_SLOT, UNKNOWN),
        (DRIVE, None, UNKNOWN),
    ],
)
def test_the_source_that_the_library_remembers_tells_unlabelled_cartridges_apart(
    here: int | None, there: int | None, expected: MediumLocation
) -> None:
    elements = (
        element(ST, SLOT, full=True, source_address=here),
        element(DT, DRIVE, full=True, source_address=there),
    )
    inventory = Inventory(assignment(), elements)
    found = locate(inventory, Transfer(SLOT, DRIVE, None))
    assert found == expected


@pytest.mark.parametrize("tag", [None, TAG])
def test_a_source_left_behind_on_an_emptied_destination_says_nothing(tag: str | None) -> None:
    elements = (element(ST, SLOT, full=True, tag=tag), element(DT, DRIVE, source_address=SLOT))
    inventory = Inventory(assignment(), elements)
    found = locate(inventory, Transfer(SLOT, DRIVE, tag))
    assert found == SOURCE


def test_a_label_outranks_the_source_that_the_library_remembers() -> None:
    elements = (
        element(ST, SLOT, full=True, tag=TAG),
        element(DT, DRIVE, full=True, tag="B00002L8", source_address=SLOT),
    )
    inventory = Inventory(assignment(), elements)
    found = locate(inventory, Transfer(SLOT, DRIVE, TAG))
    assert found == SOURCE


def test_element_address_0_is_a_place_like_any_other() -> None:
    inventory = Inventory(
        assignment(mail=(0, 1)), (element(DT, 0, full=True, tag=TAG), element(ST, SLOT))
    )
    found = locate(inventory, Transfer(SLOT, 0, TAG))
    assert found == MediumLocation(Location.DESTINATION, 0)


kinds = some.sampled_from(SHOWN)


@unhurried
@given(
    source=kinds,
    destination=kinds,
    picker=kinds,
    slot=kinds,
    drive=kinds,
    tag=some.none() | some.just(TAG),
)
def test_a_place_is_only_named_where_the_library_shows_a_cartridge_that_can_be_it(
    source: str, destination: str, picker: str, slot: str, drive: str, tag: str | None
) -> None:
    at = {SLOT: source, DRIVE: destination, PICKER: picker, OTHER_SLOT: slot, OTHER_DRIVE: drive}
    found = find(source, destination, picker=picker, slot=slot, drive=drive, tag=tag)
    if found.address is None:
        assert found.location is Location.UNKNOWN
        return
    assert at[found.address] in ((OURS, BLANK) if tag else (OURS, BLANK, ANOTHER))
    expected = {SLOT: Location.SOURCE, DRIVE: Location.DESTINATION}
    assert found.location is expected.get(found.address, Location.ELSEWHERE)


# The end of a motion

BY_INITIAL = {each.name[0]: each for each in Location}
ENDS = {
    "completed": "D DD L LD DL LL",
    "not-executed": "S SS",
    "misplaced": "E SE ES DE EU",
    "unknown": "U SU US DU SD DS",
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("initials", "outcome"),
    [(each, outcome) for outcome, initials in ENDS.items() for each in initials.split()],
)
def test_end_of_a_motion_is_that_of_every_cartridge(initials: str, outcome: str) -> None:
    found = [MediumLocation(BY_INITIAL[each]) for each in initials]
    assert judge_end(found, at_rest=True, in_transport=False) == outcome
    unfinished = "completed" if set(initials) == {"D"} else "unknown"
    assert judge_end(found, at_rest=False, in_transport=False) == unfinished
    assert judge_end(found, at_rest=True, in_transport=True) == unfinished
