from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from changer.smc import cdb, element_status, inquiry, log_sense, mode_sense
from changer.smc.command import Command
from changer.smc.elements import ElementType

Built = Command[Any]


def without_data() -> list[tuple[Command[None], str]]:
    return [
        (cdb.test_unit_ready(), "00 00 00 00 00 00"),
        (cdb.move_medium(1000, 500), "a5 00 00 00 03 e8 01 f4 00 00 00 00"),
        (cdb.move_medium(0x0102, 0x0304, invert=True), "a5 00 00 00 01 02 03 04 00 00 01 00"),
        (cdb.move_medium(1000, 500, control=0xC0), "a5 00 00 00 03 e8 01 f4 00 00 00 c0"),
        (
            cdb.exchange_medium(1, 2, second_destination_address=3, control=0x40),
            "a6 00 00 00 00 01 00 02 00 03 00 40",
        ),
        (
            cdb.exchange_medium(1000, 500, second_destination_address=1001),
            "a6 00 00 00 03 e8 01 f4 03 e9 00 00",
        ),
        (
            cdb.exchange_medium(1, 2, second_destination_address=3, invert_first=True),
            "a6 00 00 00 00 01 00 02 00 03 01 00",
        ),
        (
            cdb.exchange_medium(1, 2, second_destination_address=3, invert_second=True),
            "a6 00 00 00 00 01 00 02 00 03 02 00",
        ),
        (cdb.position_to_element(65535), "2b 00 00 00 ff ff 00 00 00 00"),
        (cdb.naming_transport(cdb.position_to_element(10), 1), "2b 00 00 01 00 0a 00 00 00 00"),
        (
            cdb.naming_transport(cdb.move_medium(1, 2, control=0x40), 0xFFFF),
            "a5 00 ff ff 00 01 00 02 00 00 00 40",
        ),
        (cdb.prevent_allow_medium_removal(prevent=True), "1e 00 00 00 01 00"),
        (cdb.prevent_allow_medium_removal(prevent=False), "1e 00 00 00 00 00"),
        (cdb.open_close_import_export_element(10, close=False), "1b 00 00 0a 00 00"),
        (cdb.open_close_import_export_element(0x0102, close=True), "1b 00 01 02 01 00"),
        (cdb.initialize_element_status(), "07 00 00 00 00 00"),
        (cdb.initialize_element_status_with_range(1000, 1), "37 01 03 e8 00 00 00 01 00 00"),
        (
            cdb.initialize_element_status_with_range(1000, 40, vendor_specific=True),
            "e7 01 03 e8 00 00 00 28 00 00",
        ),
    ]


def with_data() -> list[tuple[Built, str, int]]:
    return [
        (inquiry.standard_inquiry(), "12 00 00 00 60 00", 96),
        (inquiry.unit_serial_number(), "12 01 80 00 fc 00", 252),
        (inquiry.device_identification(), "12 01 83 00 fc 00", 252),
        (mode_sense.element_address_assignment(), "1a 08 1d 00 ff 00", 255),
        (mode_sense.element_address_assignment(block_descriptors=True), "1a 00 1d 00 ff 00", 255),
        (
            mode_sense.element_address_assignment(ten_byte=True),
            "5a 08 1d 00 00 00 00 00 ff 00",
            255,
        ),
        (mode_sense.device_capabilities(), "1a 08 1f 00 ff 00", 255),
        (
            mode_sense.device_capabilities(ten_byte=True, block_descriptors=True),
            "5a 00 1f 00 00 00 00 00 ff 00",
            255,
        ),
        (mode_sense.makers_page(0x20), "1a 08 20 00 ff 00", 255),
        (log_sense.tape_alert_response(), "4d 00 6e 00 00 00 00 10 00 00", 4096),
        (log_sense.data_transfer_device_status(), "4d 00 51 00 00 00 00 10 00 00", 4096),
        (log_sense.sequential_access_device(), "4d 00 4c 00 00 00 00 10 00 00", 4096),
        (
            element_status.read_element_status(
                ElementType.STORAGE, starting_address=1000, number_of_elements=40
            ),
            "b8 12 03 e8 00 28 00 00 ff ff 00 00",
            65535,
        ),
        (
            element_status.read_element_status(
                None,
                starting_address=0,
                number_of_elements=65535,
                volume_tags=False,
                allocation_length=0x010203,
            ),
            "b8 00 00 00 ff ff 00 01 02 03 00 00",
            0x010203,
        ),
        (
            element_status.read_element_status(
                ElementType.DATA_TRANSFER,
                starting_address=0x0102,
                number_of_elements=2,
                device_identifiers=True,
            ),
            "b8 14 01 02 00 02 01 00 ff ff 00 00",
            65535,
        ),
        (
            element_status.read_element_status(
                ElementType.MEDIUM_TRANSPORT,
                starting_address=1,
                number_of_elements=1,
                device_identifiers=True,
            ),
            "b8 11 00 01 00 01 01 00 ff ff 00 00",
            65535,
        ),
    ]


