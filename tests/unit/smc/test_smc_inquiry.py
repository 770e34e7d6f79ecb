from __future__ import annotations

import pytest
from smc_samples import IDENTIFICATION_PAGE, SERIAL_PAGE, STANDARD_INQUIRY

from changer.errors import MalformedData
from changer.smc.inquiry import (
    Designator,
    StandardInquiry,
    data_transfer_element_address,
    parse_data_transfer_element_address,
    parse_device_identification,
    parse_standard_inquiry,
    parse_unit_serial_number,
)


def test_standard_data_say_what_the_device_is() -> None:
    assert parse_standard_inquiry(STANDARD_INQUIRY) == StandardInquiry(
        peripheral_qualifier=0,
        peripheral_device_type=8,
        removable=True,
        version=5,
        vendor="HP",
        product="MSL G3 Series",
        revision="D.00",
    )


def test_a_lun_that_is_not_there_is_told_apart() -> None:
    inquiry = parse_standard_inquiry(b"\x7f" + STANDARD_INQUIRY[1:])
    assert (inquiry.peripheral_qualifier, inquiry.peripheral_device_type) == (3, 0x1F)


def test_medium_is_removable_by_one_bit_alone() -> None:
    for byte, is_removable in ((0x00, False), (0x7F, False), (0x80, True), (0xFF, True)):
        data = b"\x08" + bytes((byte,)) + STANDARD_INQUIRY[2:]
        assert parse_standard_inquiry(data).removable is is_removable


def test_a_wrong_additional_length_does_not_hide_the_texts() -> None:
    data = bytearray(STANDARD_INQUIRY)
    data[4] = 0
    assert parse_standard_inquiry(bytes(data)).product == "MSL G3 Series"


def test_unprintable_texts_come_out_as_the_kernel_shows_them() -> None:
    data = bytes(8) + b"\x1b[31m\x07\xff\xff" + b"A\0B".ljust(16) + bytes(4)
    inquiry = parse_standard_inquiry(data)
    assert (inquiry.vendor, inquiry.product, inquiry.revision) == ("[31m", "A", "")


def test_standard_data_below_36_bytes_are_malformed() -> None:
    with pytest.raises(MalformedData, match="product revision level cut short"):
        parse_standard_inquiry(STANDARD_INQUIRY[:35])


@pytest.mark.parametrize(
    ("data", "serial"),
    [
        (SERIAL_PAGE, "DE61200123"),
        (SERIAL_PAGE + bytes(238), "DE61200123"),
        (bytes.fromhex("08 80 00 0c") + b"      beaf11", "beaf11"),
        (bytes.fromhex("08 80 00 08") + b"SN1\0\0\0\0\0", "SN1"),
        (bytes.fromhex("08 80 00 04") + b"    ", ""),
        (bytes.fromhex("08 80 00 00"), ""),
        (bytes.fromhex("08 80 00 03") + b"A\nB", "A?B"),
    ],
)
def test_a_serial_number_has_no_padding(data: bytes, serial: str) -> None:
    assert parse_unit_serial_number(data) == serial


def test_a_serial_number_cut_short_names_no_device() -> None:
    with pytest.raises(MalformedData, match="unit serial number cut short"):
        parse_unit_serial_number(SERIAL_PAGE[:-1])


def test_standard_data_in_place_of_a_vpd_page_are_no_serial_number() -> None:
    # Byte 1 is 80h in both: the removable bit here, the page code there.
    with pytest.raises(MalformedData):
        parse_unit_serial_number(STANDARD_INQUIRY)


@pytest.mark.parametrize("data", [b"\x08\x00\x00\x00", b"\x08\x83\x00\x00", SERIAL_PAGE])
def test_another_vpd_page_is_refused(data: bytes) -> None:
    parse = parse_device_identification if data is SERIAL_PAGE else parse_unit_serial_number
    with pytest.raises(MalformedData, match=r"the device sent page .* instead"):
        parse(data)


def test_designators_keep_association_type_and_bytes() -> None:
    t10, naa = parse_device_identification(IDENTIFICATION_PAGE)
    assert t10 == Designator(0, 1, 2, b"HP      MSL G3 Series   DE6120")
    assert naa == Designator(1, 3, 1, bytes.fromhex("5001438031bdc7ef"))


def test_port_is_named_by_a_designator_of_that_association_alone() -> None:
    associations = [each for each in range(4) if Designator(each, 3, 1, b"").names_target_port]
    assert associations == [1]


def test_designators_print_as_text_or_as_hex() -> None:
    assert Designator(0, 3, 1, bytes.fromhex("50014380")).text == "50014380"
    assert Designator(0, 1, 2, b" IBM     3573\0\0").text == "IBM     3573"
    assert Designator(0, 8, 3, b"naa.5001\0").text == "naa.5001"
    assert Designator(0, 0, 2, b"\x1bA").text == "?A"


def test_a_designator_without_a_byte_is_one_and_half_a_header_is_none() -> None:
    empty = bytes((1, 0x10, 0, 0))
    for rest, count in ((empty, 1), (empty * 2, 2), (empty + empty[:3], 1)):
        data = b"\x08\x83" + len(rest).to_bytes(2, "big") + rest
        assert parse_device_identification(data) == (Designator(1, 0, 1, b""),) * count


def test_a_designator_cut_short_is_left_out() -> None:
    assert len(parse_device_identification(IDENTIFICATION_PAGE[:-1])) == 1


def test_a_page_length_past_the_data_is_bounded_by_the_data() -> None:
    data = IDENTIFICATION_PAGE[:2] + b"\xff\xff" + IDENTIFICATION_PAGE[4:]
    assert len(parse_device_identification(data)) == 2


def test_bytes_after_the_page_are_not_designators() -> None:
    assert len(parse_device_identification(IDENTIFICATION_PAGE + IDENTIFICATION_PAGE[4:])) == 2


def test_a_serial_number_ends_at_a_nul() -> None:
    # mhVTL fc22cc6, 03584L32
    data = bytes.fromhex("08800010 314c49423032302020200000 30343030")
    assert parse_unit_serial_number(data) == "1LIB020"


# Page B4h: the element address of a drive


def test_element_address_is_asked_for_by_its_page() -> None:
    command = data_transfer_element_address()
    assert command.cdb == bytes.fromhex("12 01 b4 00 fc 00")
    assert command.allocation_length == 252


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("01 b4 0002 0101", 0x101),
        ("01 b4 0002 0000", 0),
        ("01 b4 0002 ffff", 0xFFFF),
        ("01 b4 0002 01f4 00000000", 500),  # what follows the page is not of it
        ("01 b4 0001 05", 5),
        ("01 b4 0004 000001f5", 501),
        ("01 b4 0000", None),
        ("01 b4 0000 0101", None),
    ],
)
def test_element_address_of_a_drive(page: str, address: int | None) -> None:
    assert parse_data_transfer_element_address(bytes.fromhex(page)) == address


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("01 b4 0002 01", "element address cut short"),
        ("01 b4 0002", "element address cut short"),
        ("01 b4 00", "page length"),
        ("01 b4 0003 010000", "10000h is not an element address"),
        ("01 80 0002 0101", "the device sent page 80h instead"),
        ("01 80 05 02 1f 00 00 00", "instead"),  # standard data: EVPD ignored
        ("", "VPD page B4h"),
    ],
)
def test_page_that_gives_no_element_address_is_malformed(page: str, reason: str) -> None:
    with pytest.raises(MalformedData, match=reason):
        parse_data_transfer_element_address(bytes.fromhex(page))
