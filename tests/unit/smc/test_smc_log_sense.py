from __future__ import annotations

import pytest
from smc_samples import DRIVE_STATUS_PAGE, SEQUENTIAL_PAGE, TAPE_ALERT_PAGE

from changer.errors import MalformedData
from changer.smc.log_sense import (
    DataTransferDeviceStatus,
    SequentialAccessDevice,
    makers_parameter,
    parse_data_transfer_device_status,
    parse_sequential_access_device,
    parse_tape_alert,
)


def log_page(page_code: int, *parameters: tuple[int, bytes]) -> bytes:
    body = b"".join(
        code.to_bytes(2, "big") + bytes((0x40, len(value))) + value for code, value in parameters
    )
    return bytes((page_code, 0)) + len(body).to_bytes(2, "big") + body


@pytest.mark.parametrize(
    ("data", "flags"),
    [
        (TAPE_ALERT_PAGE, {20, 21}),
        (log_page(0x2E), set()),
        (log_page(0x2E, *((n, b"\x01") for n in range(64, 0, -1))), set(range(1, 65))),
        (log_page(0x2E, (1, b"\x01"), (64, b"\x01"), (0, b"\x01"), (65, b"\x01")), {1, 64}),
        (log_page(0x2E, (3, b""), (4, b"\x01\x00\x00"), (5, b"\xfe"), (6, b"\x03")), {4, 6}),
        (b"\xee" + TAPE_ALERT_PAGE[1:], {20, 21}),  # DS bit
        (TAPE_ALERT_PAGE + bytes(200), {20, 21}),
        (TAPE_ALERT_PAGE[:2] + b"\xff\xff" + TAPE_ALERT_PAGE[4:], {20, 21}),
        (TAPE_ALERT_PAGE[:-1], {20}),
    ],
)
def test_tape_alert_flags_that_are_set_come_back(data: bytes, flags: set[int]) -> None:
    assert parse_tape_alert(data) == flags


def test_drive_status_says_activity_and_cleaning() -> None:
    assert parse_data_transfer_device_status(DRIVE_STATUS_PAGE) == DataTransferDeviceStatus(
        cleaning_requested=True,
        cleaning_required=False,
        in_transition=False,
        robot_may_access=False,
        medium_present=True,
        medium_seated=False,
        medium_threaded=False,
        activity=1,
        initialized=True,
        raw=bytes.fromhex("05100100"),
    )


@pytest.mark.parametrize(
    ("value", "requested", "required", "present", "initialized"),
    [
        ("040000", True, False, False, False),
        ("020000", False, True, False, False),
        ("010000", False, False, False, True),
        ("001000", False, False, True, False),
        ("f8ef00", False, False, False, False),
    ],
)
def test_each_drive_status_bit_is_its_own(
    value: str, requested: bool, required: bool, present: bool, initialized: bool
) -> None:
    status = parse_data_transfer_device_status(log_page(0x11, (0, bytes.fromhex(value))))
    assert (status.cleaning_requested, status.cleaning_required) == (requested, required)
    assert (status.medium_present, status.initialized) == (present, initialized)


@pytest.mark.parametrize(
    ("medium", "bits"),
    [
        (0x80, (True, False, False, False, False)),
        (0x20, (False, True, False, False, False)),
        (0x10, (False, False, True, False, False)),
        (0x04, (False, False, False, True, False)),
        (0x02, (False, False, False, False, True)),
        (0x49, (False, False, False, False, False)),
    ],
)
def test_each_bit_of_the_medium_is_its_own(medium: int, bits: tuple[bool, ...]) -> None:
    status = parse_data_transfer_device_status(log_page(0x11, (0, bytes([0, medium, 0]))))
    assert bits == (
        status.in_transition,
        status.robot_may_access,
        status.medium_present,
        status.medium_seated,
        status.medium_threaded,
    )


@pytest.mark.parametrize(
    "data",
    [
        log_page(0x11),
        log_page(0x11, (1, bytes(4))),
        log_page(0x11, (0, bytes(2))),
        DRIVE_STATUS_PAGE[:-1],
    ],
)
def test_a_drive_status_without_its_parameter_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedData, match=r"^log page 11h"):
        parse_data_transfer_device_status(data)


@pytest.mark.parametrize(
    ("data", "cleaning_required"),
    [
        (SEQUENTIAL_PAGE, True),
        (log_page(0x0C, (0x0100, bytes(8)), (0, bytes(8))), False),
        (log_page(0x0C, (0x0100, b"\x01")), True),
        (log_page(0x0C, (0x0100, bytes(200) + b"\x01")), True),
        (log_page(0x0C, (0x0100, b"")), None),
        (log_page(0x0C, (0, bytes(8))), None),
        (SEQUENTIAL_PAGE[:-1], None),
    ],
)
def test_a_drive_says_whether_it_wants_cleaning(
    data: bytes, cleaning_required: bool | None
) -> None:
    expected = SequentialAccessDevice(cleaning_required)
    assert parse_sequential_access_device(data) == expected


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (log_page(0x3E, (0, b"\x01\x02"), (1, b"\x06\x00")), 0x06),
        (log_page(0x3E, (1, b"\x04"), (1, b"\x00")), 0x04),
        (log_page(0x3E, (1, b"")), None),
        (log_page(0x3E, (2, b"\x04")), None),
        (log_page(0x3E), None),
    ],
)
def test_a_makers_parameter_is_its_first_byte(data: bytes, value: int | None) -> None:
    assert makers_parameter(0x3E, 1).parse(data) == value


def test_a_makers_page_is_asked_for_whole_and_no_other_is_taken_for_it() -> None:
    command = makers_parameter(0x3E, 1)
    assert command.cdb == bytes.fromhex("4d 00 7e 00 00 00 00 10 00 00")
    with pytest.raises(MalformedData):
        command.parse(log_page(0x33, (1, b"\x04")))


@pytest.mark.parametrize(
    "parse", [parse_tape_alert, parse_data_transfer_device_status, parse_sequential_access_device]
)
@pytest.mark.parametrize("data", [b"", b"\x2e\x00\x00", b"\x0d\x00\x00\x00"])
def test_another_page_or_half_a_header_is_malformed(parse: object, data: bytes) -> None:
    assert callable(parse)
    with pytest.raises(MalformedData):
        parse(data)
