"""INQUIRY, mode pages and log pages of virtual libraries, byte by byte against SPC-4 and SMC-3."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator_bench import Bench, number

INQUIRY = "12 00 00 00FF 00"
SERIAL = "12 01 80 00FF 00"
IDENTIFICATION = "12 01 83 00FF 00"
PAGES = "12 01 00 00FF 00"
TAPE_ALERT = "4D 00 6E 00 00 0000 FFFF 00"


def test_standard_inquiry_of_a_changer(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "l700")
    assert bench.data(INQUIRY) == (
        bytes.fromhex("08 80 05 02 1F 00 00 00") + b"STK     " + b"L700            " + b"0107"
    )


def test_standard_inquiry_of_a_drive(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "l700")
    assert bench.data(INQUIRY, unit=1) == (
        bytes.fromhex("01 80 05 02 1F 00 00 00") + b"IBM     " + b"ULT3580-TD8     " + b"2160"
    )


def test_inquiry_is_cut_at_the_allocation_length(tmp_path: Path) -> None:
    assert Bench(tmp_path).data("12 00 00 0005 00") == bytes.fromhex("08 80 05 02 1F")


def test_vital_product_data(tmp_path: Path) -> None:
    bench = Bench(tmp_path, serial="LIB0000001", vendor="DELL", product="PV-124T")
    assert bench.data(PAGES) == bytes.fromhex("08 00 0003 00 80 83")
    assert bench.data(SERIAL) == bytes.fromhex("08 80 000A") + b"LIB0000001"
    data = bench.data(IDENTIFICATION)
    t10 = b"DELL    PV-124T         LIB0000001"
    assert data[:42] == bytes.fromhex("08 83 0032 02 01 00 22") + t10
    # Binary NAA, locally assigned.
    assert data[42:46] == bytes.fromhex("01 03 00 08")
    assert (data[46] >> 4, len(data)) == (3, 54)


@pytest.mark.parametrize(
    ("page", "content"),
    [
        ("00", bytes.fromhex("01 00 0005 00 80 83 B0 B1")),
        ("80", bytes.fromhex("01 80 000A") + b"DRIVES1001"),
        ("B0", bytes.fromhex("01 B0 0002 00 00")),
        ("B1", bytes.fromhex("01 B1 000A") + b"DRIVES1001"),
    ],
)
def test_vital_product_data_of_a_drive(tmp_path: Path, page: str, content: bytes) -> None:
    bench = Bench(tmp_path, drive_serial="DRIVES1")
    assert bench.data(f"12 01 {page} 00FF 00", unit=1) == content
    assert bench.data(f"12 01 {page} 0005 00", unit=1) == content[:5]
    if page.startswith("B"):
        assert bench.sense(f"12 01 {page} 00FF 00") == "05/24/00"


def test_a_library_without_a_serial_number_page(tmp_path: Path) -> None:
    bench = Bench(tmp_path, serial_page=False)
    assert bench.data(PAGES) == bytes.fromhex("08 00 0002 00 83")
    assert bench.sense(SERIAL) == "05/24/00"
    assert bench.data(IDENTIFICATION)


def test_a_page_without_evpd_is_refused(tmp_path: Path) -> None:
    assert Bench(tmp_path).sense("12 00 80 00FF 00") == "05/24/00"


def test_the_serial_number_of_a_drive_is_the_one_of_its_element(tmp_path: Path) -> None:
    bench = Bench(tmp_path, drives=2)
    for unit in (0, 1):
        serial = bench.data(SERIAL, unit=unit)[4:]
        drive = bench.elements(4, dvcid=True)[500 + unit]
        assert drive.rest[36 + 4 + 24 :].strip() == serial
        assert serial.decode() == bench.truth.drives[unit].serial


def test_two_libraries_have_different_serial_numbers(tmp_path: Path) -> None:
    one, other = Bench(tmp_path), Bench.__new__(Bench)
    other.__dict__ |= one.__dict__ | {"name": "another", "_transports": {}}
    from changer.simulator.creation import create

    create("another", folder=tmp_path, profile="demo")
    for cdb, unit in ((SERIAL, None), (SERIAL, 0), (IDENTIFICATION, None)):
        assert one.data(cdb, unit=unit) != other.data(cdb, unit=unit)


ASSIGNMENT = bytes.fromhex("1D 12 0001 0001 03E9 000C 0065 0002 01F4 0002 0000")
GEOMETRY = bytes.fromhex("1E 02 00 00")
# Stores: drives, mail slots, slots; no moves into the transport.
CAPABILITIES = bytes.fromhex("1F 12 0E 00 0E0E0E0E 00000000 0E0E0E0E 00000000")


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
    length = len(content)
    assert bench.data(f"1A 08 {page} 00 FF 00") == bytes([length + 3, 0, 0, 0]) + content
    assert bench.data(f"5A 08 {page} 00 000000 00FF 00") == (
        bytes([0, length + 6, 0, 0, 0, 0, 0, 0]) + content
    )
    assert bench.data(f"1A 08 {page} 00 06 00") == (bytes([length + 3, 0, 0, 0]) + content)[:6]


def test_a_block_descriptor_before_the_page(tmp_path: Path) -> None:
    bench = Bench(tmp_path, block_descriptor=True)
    assert bench.data("1A 00 1D 00 FF 00") == bytes.fromhex("1F 00 00 08") + bytes(8) + ASSIGNMENT
    assert bench.data("1A 08 1D 00 FF 00")[:4] == bytes.fromhex("17 00 00 00")
    assert bench.data("5A 00 1D 00 000000 00FF 00")[:16] == bytes.fromhex(
        "0022 00 00 00 00 0008"
    ) + bytes(8)


def test_mhvtl_sends_the_block_descriptor_whatever_dbd_says(tmp_path: Path) -> None:
    assert Bench(tmp_path, "l700").data("1A 08 1D 00 FF 00")[3] == 8


def test_page_control(bench: Bench) -> None:
    changeable = bench.data("1A 08 5D 00 FF 00")
    assert changeable[4:] == bytes.fromhex("1D 12") + bytes(18)
    assert bench.data("1A 08 9D 00 FF 00")[4:] == ASSIGNMENT
    assert bench.sense("1A 08 DD 00 FF 00") == "05/39/00"
    assert bench.sense("1A 08 1D 01 FF 00") == "05/24/00"


@pytest.mark.parametrize("page", ["1E", "1F", "00", "08"])
def test_mode_pages_that_do_not_exist(tmp_path: Path, page: str) -> None:
    bench = Bench(tmp_path, "bare")
    assert bench.sense(f"1A 08 {page} 00 FF 00") == "05/24/00"
    assert bench.data("1A 08 3F 00 FF 00")[4] == 0x1D


def test_capabilities_without_exchange_and_with_moves_left_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "exabyte", opcodes=(0x07,))
    page = bench.data("1A 08 1F 00 FF 00")[4:]
    # From mail slots not to drives, from drives not to mail slots.
    assert page == bytes.fromhex("1F 12 0E 00 0E 0E 06 0A 00000000 00000000 00000000")
    no_mail = Bench(tmp_path / "no-mail", "bare", capabilities_page=True)
    assert no_mail.data("1A 08 1F 00 FF 00")[6:12] == bytes.fromhex("0A 00 0A 0A 00 0A")


def test_log_pages_of_the_changer(bench: Bench) -> None:
    assert bench.data("4D 00 00 00 00 0000 FFFF 00") == bytes.fromhex("00 00 0002 00 2E")
    quiet = bench.data(TAPE_ALERT)
    assert quiet[:4] == bytes.fromhex("2E 00 0140")
    assert quiet[4:9] == bytes.fromhex("0001 03 01 00")
    assert quiet[4:] == b"".join(bytes([0, flag, 3, 1, 0]) for flag in range(1, 65))
    assert bench.sense("4D 00 51 00 00 0000 FFFF 00") == "05/24/00"


def test_reading_tape_alert_clears_it(bench: Bench) -> None:
    bench.fault("tape-alert 4")
    bench.fault("tape-alert 20 drive:1")
    assert bench.data(TAPE_ALERT)[4 + 5 * 3 : 4 + 5 * 4] == bytes.fromhex("0004 03 01 01")
    assert not any(bench.data(TAPE_ALERT)[8::5])
    assert bench.data(TAPE_ALERT, unit=1)[4 + 5 * 19 + 4] == 1
    assert not any(bench.data(TAPE_ALERT, unit=1)[8::5])
    assert bench.truth.flags == ()


def test_asking_for_the_length_of_tape_alert_does_not_clear_it(bench: Bench) -> None:
    bench.fault("tape-alert 4")
    bench.fault("tape-alert 20 drive:1")
    assert bench.data("4D 00 6E 00 00 0000 0004 00") == bytes.fromhex("2E 00 0140")
    assert bench.data("4D 00 6E 00 00 0000 0004 00", unit=1) == bytes.fromhex("2E 00 0140")
    assert (bench.truth.flags, bench.truth.drives[1].flags) == ((4,), (20,))


def test_log_pages_of_a_drive(bench: Bench) -> None:
    assert bench.data("4D 00 00 00 00 0000 FFFF 00", unit=0) == bytes.fromhex(
        "00 00 0004 00 0C 11 2E"
    )
    assert bench.data("4D 00 11 00 00 0000 FFFF 00", unit=0) == bytes.fromhex(
        "11 00 0008 0000 03 04 01 00 00 00"
    )
    sequential = bench.data("4D 00 0C 00 00 0000 FFFF 00", unit=0)
    assert number(sequential[2:4]) == len(sequential) - 4 == 5 * 12
    assert sequential[-12:] == bytes.fromhex("0100 03 08") + bytes(8)


@pytest.mark.parametrize(("level", "bits"), [("requested", 0x05), ("required", 0x07)])
def test_a_drive_that_wants_cleaning(bench: Bench, level: str, bits: int) -> None:
    bench.fault(f"wants-cleaning drive:0 {level}")
    assert bench.data("4D 00 11 00 00 0000 FFFF 00", unit=0)[8] == bits
    assert bench.data("4D 00 0C 00 00 0000 FFFF 00", unit=0)[-1] == 1
    assert bench.data("4D 00 0C 00 00 0000 FFFF 00", unit=1)[-1] == 0


@pytest.mark.parametrize(
    ("profile", "opcode", "unit"),
    [
        ("bare", "37", None),
        ("bare", "E7", None),
        ("bare", "A6", None),
        ("bare", "2B", None),
        ("bare", "1B", None),
        ("bare", "5A", None),
        ("bare", "4D", None),
        ("l700", "37", None),
        ("demo", "B5", None),
        ("demo", "28", None),
        ("demo", "FF", None),
        ("demo", "B8", 0),
        ("demo", "A5", 0),
        ("demo", "07", 0),
    ],
)
def test_commands_that_do_not_exist(
    tmp_path: Path, profile: str, opcode: str, unit: int | None
) -> None:
    bench = Bench(tmp_path, profile)
    assert bench.sense(opcode + "00" * 15, unit=unit) == "05/20/00"


@pytest.mark.parametrize("cdb", ["B8 12", "A5", "1A 08 1D 00 FF", "12"])
def test_a_cdb_that_is_too_short(tmp_path: Path, cdb: str) -> None:
    assert Bench(tmp_path).sense(cdb) == "05/24/00"


def test_an_empty_cdb(tmp_path: Path) -> None:
    assert Bench(tmp_path).sense("") == "05/20/00"


def test_sense_data_in_both_formats(tmp_path: Path) -> None:
    fixed = Bench(tmp_path / "fixed").send("FF" + "00" * 15).sense
    assert fixed == bytes.fromhex("70 00 05 00000000 0A 00000000 20 00 00 000000")
    descriptor = Bench(tmp_path / "descriptor", descriptor_sense=True).send("FF" + "00" * 15)
    assert descriptor.sense == bytes.fromhex("72 05 20 00 000000 00")


@pytest.mark.parametrize("opcode", ["16", "17", "56", "57", "00"])
def test_reserve_and_release_do_nothing(bench: Bench, opcode: str) -> None:
    for unit in (None, 0):
        if (opcode, unit) != ("00", 0):
            assert bench.sense(opcode + "00" * 9, unit=unit) is None
