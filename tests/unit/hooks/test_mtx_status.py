"""Elements in mtx's lines: what is full, what is empty, what is not told, and tags as sent."""

from __future__ import annotations

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.hooks.mtx.device import inquiry_lines
from changer.hooks.mtx.status import shown_full, status_lines
from changer.library.inventory import Inventory
from changer.printable import printable
from changer.smc.element_status import parse_element_status
from changer.smc.elements import AdditionalSense, Element, ElementAddressAssignment, ElementRange

ASSIGNMENT = ElementAddressAssignment(
    medium_transport=ElementRange(0, 1),
    storage=ElementRange(1000, 3),
    import_export=ElementRange(10, 1),
    data_transfer=ElementRange(500, 2),
)


def slot(address: int, *, full: bool = False, **fields: object) -> Element:
    element_type = ASSIGNMENT.type_of(address)
    assert element_type is not None
    values = {"accessible": True, **fields}
    return Element(element_type, address, full, **values)  # type: ignore[arg-type]


def lines_of(inventory: Inventory, home: int | None = None, *, bar_codes: bool = True) -> list[str]:
    return status_lines(inventory, device="/dev/sg3", home_of=lambda _: home, bar_codes=bar_codes)


def shown(*elements: Element, home: int | None = None) -> list[str]:
    return lines_of(Inventory(ASSIGNMENT, elements), home)[1:]


def test_header_counts_what_there_is_listed_or_not() -> None:
    (header,) = lines_of(Inventory(ASSIGNMENT, ()))
    assert header == "  Storage Changer /dev/sg3:2 Drives, 4 Slots ( 1 Import/Export )"


def test_lines_have_the_numbers_of_the_addresses_and_mail_slots_the_last_ones() -> None:
    lines = shown(slot(501, full=True), slot(1002), slot(10), slot(1000), home=4)
    assert lines == [
        "Data Transfer Element 1:Full (Storage Element 4 Loaded)",
        "      Storage Element 1:Empty",
        "      Storage Element 3:Empty",
        "      Storage Element 4 IMPORT/EXPORT:Empty",
    ]


@pytest.mark.parametrize(
    ("fields", "full", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"accessible": None}, False, False),
        ({"accessible": False}, True, None),
        ({"accessible": False}, False, None),
        ({"disabled": True}, False, None),
        ({"exception": True, "additional_sense": AdditionalSense(0x3B, 0x12)}, False, None),
        ({"exception": True, "additional_sense": AdditionalSense(0x53, 0x08)}, False, None),
        ({"exception": True, "additional_sense": AdditionalSense(0x53, 0x08)}, True, None),
        ({"exception": True, "additional_sense": AdditionalSense(0x99, 0x99)}, True, True),
        ({"exception": True, "additional_sense": AdditionalSense(0x30, 0x03)}, True, True),
    ],
)
def test_slot_is_shown_as_what_the_driver_takes_it_for(
    fields: dict[str, object], full: bool, expected: bool | None
) -> None:
    assert shown_full(slot(1000, full=full, **fields)) is expected
    assert len(shown(slot(1000, full=full, **fields))) == (expected is not None)


def test_drive_that_says_that_it_is_full_is_believed() -> None:
    assert shown_full(slot(500, full=True, accessible=False)) is True
    assert shown_full(slot(500, accessible=False)) is None
    assert shown_full(None) is None


