"""The commands of a drive byte by byte, as st, mt and sg3_utils send them, against SSC-3."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator_bench import Bench

READY = "00 0000000000"
GOOD = None

ON_MEDIUM = {
    "TEST UNIT READY": READY,
    "REWIND": "01 0000000000",
    "READ": "08 00 000001 00",
    "WRITE": "0A 00 000001 00",
    "WRITE FILEMARKS": "10 00 000001 00",
    "SPACE": "11 01 000001 00",
    "ERASE": "19 0000000000",
    "LOCATE (10)": "2B 00 00 00000000 00 00 00",
    "READ POSITION": "34 00 00000000 00 0000 00",
    "LOCATE (16)": "92 00 00 00 0000000000000000 00 00 00 00",
    "REPORT DENSITY SUPPORT, of the medium": "44 01 0000000000 00FF 00",
}
WITHOUT_MEDIUM = {
    "REQUEST SENSE": "03 000000 FF 00",
    "READ BLOCK LIMITS": "05 0000000000",
    "INQUIRY": "12 00 00 00FF 00",
    "MODE SELECT (6)": "15 10 0000 0C 00",
    "RESERVE": "16 0000000000",
    "MODE SENSE (6)": "1A 00 00 00 0C 00",
    "PREVENT": "1E 000000 01 00",
    "REPORT DENSITY SUPPORT": "44 00 0000000000 00FF 00",
    "LOG SENSE": "4D 00 40 00 00 0000 FFFF 00",
    "MODE SELECT (10)": "55 10 0000000000 0010 00",
    "MODE SENSE (10)": "5A 00 3F 00 000000 00FF 00",
}

COMPRESSION = bytes.fromhex("0F 0E C0 80 00000001 00000001 00000000")
CONFIGURATION = bytes.fromhex("10 0E 00 00 00 00 00C8 40 00 18 000000 01 00")
EXCEPTIONS = bytes.fromhex("1C 0A 08 03 00000000 00000000")
LTO_8 = bytes.fromhex("5E 000000 00 000000")


def loaded(bench: Bench) -> Bench:
    """With a data cartridge in drive 0 that is ready, and nothing left to be told."""
    profile = bench.truth.profile
    assert bench.move(profile.storage_base, profile.drive_base) is GOOD
    bench.clock.time += 60
    while bench.sense(READY, unit=0) is not GOOD:
        pass
    return bench


@pytest.mark.parametrize("cdb", ON_MEDIUM.values(), ids=ON_MEDIUM)
@pytest.mark.parametrize(
    ("source", "sense"), [(None, "02/3A/00"), (1001, "02/04/01"), (101, "02/30/03")]
)
def test_what_needs_the_medium_says_why_there_is_none(
    tmp_path: Path, cdb: str, source: int | None, sense: str
) -> None:
    bench = Bench(tmp_path, drive_load_seconds=10)
    if source is not None:
        bench.move(source, 500)
    assert bench.sense(cdb, unit=0) == sense


@pytest.mark.parametrize("cdb", WITHOUT_MEDIUM.values(), ids=WITHOUT_MEDIUM)
@pytest.mark.parametrize("source", [None, 1001, 101], ids=["empty", "loading", "cleaning"])
def test_what_needs_no_medium_is_answered_without(
    tmp_path: Path, cdb: str, source: int | None
) -> None:
    bench = Bench(tmp_path, drive_load_seconds=10)
    if source is not None:
        bench.move(source, 500)
    assert bench.sense(cdb, unit=0) is GOOD


@pytest.mark.parametrize(
    ("cdb", "sense"),
    [
        (ON_MEDIUM["REWIND"], GOOD),
        ("08 00 000000 00", GOOD),
        ("08 00 000200 00", "08/00/05"),
        ("08 01 000001 00", "08/00/05"),
        ("11 00 000001 00", "08/00/05"),
        ("11 01 FFFFFF 00", "08/00/05"),
        ("11 01 000000 00", GOOD),
        ("11 03 000000 00", GOOD),
        ("2B 00 00 00000000 00 00 00", GOOD),
        ("2B 00 00 00000001 00 00 00", "08/00/05"),
        ("92 00 00 00 0000000000000000 00 00 00 00", GOOD),
        ("92 00 00 00 0000000000000001 00 00 00 00", "08/00/05"),
        ("0A 00 000200 00", "07/27/00"),
        ("0A 01 000001 00", "07/27/00"),
        ("19 01 0000 00 00", "07/27/00"),
        ("10 00 000001 00", "07/27/00"),
        ("10 00 000000 00", GOOD),
        ("34 06 00000000 00 0000 00", "05/24/00"),
        ("34 08 00000000 00 0000 00", "05/24/00"),
    ],
)
def test_a_medium_is_blank_and_write_protected(tmp_path: Path, cdb: str, sense: str | None) -> None:
    assert loaded(Bench(tmp_path)).sense(cdb, unit=0) == sense


@pytest.mark.parametrize("form", ["00", "01"])
def test_the_position_is_the_beginning(tmp_path: Path, form: str) -> None:
    position = loaded(Bench(tmp_path)).data(f"34 {form} 00000000 00 0000 00", unit=0)
    assert position == bytes.fromhex("80 00 0000 00000000 00000000 00 000000 00000000")


def test_block_limits(bench: Bench) -> None:
    assert bench.data("05 0000000000", unit=0) == bytes.fromhex("00 800000 0001")
    assert bench.sense("05 0100000000", unit=0) == "05/24/00"


def test_what_st_asks_first(bench: Bench) -> None:
    """Header and block descriptor in 12 bytes: LTO-8, write-protected, variable blocks."""
    assert bench.data("1A 00 00 00 0C 00", unit=0) == bytes.fromhex("0B 00 10 08") + LTO_8
    loaded(bench)
    assert bench.data("1A 00 00 00 0C 00", unit=0) == bytes.fromhex("0B 88 90 08") + LTO_8


@pytest.mark.parametrize(
    ("profile", "header"), [("autoloader", "0B 88 90 08 5E"), ("p3000", "0B 00 90 08 49")]
)
def test_the_density_is_that_of_the_drive(tmp_path: Path, profile: str, header: str) -> None:
    bench = loaded(Bench(tmp_path, profile))
    assert bench.data("1A 00 00 00 05 00", unit=0) == bytes.fromhex(header)


@pytest.mark.parametrize(
    ("page", "content"),
    [
        ("00", b""),
        ("0F", COMPRESSION),
        ("10", CONFIGURATION),
        ("1C", EXCEPTIONS),
        ("3F", COMPRESSION + CONFIGURATION + EXCEPTIONS),
    ],
)
def test_mode_pages_of_a_drive(tmp_path: Path, page: str, content: bytes) -> None:
    bench, length = Bench(tmp_path), len(content)
    whole = bytes([length + 11, 0x00, 0x10, 8]) + LTO_8 + content
    assert bench.data(f"1A 00 {page} 00 FF 00", unit=0) == whole
    assert bench.data(f"1A 00 {page} 00 0A 00", unit=0) == whole[:10]
    bare = bytes([length + 3, 0x00, 0x10, 0]) + content
    assert bench.data(f"1A 08 {page} 00 FF 00", unit=0) == bare
    ten = bytes([0, length + 14, 0x00, 0x10, 0, 0, 0, 8]) + LTO_8 + content
    assert bench.data(f"5A 00 {page} 00 000000 00FF 00", unit=0) == ten
    assert bench.data(f"5A 00 {page} 00 000000 0009 00", unit=0) == ten[:9]


def test_page_control_of_a_drive(bench: Bench) -> None:
    # Nothing is changeable; the defaults are what is; nothing is saved.
    assert bench.data("1A 08 50 00 FF 00", unit=0)[4:] == bytes([0x10, 0x0E]) + bytes(14)
    assert bench.data("1A 08 90 00 FF 00", unit=0)[4:] == CONFIGURATION
    assert bench.sense("1A 08 D0 00 FF 00", unit=0) == "05/39/00"
    assert bench.sense("1A 08 C0 00 FF 00", unit=0) == "05/39/00"
    assert bench.data("1A 08 3F FF FF 00", unit=0)[4] == 0x0F
    assert bench.sense("1A 08 10 01 FF 00", unit=0) == "05/24/00"


@pytest.mark.parametrize("page", ["1D", "1E", "1F", "08"])
def test_mode_pages_that_a_drive_has_not(tmp_path: Path, page: str) -> None:
    assert Bench(tmp_path).sense(f"1A 08 {page} 00 FF 00", unit=0) == "05/24/00"


def test_mode_select_changes_nothing_and_saves_nothing(bench: Bench) -> None:
    assert bench.sense("15 10 0000 1C 00", unit=0) is GOOD
    assert bench.sense("15 11 0000 1C 00", unit=0) == "05/24/00"
    assert bench.sense("55 11 0000000000 001C 00", unit=0) == "05/24/00"
    assert bench.data("1A 08 0F 00 FF 00", unit=0)[4:] == COMPRESSION
    assert bench.sense("15 10 0000 1C 00") == "05/20/00"


def test_density_support(bench: Bench) -> None:
    whole = (
        bytes.fromhex("0036 0000 5E 5E 20 0000 0050BC 007F 1A00 00B71B00")
        + b"LTO-CVE U-8     Ultrium 8/16T       "
    )
    assert bench.data("44 00 0000000000 00FF 00", unit=0) == whole
    assert bench.data("44 00 0000000000 0006 00", unit=0) == whole[:6]
    assert bench.sense("44 02 0000000000 00FF 00", unit=0) == "05/24/00"
    assert loaded(bench).data("44 01 0000000000 00FF 00", unit=0) == whole


@pytest.mark.parametrize("cdb", ["03 000000 05 00", "4D 00 40 00 00 0000 0005 00"])
def test_data_is_cut_at_the_allocation_length(tmp_path: Path, cdb: str) -> None:
    assert len(Bench(tmp_path).data(cdb, unit=0)) == 5


def test_a_drive_that_cleans_does_not_unload(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.move(101, 500)
    for cdb in ("1B 000000 00 00", "1B 000000 01 00"):
        assert bench.sense(cdb, unit=0) == "02/30/03"
