"""What a reading shows of labels, against what is on record of it: changes, marks, addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changer.library.sightings import (
    Changes,
    Label,
    addresses_text,
    assignment_of,
    find_changes,
    mark_of,
)
from changer.smc.elements import Element, ElementAddressAssignment, ElementRange, ElementType

BLANK, ZEROS = b" " * 36, bytes(36)


def field(label: str) -> bytes:
    return label.encode("ascii").ljust(32) + bytes(4)


def slot(address: int, tag: bytes | None, *, full: bool = True) -> Element:
    return Element(ElementType.STORAGE, address, full, volume_tag_field=tag)


# Labels as hostile as a descriptor can hold them.
FIELDS = st.one_of(
    st.sampled_from([None, BLANK, ZEROS, field("A"), field("?*["), field("' OR 1=1 --")]),
    st.binary(min_size=36, max_size=36),
)
ELEMENTS = st.lists(
    st.builds(slot, st.integers(0, 0xFFFF), FIELDS, full=st.booleans()),
    max_size=8,
    unique_by=lambda each: each.address,
)


def recorded(elements: list[Element]) -> dict[tuple[str, int], int]:
    """What is on record after a first reading."""
    return {(each.volume_tag, each.address): each.mark for each in find_changes([], elements).shown}


def shown_there(labels: list[str]) -> list[Element]:
    return [slot(number, field(label)) for number, label in enumerate(labels, 1)]


def test_labels_that_came_went_and_moved_are_changes() -> None:
    on_record = [("A", 1), ("B", 2), ("C", 3)]
    changes = find_changes(on_record, shown_there(["A", "C", "D"]))
    assert [(each.volume_tag, each.address) for each in changes.shown] == [("C", 2), ("D", 3)]
    assert changes.missed == (("B", 2), ("C", 3))


def test_two_elements_with_one_label_are_both_kept() -> None:
    assert {*recorded(shown_there(["A", "A"]))} == {("A", 1), ("A", 2)}


@pytest.mark.parametrize(
    ("element", "is_missed"),
    [
        (slot(1, field("A"), full=False), True),  # a label that was left behind
        (slot(1, BLANK), True),
        (slot(1, ZEROS), True),
        (slot(1, None, full=False), True),
        (slot(1, None), False),  # its descriptor has no place for a label
    ],
)
def test_a_label_is_missed_where_its_element_does_not_show_it(
    element: Element, is_missed: bool
) -> None:
    assert find_changes([("A", 1)], [element]).missed == ((("A", 1),) if is_missed else ())


@given(ELEMENTS)
def test_a_reading_is_no_change_of_what_it_made(elements: list[Element]) -> None:
    known = recorded(elements)
    assert find_changes(known, elements) == Changes((), ())
    number, total = mark_of(elements)
    if number == len(known):  # a label of other blanks alone may be counted, and is compared then
        assert total == sum(known.values())


@given(ELEMENTS, ELEMENTS)
def test_readings_of_one_mark_show_the_same(one: list[Element], other: list[Element]) -> None:
    if mark_of(one) == mark_of(other):
        assert recorded(one) == recorded(other)


@given(ELEMENTS, ELEMENTS)
def test_changes_lead_from_one_reading_to_the_other(
    one: list[Element], other: list[Element]
) -> None:
    untold = {each.address for each in other if each.full and each.volume_tag_field is None}
    before, after = recorded(one), recorded(other)
    changes = find_changes(before, other)
    found = {*before, *((each.volume_tag, each.address) for each in changes.shown)}
    found -= {*changes.missed}
    assert found - {*after} == {each for each in before if each[1] in untold} - {*after}
    assert {*after} <= found


@given(ELEMENTS)
def test_a_label_in_another_element_has_another_mark(elements: list[Element]) -> None:
    moved = [each._replace(address=each.address ^ 1) for each in elements]
    labelled = mark_of(elements)[0]
    assert mark_of(moved)[0] == labelled
    if labelled == 1:
        assert mark_of(moved) != mark_of(elements)


def test_a_mark_fits_into_a_column() -> None:
    (label,) = find_changes([], [slot(0xFFFF, field("A"))]).shown
    assert label == Label("A", 0xFFFF, label.mark)
    assert 0 <= label.mark < 1 << 32


RANGES = st.builds(ElementRange, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))


@given(st.builds(ElementAddressAssignment, RANGES, RANGES, RANGES, RANGES))
def test_addresses_are_read_back(assignment: ElementAddressAssignment) -> None:
    assert assignment_of(addresses_text(assignment)) == assignment


@pytest.mark.parametrize("text", [None, "", "1+2", "1+2 3+4 5+6 7", "1+2 3+4 5+6 7+x", "a b c d"])
def test_addresses_that_are_none_are_not_known(text: str | None) -> None:
    assert assignment_of(text) is None
