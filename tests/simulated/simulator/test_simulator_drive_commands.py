"""The commands of a drive byte by byte, as st, mt and sg3_utils send them, against SSC-3."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator_bench import GOOD, READY, Bench

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

h = bytes.fromhex
COMPRESSION = h("0F 0E C0 80 00000001 00000001 00000000")
CONFIGURATION = h("10 0E 00 00 00 00 00C8 40 00 18 000000 01 00")
EXCEPTIONS = h("1C 0A 08 03 00000000 00000000")
LTO_8 = h("5E 000000 00 000000")
DENSITY = (
    h("0036 0000 5E 5E 20 0000 0050BC 007F 1A00 00B71B00") + b"LTO-CVE U-8     Ultrium 8/16T       "
)


def loaded(bench: Bench) -> Bench:
    """With a data cartridge in drive 0 that is ready, and nothing left to be told."""
    profile = bench.truth.profile
    assert bench.move(profile.storage_base, profile.drive_base) is GOOD
    bench.clock.time += 60
    while bench.sense(READY, unit=0) is not GOOD:
        pass
    return bench


@pytest.mark.parametrize(
    ("source", "sense"), [(None, "02/3A/00"), (1001, "02/04/01"), (101, "02/30/03")],
    ids=["empty", "loading", "cleaning"],
)  # fmt: skip
def test_what_needs_the_medium_says_why_there_is_none(
    tmp_path: Path, source: int | None, sense: str
) -> None:
    bench = Bench(tmp_path, drive_load_seconds=10)
    if source is not None:
        bench.move(source, 500)
    said = {name: bench.sense(cdb, unit=0) for name, cdb in ON_MEDIUM.items()}
    assert said == dict.fromkeys(ON_MEDIUM, sense)
    said = {name: bench.sense(cdb, unit=0) for name, cdb in WITHOUT_MEDIUM.items()}
    assert said == dict.fromkeys(WITHOUT_MEDIUM, GOOD)


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
        ("34 00 00000000 00 0000 00", h("80 00 0000 00000000 00000000 00 000000 00000000")),
        ("34 01 00000000 00 0000 00", h("80 00 0000 00000000 00000000 00 000000 00000000")),
        ("34 06 00000000 00 0000 00", "05/24/00"),
        ("34 08 00000000 00 0000 00", "05/24/00"),
        ("44 01 0000000000 00FF 00", DENSITY),
        # Header and block descriptor in 12 bytes, as st asks first: LTO-8, write-protected.
        ("1A 00 00 00 0C 00", h("0B 88 90 08") + LTO_8),
    ],
)
def test_a_medium_is_blank_and_write_protected(
    bench: Bench, cdb: str, sense: bytes | str | None
) -> None:
    loaded(bench).expect(sense, cdb, unit=0)


@pytest.mark.parametrize(
    ("cdb", "answer"),
    [
        ("05 0000000000", h("00 800000 0001")),
        ("05 0100000000", "05/24/00"),
        ("1A 00 00 00 0C 00", h("0B 00 10 08") + LTO_8),
        # Nothing is changeable; the defaults are what is; nothing is saved.
        ("1A 08 50 00 FF 00", h("13 00 10 00 10 0E") + bytes(14)),
        ("1A 08 90 00 FF 00", h("13 00 10 00") + CONFIGURATION),
        ("1A 08 D0 00 FF 00", "05/39/00"),
        ("1A 08 C0 00 FF 00", "05/39/00"),
        ("1A 08 10 01 FF 00", "05/24/00"),
        ("1A 08 3F FF FF 00", h("2F 00 10 00") + COMPRESSION + CONFIGURATION + EXCEPTIONS),
        # Pages that a drive has not.
        ("1A 08 1D 00 FF 00", "05/24/00"),
        ("1A 08 1E 00 FF 00", "05/24/00"),
        ("1A 08 1F 00 FF 00", "05/24/00"),
        ("1A 08 08 00 FF 00", "05/24/00"),
        ("15 11 0000 1C 00", "05/24/00"),
        ("55 11 0000000000 001C 00", "05/24/00"),
        ("44 00 0000000000 00FF 00", DENSITY),
        ("44 00 0000000000 0006 00", DENSITY[:6]),
        ("44 02 0000000000 00FF 00", "05/24/00"),
        # Cut at the allocation length.
        ("03 000000 05 00", h("70 00 02 00 00")),
        ("4D 00 40 00 00 0000 0005 00", h("00 00 0004 00")),
    ],
)
def test_an_empty_drive_answers(bench: Bench, cdb: str, answer: bytes | str) -> None:
    bench.expect(answer, cdb, unit=0)


@pytest.mark.parametrize(
    ("profile", "header"), [("autoloader", "0B 88 90 08 5E"), ("p3000", "0B 00 90 08 49")]
)
def test_the_density_is_that_of_the_drive(tmp_path: Path, profile: str, header: str) -> None:
    bench = loaded(Bench(tmp_path, profile))
    assert bench.data("1A 00 00 00 05 00", unit=0) == h(header)


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
def test_mode_pages_of_a_drive(bench: Bench, page: str, content: bytes) -> None:
    length = len(content)
    whole = bytes([length + 11, 0x00, 0x10, 8]) + LTO_8 + content
    assert bench.data(f"1A 00 {page} 00 FF 00", unit=0) == whole
    assert bench.data(f"1A 00 {page} 00 0A 00", unit=0) == whole[:10]
    bare = bytes([length + 3, 0x00, 0x10, 0]) + content
    assert bench.data(f"1A 08 {page} 00 FF 00", unit=0) == bare
    ten = bytes([0, length + 14, 0x00, 0x10, 0, 0, 0, 8]) + LTO_8 + content
    assert bench.data(f"5A 00 {page} 00 000000 00FF 00", unit=0) == ten
    assert bench.data(f"5A 00 {page} 00 000000 0009 00", unit=0) == ten[:9]


def test_mode_select_changes_nothing(bench: Bench) -> None:
    assert bench.sense("15 10 0000 1C 00", unit=0) is GOOD
    assert bench.data("1A 08 0F 00 FF 00", unit=0)[4:] == COMPRESSION
    assert bench.sense("15 10 0000 1C 00") == "05/20/00"


def test_a_drive_that_cleans_does_not_unload(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.move(101, 500)
    for cdb in ("1B 000000 00 00", "1B 000000 01 00"):
        assert bench.sense(cdb, unit=0) == "02/30/03"