def test_home_that_is_not_known_is_said_so_in_mtx_s_words() -> None:
    drive = slot(500, full=True)
    assert shown(drive) == ["Data Transfer Element 0:Full (Unknown Storage Element Loaded)"]
    assert shown(drive, home=2) == ["Data Transfer Element 0:Full (Storage Element 2 Loaded)"]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"A00001L8".ljust(32) + bytes(4), "A00001L8" + " " * 24),
        (b"A00001L8".ljust(36), "A00001L8" + " " * 28),
        (b" A1" + bytes(33), " A1"),
        (b"A\x7f1" + bytes(33), "A\x7f1"),
        (b"A\x80B" + bytes(33), "A"),
        (b"A\x1b[2J".ljust(36), "A"),
        (b" " * 32 + bytes(4), " " * 32),
        (bytes(36), ""),
        (b"\xff" * 36, ""),
    ],
)
def test_tag_is_told_as_it_was_sent_up_to_what_is_no_ascii(sent: bytes, told: str) -> None:
    with_tag = slot(1000, full=True, volume_tag_field=sent, alternate_volume_tag_field=sent)
    expected = f":VolumeTag={told}:AlternateVolumeTag={told}" if told else ""
    assert shown(with_tag) == ["      Storage Element 1:Full " + expected]
    drive = slot(500, full=True, volume_tag_field=sent)
    assert shown(drive)[0].partition(" Loaded)")[2] == (f":VolumeTag = {told}" if told else "")


def test_tag_of_an_empty_slot_is_told_and_that_of_an_empty_drive_is_not() -> None:
    tag = b"A00001L8".ljust(36, b"\0")
    assert shown(slot(1000, volume_tag_field=tag), slot(500, volume_tag_field=tag)) == [
        "Data Transfer Element 0:Empty",
        "      Storage Element 1:Empty:VolumeTag=A00001L8",
    ]


def test_tags_that_are_filled_up_in_two_ways_are_told_as_they_were_sent() -> None:
    """A virtual library of 1840 slots: with zeros where there is a label, else with blanks."""
    full = slot(1000, full=True, volume_tag_field=b"IBM006LA".ljust(36, b"\0"))
    assert shown(full, slot(1001, volume_tag_field=b" " * 36)) == [
        "      Storage Element 1:Full :VolumeTag=IBM006LA",
        "      Storage Element 2:Empty:VolumeTag=" + " " * 36,
    ]


def test_without_bar_codes_there_are_none() -> None:
    tag = b"A00001L8".ljust(36, b"\0")
    inventory = Inventory(ASSIGNMENT, (slot(1000, full=True, volume_tag_field=tag),))
    lines = lines_of(inventory, bar_codes=False)
    assert lines[1] == "      Storage Element 1:Full "


@examples(100)
@given(st.binary(max_size=400))
def test_any_report_is_shown_in_lines_of_ascii(data: bytes) -> None:
    report = (2).to_bytes(1, "big") + b"\xc0" + (84).to_bytes(2, "big") + bytes(1)
    page = report + len(data).to_bytes(3, "big") + data
    header = bytes(5) + len(page).to_bytes(3, "big")
    elements = parse_element_status(header + page).elements
    placed = {each.address: each for each in elements if each.address in ASSIGNMENT.storage}
    for line in shown(*placed.values()):
        assert line.isascii() and "\n" not in line


def test_control_characters_of_a_device_are_question_marks() -> None:
    standard = b"\x08\x80\x05\x02\x1f\0\0\0" + b"EVIL\x1b[2J" + b"PRODUCT".ljust(16) + b"01\r\n"
    assert [printable(line) for line in inquiry_lines(standard)] == [
        "Product Type: Medium Changer",
        "Vendor ID: 'EVIL?[2J'",
        "Product ID: 'PRODUCT         '",
        "Revision: '01??'",
        "Attached Changer API: No",
    ]


@pytest.mark.parametrize("kind", range(32))
def test_inquiry_names_every_type_and_the_attached_changer(kind: int) -> None:
    lines = inquiry_lines(bytes((kind, 0, 0, 0, 0, 0, 0x08)))
    assert lines[0].startswith("Product Type: ") and len(lines[0]) > 16
    assert lines[-1] == "Attached Changer API: Yes"
    assert lines[1] == "Vendor ID: '        '"
    assert (lines[0] == "Product Type: Tape Drive") is (kind == 1)
