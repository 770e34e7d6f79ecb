"""One reading of a library, and single elements read again."""

from __future__ import annotations

from driver_support import DT, IE, MT, ST, assignment, element

from changer.library.addressing import Place, PlaceKind
from changer.library.inventory import Inventory
from changer.smc.elements import Element

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