def every_command() -> list[Built]:
    return [*(each for each, _ in without_data()), *(each for each, _, _ in with_data())]


def test_a_command_has_the_layout_of_the_standard() -> None:
    for command, layout in without_data():
        assert command.cdb == bytes.fromhex(layout)
        assert command.allocation_length == 0
        command.parse(b"ignored")
    for asking, layout, allocation_length in with_data():
        assert asking.cdb == bytes.fromhex(layout)
        assert asking.allocation_length == allocation_length


def test_every_command_has_a_name_and_only_moves_move() -> None:
    for command in every_command():
        assert command.name == command.name.upper() != ""
        assert command.moves_medium == (command.cdb[0] in (0xA5, 0xA6))
        robot = command.cdb[0] in (0xA5, 0xA6, 0x07, 0x37, 0xE7, 0x2B, 0x1B)
        assert command.occupies_robot == robot


def test_a_drive_loads_and_ejects_by_one_bit_and_no_robot_moves() -> None:
    for load, layout in ((True, "1b 00 00 00 01 00"), (False, "1b 00 00 00 00 00")):
        command = cdb.load_unload(load=load)
        assert (command.name, command.cdb) == ("LOAD UNLOAD", bytes.fromhex(layout))
        assert not command.occupies_robot and not command.moves_medium


TIME_LIMITS = {
    "TEST UNIT READY": 60,
    "INQUIRY": 60,
    "PREVENT ALLOW MEDIUM REMOVAL": 300,
    "OPEN/CLOSE IMPORT/EXPORT ELEMENT": 300,
    "MODE SENSE(6)": 300,
    "MODE SENSE(10)": 300,
    "LOG SENSE": 300,
    "READ ELEMENT STATUS": 300,
    "MOVE MEDIUM": 900,
    "EXCHANGE MEDIUM": 900,
    "POSITION TO ELEMENT": 900,
    "INITIALIZE ELEMENT STATUS": 3600,
    "INITIALIZE ELEMENT STATUS WITH RANGE": 3600,
}


def test_every_command_has_a_time_limit_by_what_it_does() -> None:
    assert {each.name: each.timeout_seconds for each in every_command()} == TIME_LIMITS
    assert cdb.load_unload(load=True).timeout_seconds == 900
    of_pages = {each.cdb[0]: each.name for each in every_command() if each.name[:4] == "MODE"}
    assert of_pages == {0x1A: "MODE SENSE(6)", 0x5A: "MODE SENSE(10)"}


