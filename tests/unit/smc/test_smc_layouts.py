"""Layouts of replies to the last bit: which bits of them matter (SPC-4, SMC-3, SSC-4, ADC-3)."""

from __future__ import annotations

from collections.abc import Callable

from flipped_bits import felt_bits
from smc_samples import (
    ADDRESS_PAGE,
    CAPABILITIES_PAGE,
    DESCRIPTOR_SENSE,
    DRIVE_STATUS_PAGE,
    FIXED_SENSE,
    IDENTIFICATION_PAGE,
    SEQUENTIAL_PAGE,
    SERIAL_PAGE,
    STANDARD_INQUIRY,
    TAPE_ALERT_PAGE,
    mode_data,
    page,
    report,
    tag,
)

from changer.smc.element_status import parse_element_status
from changer.smc.inquiry import (
    parse_data_transfer_element_address,
    parse_device_identification,
    parse_standard_inquiry,
    parse_unit_serial_number,
)
from changer.smc.log_sense import (
    parse_data_transfer_device_status,
    parse_makers_parameter,
    parse_sequential_access_device,
    parse_tape_alert,
)
from changer.smc.mode_sense import parse_device_capabilities, parse_element_address_assignment
from changer.smc.persistent_reserve import parse_capabilities, parse_keys, parse_reservations
from changer.smc.sense import parse_sense

h = bytes.fromhex
KEYS = h("00000007 00000010") + h("0000000000000001 0000000000000002")
RESERVATION = h("00000007 00000010") + h("0000000000000001 00000000 00 03 0000")
CAPABILITIES = h("0008 01 80 6a01 0000")
STORAGE = report(page(2, h("03e8 09 00 0000 0000 00 81 03e8") + tag("A1"), tags=0x80), count=1)
MAIL_SLOT = report(page(3, h("000a 3f 00 3003 0000 00 81 03e8")), count=1)
TRANSPORT = report(page(1, h("0001 01 00 0000 0000 00 81 03e8")), count=1)
NAMED = report(page(4, h("01f4 09 00 0000 0000 00 00 0000 02 00 00 03") + b"HU1"), count=1)


LAYOUTS: dict[str, tuple[bytes, Callable[[bytes], object], str]] = {
    "standard INQUIRY": (
        STANDARD_INQUIRY,
        parse_standard_inquiry,
        "0:ff 1:80 2:ff 8-9:ff 10-15:5f 16-18:ff 19:7f 20-21:ff 22:7f 23-28:ff 29-31:5f 32-35:ff",
    ),
    "serial number": (SERIAL_PAGE + bytes(3), parse_unit_serial_number, "1-2:ff 3:fe 4-13:ff"),
    "designators": (
        IDENTIFICATION_PAGE,
        parse_device_identification,
        "1:ff 3:2e 4:0f 5:3f 7-37:ff 38:0f 39:3f 41-49:ff",
    ),
    "element address of a drive": (
        h("01 b4 0002 01f4"),
        parse_data_transfer_element_address,
        "1-5:ff",
    ),
    "addresses": (
        mode_data(ADDRESS_PAGE),
        parse_element_address_assignment,
        "0:14 3:ff 4:7f 5:10 6-21:ff",
    ),
    "addresses (10)": (
        mode_data(ADDRESS_PAGE, ten_byte=True),
        lambda data: parse_element_address_assignment(data, ten_byte=True),
        "1:18 6-7:ff 8:7f 9:10 10-25:ff",
    ),
    "capabilities": (
        mode_data(CAPABILITIES_PAGE),
        parse_device_capabilities,
        "0:10 3:ff 4:7f 5:10 6:0f 8-11:0f 16-19:0f",
    ),
    "tape alert": (
        TAPE_ALERT_PAGE,
        parse_tape_alert,
        "0:3f 3:0f 7:ff 8:01 9-10:ff 12:ff 13:01 14-15:ff 17:ff 18:01",
    ),
    "drive status": (
        DRIVE_STATUS_PAGE,
        parse_data_transfer_device_status,
        "0:3f 3:10 5:01 7:ff 12-13:ff 15-19:ff",
    ),
    "cleaning required": (
        SEQUENTIAL_PAGE,
        parse_sequential_access_device,
        "0:3f 3:14 7:ff 16-17:ff 19:ff 23:01",
    ),
    "maker's parameter": (
        h("3e 00 0006 0001 40 02 0400"),
        lambda data: parse_makers_parameter(data, 0x3E, 1),
        "0:3f 3:06 4-5:ff 7-8:ff",
    ),
    "fixed sense": (FIXED_SENSE, parse_sense, "0:ff 2:ef 7:0a 12-13:ff 15:c0 16-17:ff"),
    "sense descriptors": (
        DESCRIPTOR_SENSE,
        parse_sense,
        "0:7f 1:0f 2-3:ff 7:10 8-9:ff 10:80 12-21:ff 23:e0",
    ),
    "keys": (KEYS, parse_keys, "0-23:ff"),
    "reservation": (RESERVATION, parse_reservations, "0-15:ff 21:ff"),
    "reservation types": (CAPABILITIES, parse_capabilities, "1:08 2:01 3:80 4:ea 5:01"),
    "slot": (
        STORAGE,
        parse_element_status,
        "0-3:ff 5-8:ff 9:80 11:30 15:30 16-17:ff 18:0d 25:cf 26-29:ff 30-59:df 62-63:ff",
    ),
    "mail slot": (
        MAIL_SLOT,
        parse_element_status,
        "0-3:ff 5-8:ff 11:0c 15:0c 16-18:ff 20-21:ff 25:cf 26-27:ff",
    ),
    "picker": (
        TRANSPORT,
        parse_element_status,
        "0-3:ff 5-8:ff 11:0c 15:0c 16-17:ff 18:05 25:cf 26-27:ff",
    ),
    "named drive": (
        NAMED,
        parse_element_status,
        "0-3:ff 5-8:ff 10-11:ff 15:13 16-17:ff 18:0d 25:cf 28-29:0f 30-34:ff",
    ),
}


def test_bits_that_matter_are_those_of_the_standards() -> None:
    felt = {name: felt_bits(data, parse) for name, (data, parse, _) in LAYOUTS.items()}
    assert felt == {name: bits for name, (_, _, bits) in LAYOUTS.items()}
