"""INQUIRY, mode pages and log pages of virtual libraries, byte by byte against SPC-4 and SMC-3."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator_bench import ALERTS, INQUIRY, STATUS, Bench, number

SERIAL = "12 01 80 00FF 00"
IDENTIFICATION = "12 01 83 00FF 00"
PAGES = "12 01 00 00FF 00"
TAPE_ALERT_HEADER = "4D 00 6E 00 00 0000 0004 00"
SEQUENTIAL = "4D 00 0C 00 00 0000 FFFF 00"

h = bytes.fromhex


@pytest.mark.parametrize(
    ("cdb", "unit", "answer"),
    [
        (INQUIRY, None, h("08 80 05 02 1F 000000") + b"STK     L700            0107"),
        (INQUIRY, 1, h("01 80 05 02 1F 000000") + b"IBM     ULT3580-TD8     2160"),
        ("12 00 00 0005 00", None, h("08 80 05 02 1F")),
        ("12 00 80 00FF 00", None, "05/24/00"),  # a page without EVPD
    ],
)
def test_standard_inquiry(tmp_path: Path, cdb: str, unit: int | None, answer: bytes | str) -> None:
    Bench(tmp_path, "l700").expect(answer, cdb, unit=unit)


def test_vital_product_data(tmp_path: Path) -> None:
    bench = Bench(tmp_path, serial="LIB0000001", vendor="DELL", product="PV-124T")
    assert bench.data(PAGES) == h("08 00 0003 00 80 83")
    assert bench.data(SERIAL) == h("08 80 000A") + b"LIB0000001"
    data = bench.data(IDENTIFICATION)
    t10 = b"DELL    PV-124T         LIB0000001"
    assert data[:42] == h("08 83 0046 02 01 00 22") + t10
    # Binary NAA, locally assigned.
    assert data[42:46] == h("01 03 00 08")
    assert data[46] >> 4 == 3
    # Of the target port (SAS): a locally assigned NAA, and its number.
    assert data[54:58] == h("61 93 00 08")
    assert (data[58] >> 4, data[66:]) == (3, h("61 94 00 04 0000 0001"))


def test_a_port_is_not_named_where_the_model_does_not(tmp_path: Path) -> None:
    assert len(Bench(tmp_path, port_designators=False).data(IDENTIFICATION)) < 60


@pytest.mark.parametrize(
    ("page", "content"),
    [
        ("00", h("01 00 0005 00 80 83 B0 B1")),
        ("80", h("01 80 000A") + b"DRIVES1001"),
        ("B0", h("01 B0 0002 00 00")),
        ("B1", h("01 B1 000A") + b"DRIVES1001"),
    ],
)
def test_vital_product_data_of_a_drive(tmp_path: Path, page: str, content: bytes) -> None:
    bench = Bench(tmp_path, drive_serial="DRIVES1")
    assert bench.data(f"12 01 {page} 00FF 00", unit=1) == content
    assert bench.data(f"12 01 {page} 0005 00", unit=1) == content[:5]
    if page.startswith("B"):
        assert bench.sense(f"12 01 {page} 00FF 00") == "05/24/00"


def test_drive_of_some_profiles_knows_its_element_address(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "no-identifiers")
    page = "12 01 B4 00FF 00"
    assert bench.data(PAGES, unit=1) == h("01 00 0006 00 80 83 B0 B1 B4")
    assert [bench.data(page, unit=unit) for unit in (0, 1)] == [
        h("01 B4 0002 01F4"),
        h("01 B4 0002 01F5"),
    ]
    assert bench.sense(page) == "05/24/00", "it is a page of drives"
    bench.fault("element-address drive:1 257")
    bench.fault("element-address drive:1 500")
    assert bench.data(page, unit=1) == h("01 B4 0002 01F4"), "as it was told last"
    bench.fault("clear element-address")
    assert bench.data(page, unit=1) == h("01 B4 0002 01F5")


def test_a_library_without_a_serial_number_page(tmp_path: Path) -> None:
    bench = Bench(tmp_path, serial_page=False)
    assert bench.data(PAGES) == h("08 00 0002 00 83")
    assert bench.sense(SERIAL) == "05/24/00"
    assert bench.data(IDENTIFICATION)


def test_the_serial_number_of_a_drive_is_the_one_of_its_element(bench: Bench) -> None:
    for unit in (0, 1):
        serial = bench.data(SERIAL, unit=unit)[4:]
        drive = bench.elements(4, dvcid=True)[500 + unit]
        assert drive.rest[36 + 4 + 24 :].strip() == serial
        assert serial.decode() == bench.truth.drives[unit].serial


def test_two_libraries_have_different_serial_numbers(tmp_path: Path) -> None:
    one, other = Bench(tmp_path), Bench(tmp_path, name="another")
    for cdb, unit in ((SERIAL, None), (SERIAL, 0), (IDENTIFICATION, None)):
        assert one.data(cdb, unit=unit) != other.data(cdb, unit=unit)


# mode pages

ASSIGNMENT = h("1D 12 0001 0001 03E9 000C 0065 0002 01F4 0002 0000")
GEOMETRY = h("1E 02 00 00")
# Stores: drives, mail slots, slots; no moves into the transport.
CAPABILITIES = h("1F 12 0E 00 0E0E0E0E 00000000 0E0E0E0E 00000000")


@pytest.mark.parametrize(
    ("page", "content"),
    [
        ("1D", ASSIGNMENT),
        ("1E", GEOMETRY),
        ("1F", CAPABILITIES),
        ("3F", ASSIGNMENT + GEOMETRY + CAPABILITIES),
    ],
)
def test_mode_pages(bench: Bench, page: str, content: bytes) -> None:
    whole = bytes([len(content) + 3, 0, 0, 0]) + content
    assert bench.data(f"1A 08 {page} 00 FF 00") == whole
    assert bench.data(f"1A 08 {page} 00 06 00") == whole[:6]
    ten = bytes([0, len(content) + 6, 0, 0, 0, 0, 0, 0]) + content
    assert bench.data(f"5A 08 {page} 00 000000 00FF 00") == ten


def test_a_block_descriptor_before_the_page(tmp_path: Path) -> None:
    bench = Bench(tmp_path, block_descriptor=True)
    assert bench.data("1A 00 1D 00 FF 00") == h("1F 00 00 08") + bytes(8) + ASSIGNMENT
    assert bench.data("1A 08 1D 00 FF 00")[:4] == h("17 00 00 00")
    ten = bench.data("5A 00 1D 00 000000 00FF 00")
    assert ten[:16] == h("0022 00 00 00 00 0008") + bytes(8)
    # mhVTL sends it whatever DBD says.
    assert Bench(tmp_path / "mhvtl", "l700").data("1A 08 1D 00 FF 00")[3] == 8


@pytest.mark.parametrize(
    ("page", "answer"),
    [
        ("5D 00", h("1D 12") + bytes(18)),  # changeable: nothing
        ("9D 00", ASSIGNMENT),
        ("DD 00", "05/39/00"),
        ("1D 01", "05/24/00"),
    ],
)
def test_page_control(bench: Bench, page: str, answer: bytes | str) -> None:
    head = h("17 00 00 00")
    bench.expect(head + answer if isinstance(answer, bytes) else answer, f"1A 08 {page} FF 00")


@pytest.mark.parametrize("page", ["1E", "1F", "00", "08"])
def test_mode_pages_that_do_not_exist(tmp_path: Path, page: str) -> None:
    bench = Bench(tmp_path, "bare")
    assert bench.sense(f"1A 08 {page} 00 FF 00") == "05/24/00"
    assert bench.data("1A 08 3F 00 FF 00")[4] == 0x1D


def test_capabilities_without_exchange_and_with_moves_left_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "exabyte", opcodes=(0x07,))
    page = bench.data("1A 08 1F 00 FF 00")[4:]
    # From mail slots not to drives, from drives not to mail slots.
    assert page == h("1F 12 0E 00 0E 0E 06 0A 00000000 00000000 00000000")
    no_mail = Bench(tmp_path / "no-mail", "bare", capabilities_page=True)
    assert no_mail.data("1A 08 1F 00 FF 00")[6:12] == h("0A 00 0A 0A 00 0A")


# log pages


def test_log_pages_of_the_changer(bench: Bench) -> None:
    assert bench.data("4D 00 00 00 00 0000 FFFF 00") == h("00 00 0002 00 2E")
    flags = b"".join(bytes([0, flag, 3, 1, 0]) for flag in range(1, 65))
    assert bench.data(ALERTS) == h("2E 00 0140") + flags
    assert bench.sense("4D 00 51 00 00 0000 FFFF 00") == "05/24/00"


def test_reading_tape_alert_clears_it_and_asking_for_its_length_does_not(bench: Bench) -> None:
    bench.fault("tape-alert 4")
    bench.fault("tape-alert 20 drive:1")
    for unit in (None, 1):
        assert bench.data(TAPE_ALERT_HEADER, unit=unit) == h("2E 00 0140")
    assert (bench.truth.flags, bench.truth.drives[1].flags) == ((4,), (20,))
    for unit, flag in ((None, 4), (1, 20)):
        assert bench.data(ALERTS, unit=unit)[5 * flag - 1 :][:5] == bytes([0, flag, 3, 1, 1])
        assert not any(bench.data(ALERTS, unit=unit)[8::5])
    assert bench.truth.flags == ()


def test_log_pages_of_a_drive(bench: Bench) -> None:
    assert bench.data("4D 00 00 00 00 0000 FFFF 00", unit=0) == h("00 00 0004 00 0C 11 2E")
    assert bench.data(STATUS, unit=0) == h("11 00 0008 0000 03 04 01 20 00 00")
    sequential = bench.data(SEQUENTIAL, unit=0)
    assert number(sequential[2:4]) == len(sequential) - 4 == 5 * 12
    assert sequential[-12:] == h("0100 03 08") + bytes(8)


@pytest.mark.parametrize(("level", "bits"), [("requested", 0x05), ("required", 0x07)])
def test_a_drive_that_wants_cleaning(bench: Bench, level: str, bits: int) -> None:
    bench.fault(f"wants-cleaning drive:0 {level}")
    assert bench.data(STATUS, unit=0)[8] == bits
    assert [bench.data(SEQUENTIAL, unit=unit)[-1] for unit in (0, 1)] == [1, 0]


# commands


@pytest.mark.parametrize(
    ("profile", "opcodes", "unit"),
    [
        ("bare", "37 E7 A6 2B 1B 5A 4D", None),
        ("l700", "37", None),
        ("demo", "B5 28 FF", None),
        ("demo", "B8 A5 07", 0),
    ],
)
def test_commands_that_do_not_exist(
    tmp_path: Path, profile: str, opcodes: str, unit: int | None
) -> None:
    bench = Bench(tmp_path, profile)
    for opcode in opcodes.split():
        assert bench.sense(opcode + "00" * 15, unit=unit) == "05/20/00"


@pytest.mark.parametrize("cdb", ["B8 12", "A5", "1A 08 1D 00 FF", "12", ""])
def test_a_cdb_that_is_too_short(bench: Bench, cdb: str) -> None:
    assert bench.sense(cdb) == ("05/24/00" if cdb else "05/20/00")


def test_sense_data_in_both_formats(tmp_path: Path) -> None:
    fixed = Bench(tmp_path / "fixed").send("FF" + "00" * 15).sense
    assert fixed == h("70 00 05 00000000 0A 00000000 20 00 00 000000")
    descriptor = Bench(tmp_path / "descriptor", descriptor_sense=True).send("FF" + "00" * 15)
    assert descriptor.sense == h("72 05 20 00 000000 00")


@pytest.mark.parametrize("opcode", ["16", "17", "56", "57", "00"])
def test_reserve_and_release_do_nothing(bench: Bench, opcode: str) -> None:
    for unit in (None, 0):
        if (opcode, unit) != ("00", 0):
            assert bench.sense(opcode + "00" * 9, unit=unit) is None