def test_the_caller_sets_the_time_limit_of_what_takes_long() -> None:
    for command in (
        cdb.move_medium(1, 2, timeout_seconds=7.0),
        cdb.exchange_medium(1, 2, second_destination_address=3, timeout_seconds=7.0),
        cdb.position_to_element(1, timeout_seconds=7.0),
        cdb.initialize_element_status(timeout_seconds=7.0),
        cdb.initialize_element_status_with_range(1, 2, timeout_seconds=7.0),
        element_status.read_element_status(
            None, starting_address=0, number_of_elements=1, timeout_seconds=7.0
        ),
    ):
        assert command.timeout_seconds == 7, command.name


@pytest.mark.parametrize(
    "build",
    [
        lambda: cdb.move_medium(65536, 1),
        lambda: cdb.move_medium(1, -1),
        lambda: cdb.exchange_medium(1, 2, second_destination_address=65536),
        lambda: cdb.position_to_element(-1),
        lambda: cdb.naming_transport(cdb.move_medium(1, 2), 65536),
        lambda: cdb.open_close_import_export_element(65536, close=False),
        lambda: cdb.initialize_element_status_with_range(0, 65536),
        lambda: element_status.read_element_status(
            None, starting_address=65536, number_of_elements=1
        ),
        lambda: element_status.read_element_status(None, starting_address=0, number_of_elements=0),
        lambda: element_status.read_element_status(
            None, starting_address=0, number_of_elements=1, allocation_length=1 << 24
        ),
        lambda: cdb.raw(b"", allocation_length=0, timeout_seconds=60),
        lambda: cdb.raw(bytes(5), allocation_length=0, timeout_seconds=60),
        lambda: cdb.raw(bytes(17), allocation_length=0, timeout_seconds=60),
        lambda: cdb.raw(bytes(6), allocation_length=-1, timeout_seconds=60),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused(build: Callable[[], Built]) -> None:
    with pytest.raises(ValueError, match=r"fit|at least|bytes|negative"):
        build()


def test_a_raw_command_carries_its_bytes_and_returns_them() -> None:
    assert cdb.raw(bytes(16), allocation_length=0, timeout_seconds=1.0).cdb == bytes(16)
    command = cdb.raw(bytes.fromhex("120000002400"), allocation_length=36, timeout_seconds=20.0)
    assert command.name == "CDB 12h"
    assert command.cdb == bytes.fromhex("120000002400")
    assert (command.allocation_length, command.timeout_seconds) == (36, 20.0)
    assert command.parse(b"\x08\x80") == b"\x08\x80"
    assert not command.moves_medium
    assert not command.occupies_robot


@pytest.mark.parametrize("opcode", [0x07, 0x1B, 0x2B, 0x37, 0xE7])
def test_a_raw_command_without_a_medium_may_occupy_the_robot(opcode: int) -> None:
    command = cdb.raw(bytes((opcode, *range(9))), allocation_length=0, timeout_seconds=900.0)
    assert command.occupies_robot
    assert not command.moves_medium


@pytest.mark.parametrize("opcode", [0xA5, 0xA6, 0xA7])
def test_a_raw_move_is_marked_as_a_move(opcode: int) -> None:
    command = cdb.raw(bytes((opcode, *range(11))), allocation_length=0, timeout_seconds=900.0)
    assert command.moves_medium
    assert command.occupies_robot


def test_commands_parse_what_they_asked_for() -> None:
    page = bytes.fromhex("1d 12 0001 0001 03e8 0028 000a 0004 01f4 0002 0000")
    short = mode_sense.element_address_assignment().parse(bytes((23, 0, 16, 0)) + page)
    long = mode_sense.element_address_assignment(ten_byte=True).parse(
        bytes((0, 26, 0, 16, 0, 0, 0, 0)) + page
    )
    assert short == long
    assert short.storage.first == 1000


@pytest.mark.parametrize("number", [0, -1])
def test_no_elements_are_not_asked_for(number: int) -> None:
    with pytest.raises(ValueError, match=f"^number of elements {number}: at least 1$"):
        element_status.read_element_status(
            ElementType.STORAGE, starting_address=1, number_of_elements=number
        )
