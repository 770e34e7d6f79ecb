"""What each reply of a recording says of a library, byte by byte; one that ends early says less."""

from __future__ import annotations

from typing import Any

import pytest

from changer.simulator.exchange import Exchange
from changer.simulator.profile import Profile
from changer.simulator.seen_habits import (
    commands_of,
    drive_models_of,
    drives_of,
    identity_of,
    mode_pages_of,
    refuses,
)

INVALID_OPCODE, INVALID_FIELD, NOT_READY = "05 20 00", "05 24 00", "02 04 01"
NAMES = "08 80 05 02 1f 00 00 00" + b"ACME    LOADER 9        1.2A".hex()
STANDARD = "12 00 00 00 60 00"
OPTIONAL = (0x07, 0x37, 0xE7, 0x2B, 0xA6, 0x1B, 0x1E, 0x4D)


def got(cdb: str, data: str = "", *, code: str = "", drive: str | None = None) -> Exchange:
    """A reply that is GOOD, with data, or ends with a sense code, in the fixed format."""
    sense = bytes.fromhex(code)
    fixed = bytes((0x70, 0, *sense[:1])) + bytes(9) + sense[1:] + bytes(4) if code else b""
    return Exchange(drive, bytes.fromhex(cdb), 2 if code else 0, bytes.fromhex(data), fixed)


def described(cdb: str, code: str) -> Exchange:
    return got(cdb, code=code)._replace(sense=bytes.fromhex(f"72 {code} 00 00 00 00"))


def unanswered(cdb: str) -> Exchange:
    return got(cdb)._replace(status=None)


MODEL = {"vendor": "ACME", "product": "LOADER 9", "revision": "1.2A"}
PAGE_80, PAGE_83 = "12 01 80 00 ff 00", "12 01 83 00 ff 00"
IDENTITIES: dict[str, tuple[list[Exchange], dict[str, Any]]] = {
    "nothing": ([], {}),
    "names": ([got(STANDARD, NAMES)], MODEL),
    "names of 35 bytes": ([got(STANDARD, NAMES[:-2])], {}),
    "refused": ([got(STANDARD, NAMES, code=NOT_READY)], {}),
    "another command": ([got("1a 00 00 00 60 00", NAMES)], {}),
    "no command": ([got("", NAMES)], {}),
    "one byte": ([got("12", NAMES)], MODEL),
    "a reserved bit": ([got("12 02 80 00 60 00", NAMES)], MODEL),
    "what is not text": (
        [got(STANDARD, NAMES[:23] + "1f417e7f42004344" + NAMES[39:])],
        {**MODEL, "vendor": "A~ B"},
    ),
    "serial number": (
        [got(PAGE_80, "08 80 00 06" + b" SN01 ".hex())],
        {"serial_page": True, "serial": "SN01"},
    ),
    "long serial number": (
        [got(PAGE_80, "08 80 00 21" + (b"S" * 33).hex())],
        {"serial_page": True, "serial": "S" * 32},
    ),
    "no serial number": ([got(PAGE_80, code=INVALID_FIELD)], {"serial_page": False}),
    "of the unit alone": (
        [got(PAGE_83, "08 83 00 10  02 01 00 04 41424344  01 23 00 04 11111111")],
        {"port_designators": False},
    ),
    "of a port": (
        [got(PAGE_83, "08 83 00 10  02 01 00 04 41424344  61 93 00 04 11111111")],
        {"port_designators": True},
    ),
    "of a port, without its name": (
        [got(PAGE_83, "08 83 00 04  61 93 00 04")],
        {"port_designators": True},
    ),
    "of a port, cut": ([got(PAGE_83, "08 83 00 04  61 93 00")], {"port_designators": False}),
    "no designators": ([got(PAGE_83, code=INVALID_FIELD)], {}),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_names_are_those_of_inquiry_and_its_pages(name: str) -> None:
    exchanges, fields = IDENTITIES[name]
    assert identity_of(exchanges) == fields


@pytest.mark.parametrize("opcode", OPTIONAL)
def test_a_command_is_there_unless_it_was_refused_as_one_that_does_not_exist(opcode: int) -> None:
    cdb, others = f"{opcode:02x}" + "00" * 9, {*OPTIONAL} - {opcode}
    usual = {each for each in others if each in Profile().opcodes}
    for exchange, exists in (
        (got(cdb), True),
        (got(cdb, code=NOT_READY), True),
        (got(cdb, code=INVALID_OPCODE), False),
    ):
        found, unknown = commands_of([exchange])
        assert {*found["opcodes"]} == usual | ({opcode} if exists else set())
        assert unknown == others
        assert refuses([exchange], opcode) is not exists
        assert not refuses([exchange], opcode ^ 1)
    assert commands_of([unanswered(cdb)])[1] == {*OPTIONAL}


KEYS = "5e 02 00 00 00 00 00 00 08 00"
HABITS: dict[str, tuple[list[Exchange], dict[str, Any]]] = {
    "nothing": ([], {}),
    "long mode sense": ([got("5a" + "00" * 9)], {"mode_sense_10": True}),
    "no long mode sense": (
        [got("5a" + "00" * 9, code=INVALID_OPCODE)],
        {"mode_sense_10": False, "descriptor_sense": False},
    ),
    "a range": ([got("37 01 00 00 00 00 00 01 00 00")], {"scans_ranges": True}),
    "a maker's range": ([got("e7 01 00 00 00 00 00 01 00 00")], {"scans_ranges": True}),
    "a range that is refused": (
        [got("e7 01 00 00 00 00 00 01 00 00", code=INVALID_FIELD)],
        {"scans_ranges": False, "descriptor_sense": False},
    ),
    "a range, not ready": (
        [got("e7 01 00 00 00 00 00 01 00 00", code=NOT_READY)],
        {"descriptor_sense": False},
    ),
    "no range": ([got("e7 02 00 00 00 00 00 01 00 00")], {}),
    "a range, cut": ([got("e7 01 00 00 00 00 00 01 00")], {}),
    "everything": ([got("07 01 00 00 00 00 00 00 00 00")], {}),
    "fixed": ([got("00" * 6, code=NOT_READY)], {"descriptor_sense": False}),
    "described": ([described("00" * 6, NOT_READY)], {"descriptor_sense": True}),
    "described, then fixed": (
        [described("00" * 6, NOT_READY), got("00" * 6, code=NOT_READY)],
        {"descriptor_sense": True},
    ),
    "no reservations": (
        [got(KEYS, code=INVALID_OPCODE)],
        {"reservation_types": (), "descriptor_sense": False},
    ),
    "all types": (
        [got(KEYS, "00 08 00 80 ea 01 00 00")],
        {"reservation_types": (1, 3, 5, 6, 7, 8), "reservations_persist": False},
    ),
    "types that are not said to be valid": (
        [got(KEYS, "00 08 01 7f ea 01 00 00")],
        {"reservations_persist": True},
    ),
    "no types": ([got(KEYS, "00 08 fe 80 15 fe 00 00")], {"reservations_persist": False}),
    "types, cut": ([got(KEYS, "00 08 01 80 ea 01 00")], {}),
    "keys": ([got("5e 00 00 00 00 00 00 00 08 00", "00 08 01 80 ea 01 00 00")], {}),
    "types by a reserved bit": (
        [got("5e 22 00 00 00 00 00 00 08 00", "00 08 01 80 00 01 00 00")],
        {"reservation_types": (8,), "reservations_persist": True},
    ),
    "refused types": (
        [got(KEYS, "00 08 01 80 ea 01 00 00", code=NOT_READY)],
        {"descriptor_sense": False},
    ),
    "one byte": ([got("5e", "00 08 01 80 ea 01 00 00")], {}),
}


@pytest.mark.parametrize("name", HABITS)
def test_habits_are_what_commands_showed(name: str) -> None:
    exchanges, fields = HABITS[name]
    found, _ = commands_of(exchanges)
    assert {key: value for key, value in found.items() if key != "opcodes"} == fields


@pytest.mark.parametrize(
    ("mask", "kind"), [("8000", 7), ("4000", 6), ("2000", 5), ("0800", 3), ("0200", 1), ("0001", 8)]
)
def test_each_type_of_reservation_has_its_bit(mask: str, kind: int) -> None:
    found, _ = commands_of([got(KEYS, f"00 08 00 80 {mask} 00 00")])
    assert found["reservation_types"] == (kind,)


ADDRESSES = "1d 12 00 01 00 02 10 00 01 2c 00 65 00 04 0f a0 00 06 00 00"
ADDRESS_FIELDS = {
    "transport_base": 1,
    "transports": 2,
    "storage_base": 0x1000,
    "slots": 300,
    "mail_base": 0x65,
    "mail": 4,
    "drive_base": 4000,
    "drives": 6,
}
# Each type of element moves to each, but for mail slots to drives and drives to drives.
CAPABILITIES = "1f 12 0e 00 0e 0e 06 06 00 00 00 00 {} 00 00 00 00"
FORBIDDEN = ((3, 4), (4, 4))
MODE, MODE_10 = "1a 08 1d 00 ff 00", "5a 08 1d 00 00 00 00 00 ff 00"
PAGES: dict[str, tuple[Exchange, dict[str, Any]]] = {
    "addresses": (got(MODE, "17 00 00 00" + ADDRESSES), ADDRESS_FIELDS),
    "long": (got(MODE_10, "00 1a 00 00 00 00 00 00" + ADDRESSES), ADDRESS_FIELDS),
    "saved": (got(MODE, "17 00 00 00 9d" + ADDRESSES[2:]), ADDRESS_FIELDS),
    "16 bytes": (got(MODE, "15 00 00 00 1d 10" + ADDRESSES[5:-6]), ADDRESS_FIELDS),
    "15 bytes": (got(MODE, "14 00 00 00 1d 0f" + ADDRESSES[5:-9]), {}),
    "cut": (got(MODE, "17 00 00 00" + ADDRESSES[:-9]), {}),
    "not ready": (got(MODE, code=NOT_READY), {}),
    "block descriptor": (
        got("1a 00 1d 00 ff 00", "1f 00 00 08" + "49" * 8 + ADDRESSES),
        {"block_descriptor": True, **ADDRESS_FIELDS},
    ),
    "no block descriptor": (
        got("1a 00 1d 00 ff 00", "17 00 00 00" + ADDRESSES),
        {"block_descriptor": False, **ADDRESS_FIELDS},
    ),
    "long block descriptor": (
        got("5a 00 1d 00 00 00 00 00 ff 00", "00 22 00 00 00 00 00 08" + "49" * 8 + ADDRESSES),
        {"block_descriptor": True, **ADDRESS_FIELDS},
    ),
    "unwanted block descriptor": (
        got(MODE, "1f 00 00 08" + "49" * 8 + ADDRESSES),
        {"block_descriptor": True, "ignores_dbd": True, **ADDRESS_FIELDS},
    ),
    "four bytes": (got("1a 00 1d 00 ff 00", "03 00 00 08"), {"block_descriptor": True}),
    "three bytes": (got("1a 00 1d 00 ff 00", "03 00 00"), {"block_descriptor": False}),
    "capabilities": (
        got("1a 08 1f 00 ff 00", "17 00 00 00" + CAPABILITIES.format("00 00 00 00")),
        {"capabilities_page": True, "forbidden_moves": FORBIDDEN, "exchanges": False},
    ),
    "exchanges of slots": (
        got("1a 08 1f 00 ff 00", "17 00 00 00" + CAPABILITIES.format("02 00 00 00")),
        {"capabilities_page": True, "forbidden_moves": FORBIDDEN, "exchanges": True},
    ),
    "exchanges of drives": (
        got("1a 08 1f 00 ff 00", "17 00 00 00" + CAPABILITIES.format("00 00 00 08")),
        {"capabilities_page": True, "forbidden_moves": FORBIDDEN, "exchanges": True},
    ),
    "14 bytes": (
        got("1a 08 1f 00 ff 00", "13 00 00 00 1f 0e" + CAPABILITIES.format("00 00 00 08")[5:-12]),
        {"capabilities_page": True, "forbidden_moves": FORBIDDEN, "exchanges": True},
    ),
    "13 bytes": (
        got("1a 08 1f 00 ff 00", "12 00 00 00 1f 0d" + CAPABILITIES.format("00 00 00 08")[5:-15]),
        {"capabilities_page": True},
    ),
    "no capabilities": (got("1a 08 1f 00 ff 00", code=INVALID_FIELD), {"capabilities_page": False}),
    "geometry": (got("1a 08 1e 00 ff 00", "07 00 00 00 1e 02 00 00"), {"geometry_page": True}),
    "no geometry": (got("1a 08 1e 00 ff 00", code=INVALID_FIELD), {"geometry_page": False}),
    "saved values": (got("1a 08 de 00 ff 00", code=INVALID_FIELD), {"geometry_page": False}),
    "no mode sense": (got("1a 08 1e 00 ff 00", code=INVALID_OPCODE), {}),
    "unanswered": (unanswered("1a 08 1e 00 ff 00"), {}),
    "both": (got("1a 08 3f 00 ff 00", "1b 00 00 00 1e 02 00 00" + ADDRESSES), ADDRESS_FIELDS),
    "five bytes": (got("1a 08 1d 00 ff", "17 00 00 00" + ADDRESSES), {}),
    "another command": (got("12 08 1d 00 ff 00", "17 00 00 00" + ADDRESSES), {}),
}


@pytest.mark.parametrize("name", PAGES)
def test_mode_pages_say_where_elements_are_and_what_is_moved(name: str) -> None:
    exchange, fields = PAGES[name]
    assert mode_pages_of([exchange]) == fields


B4, LOGS, SENSE = "12 01 b4 00 ff 00", "4d 00 40 00 00 00 00 01 00 00", "1a 00 00 00 0c 00"
OF_DRIVES: dict[str, tuple[list[Exchange], dict[str, Any]]] = {
    "nothing": ([], {}),
    "its address": ([got(B4, "01 b4 00 01 05")], {"drive_element_address": True}),
    "an empty page": ([got(B4, "01 b4 00 00")], {"drive_element_address": False}),
    "no such page": ([got(B4, code=INVALID_FIELD)], {"drive_element_address": False}),
    "unanswered": ([unanswered(B4)], {}),
    "all pages": ([got(LOGS, "00 00 00 04 00 0c 11 2e")], {"drive_log_pages": (0x0C, 0x11, 0x2E)}),
    "some pages": ([got(LOGS, "00 00 00 02 00 11")], {"drive_log_pages": (0x11,)}),
    "no pages": ([got(LOGS, "0c 11 2e 00")], {"drive_log_pages": ()}),
    "one page": (
        [got("4d 00 51 00 00 00 00 01 00 00", "11 00 00 00")],
        {"drive_log_pages": (0x0C, 0x11, 0x2E)},
    ),
    "a page that is refused": (
        [got("4d 00 6e 00 00 00 00 01 00 00", code=INVALID_FIELD)],
        {"drive_log_pages": (0x0C, 0x11)},
    ),
    "no log": (
        [got("4d 00 0c 00 00 00 00 01 00 00", code=INVALID_OPCODE)],
        {"drive_log_pages": (0x11, 0x2E)},
    ),
    "a page, not ready": ([got("4d 00 6e 00 00 00 00 01 00 00", code=NOT_READY)], {}),
    "another page": ([got("4d 00 32 00 00 00 00 01 00 00", "32 00 00 00")], {}),
    "two bytes": ([got("4d 00", "00 00 00 04 00 0c 11 2e")], {}),
    "density": ([got(SENSE, "0b 88 10 08 5c" + "00" * 7)], {"drive_density": 0x5C}),
    "density alone": ([got(SENSE, "04 88 10 08 5e")], {"drive_density": 0x5E}),
    "unknown density": ([got(SENSE, "0b 88 10 08 5d" + "00" * 7)], {}),
    "no block": ([got(SENSE, "04 88 10 00 5c")], {}),
    "no density": ([got(SENSE, "03 88 10 08")], {}),
    "refused": ([got(SENSE, "0b 88 10 08 5c", code=NOT_READY)], {}),
}


@pytest.mark.parametrize("name", OF_DRIVES)
def test_drives_show_their_pages_and_what_they_record(name: str) -> None:
    exchanges, fields = OF_DRIVES[name]
    assert drives_of(exchanges) == fields


def test_each_drive_that_was_asked_is_known_by_its_device() -> None:
    names = "01 80 05 02 1f 00 00 00" + b"IBM     ULT3580-TD8     HB82".hex()
    model = {"vendor": "IBM", "product": "ULT3580-TD8", "revision": "HB82"}
    sg, numbered, strange = "/dev/sg4", "/drive:012", "/drive:1234"
    assert drive_models_of(
        [
            got(STANDARD, names),
            got("00" * 6, drive="/dev/sg9"),
            got(STANDARD, code=NOT_READY, drive="/dev/sg8"),
            got(STANDARD, names, drive=sg),
            got(PAGE_80, "01 80 00 0c" + b" HU12345678 ".hex(), drive=sg),
            got(B4, "01 b4 00 02 0f a1", drive=sg),
            got(STANDARD, names[:-2], drive=numbered),
            got(B4, "01 b4 00 01 0f", drive=numbered),
            got(PAGE_83, "01 83 00 04 02 00 00 00", drive=strange),
        ]
    ) == {
        sg: {**model, "serial": "HU12345678", "address": 4001},
        numbered: {"number": 12},
        strange: {},
    }


@pytest.mark.parametrize(
    ("status", "sense", "code", "is_described"),
    [
        (2, "70 00 05 00 00 00 00 06 00 00 00 00 24 01", (0x05, 0x24, 0x01), False),
        (2, "f1 00 e6 00 00 00 00 06 00 00 00 00 29 02", (0x06, 0x29, 0x02), False),
        (2, "70 00 05 00 00 00 00 05 00 00 00 00 24", None, False),
        (2, "72 05 24 01", (0x05, 0x24, 0x01), True),
        (2, "f3 f6 29 02 00 00 00 00", (0x06, 0x29, 0x02), True),
        (2, "72 05 24", None, True),
        (2, "74 05 24 01 00 00 00 00 00 00 00 00 24 01", None, False),
        (2, "", None, False),
        (0, "72 05 24 01", None, True),
        (8, "72 05 24 01", None, True),
        (None, "72 05 24 01", None, True),
    ],
)
def test_sense_data_says_what_its_format_has(
    status: int | None, sense: str, code: tuple[int, int, int] | None, is_described: bool
) -> None:
    one = Exchange(None, b"\x12", status, sense=bytes.fromhex(sense))
    assert (one.code, one.is_described, one.is_good) == (code, is_described, status == 0)
    assert (one.opcode, Exchange(None, b"", 0).opcode) == (0x12, 0xFF)
