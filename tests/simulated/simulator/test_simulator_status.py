"""READ ELEMENT STATUS of virtual libraries, byte by byte against SMC-3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .simulator_bench import Bench, descriptors, number, tag_field

h = bytes.fromhex
# Two slots, the first of them full.
TWO: dict[str, Any] = {"slots": 2, "data_cartridges": 1, "free_slots": ()}
DRIVE = {"drive_vendor": "HP", "drive_product": "Ultrium", "drive_serial": "HU1"}


def query(
    kind: int,
    *,
    voltag: bool = False,
    start: int = 0,
    count: int = 0xFFFF,
    flags: int = 0,
    length: int = 0xFFFF,
) -> str:
    return f"B8 {kind | voltag << 4:02X} {start:04X} {count:04X} {flags:02X} {length:06X} 0000"


def test_storage_elements_with_volume_tags(tmp_path: Path) -> None:
    bench = Bench(tmp_path, **TWO)
    assert bench.data(query(2, voltag=True)) == b"".join([
        h("03E9 0002 00 000070"),  # first 1001, 2 elements, 8 + 2 * 52 bytes
        h("02 80 0034 00 000068"),  # storage, PVOLTAG, 52 each, 104 bytes
        h("03E9 09 00 00 00 00 00 00 01 0000"),  # ACCESS, FULL; data cartridge
        tag_field("A00001L8"),
        bytes(4),
        h("03EA 08 00 00 00 00 00 00 00 0000"),
        tag_field(""),
        bytes(4),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "fields", "cdb", "at", "expected"),
    [
        # Without VOLTAG the descriptors have no tag field.
        ("demo", TWO, query(2), 0, h(
            "03E9 0002 00 000028"
            "02 00 0010 00 000020"
            "03E9 09 00 00 00 00 00 00 01 0000 00000000"
            "03EA 08 00 00 00 00 00 00 00 0000 00000000")),
        # Mail slots: EXENAB, INENAB, ACCESS, IMPEXP, FULL; medium type 2: cleaning.
        ("demo", {}, query(3), 16, h(
            "0065 3B 00 00 00 00 00 00 02 0000 00000000"
            "0066 38 00 00 00 00 00 00 00 0000 00000000")),
        # The transport has no ACCESS.
        ("demo", {}, query(1), 0, h(
            "0001 0001 00 000018 01 00 0010 00 000010"
            "0001 00 00 00 00 00 00 00 00 0000 00000000")),
        # DVCID: 12 + 4 + 34 = 50 bytes each; code set 2 (ASCII), type 1 (T10 vendor), 34 bytes.
        ("demo", DRIVE, query(4, flags=1), 8, h("04 00 0032 00 000064")),
        ("demo", DRIVE, query(4, flags=1), 28,
         h("02 01 00 22") + b"HP      Ultrium         HU1000    "),
        ("demo", DRIVE, query(4, flags=1), 78,
         h("02 01 00 22") + b"HP      Ultrium         HU1001    "),
        # Identifier type 0: the serial number alone.
        ("demo", {"drives": 1, "drive_serial": "HU1", "identifier_type": 0}, query(4, flags=1), 28,
         h("02 00 00 0A") + b"HU1000    "),
        # DVCID on slots brings an empty identifier.
        ("demo", {}, query(2, flags=1, count=1), 28, bytes(4)),
        # Tags that the library can't read, or does not report.
        ("demo", {"volume_tags": "blank"}, query(2, voltag=True, count=1), 9, h("80")),
        ("demo", {"volume_tags": "blank"}, query(2, voltag=True, count=1), 28, tag_field("")),
        ("demo", {"volume_tags": "ignored"}, query(2, voltag=True, count=1), 9, h("00 0010")),
        # Alternate tags with the field, 12 + 36 + 36 + 4 bytes, and without.
        ("demo", {"alternate_tags": "field"}, query(2, voltag=True, count=1), 9, h("C0 0058")),
        ("l700", {}, query(2, voltag=True, count=1), 9, h("C0 0034")),
        ("l700", {}, query(2, voltag=True, count=1), 28, b"A00001L8".ljust(36)),
        # Bytes that are missing, and bytes of the vendor.
        ("demo", {"storage_excess": -2}, query(2, voltag=True), 10, h("0032")),
        ("demo", {"drive_excess": 8}, query(4, voltag=True), 10, h("003C")),
        # SCSI-2 addresses of drives.
        ("exabyte", {}, query(4), 22, h("3001")),
        ("exabyte", {}, query(4), 38, h("3002")),
        # Five descriptors in a page.
        ("omitting", {}, query(2), 0, h("03E9 0018")),
        ("omitting", {}, query(2), 8, h("02 00 0010 00 000050")),
        ("omitting", {}, query(2), 96, h("02 00 0010 00 000050")),
    ],
)  # fmt: skip
def test_bytes_of_a_reply(
    tmp_path: Path, profile: str, fields: dict[str, Any], cdb: str, at: int, expected: bytes
) -> None:
    data = Bench(tmp_path, profile, **fields).data(cdb)
    assert data[at : at + len(expected)] == expected
    assert len(data) == 8 + number(data[5:8])


def test_a_loaded_drive_names_its_source(bench: Bench) -> None:
    assert bench.move(1002, 500) is None
    drive = bench.data(query(4, voltag=True, count=1))[16:]
    # SVALID, data cartridge, from 1002.
    fixed = h("01F4 09 00 00 00 00 00 00 81 03EA")
    assert drive == fixed + tag_field("A00002L8") + bytes(4)


def test_ibm_hides_the_status_in_a_dvcid_reply(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "ts3500")
    assert bench.move(0x401, 0x101) is None
    assert bench.elements(4)[0x101].flags == 0x09
    assert bench.elements(4, dvcid=True)[0x101].flags == 0x04
    assert bench.elements(4, dvcid=True)[0x101].exception == "00/00"


def test_type_0_brings_every_type_in_its_own_page(bench: Bench, tmp_path: Path) -> None:
    data = bench.data(query(0, voltag=True))
    assert data[:8] == h("0001 0011") + (17 * 52 + 4 * 8).to_bytes(4, "big")
    kinds = [element.kind for element in descriptors(data).values()]
    assert kinds == [1] + [2] * 12 + [3] * 2 + [4] * 2
    by_address = Bench(tmp_path / "other", "omitting").data(query(0))
    assert list(descriptors(by_address)) == sorted(descriptors(by_address))


def test_the_start_is_a_minimum_and_the_count_a_maximum(bench: Bench) -> None:
    assert list(bench.elements(2, start=1003, count=2)) == [1003, 1004]
    assert list(bench.elements(2, start=7, count=1)) == [1001]
    assert list(bench.elements(2, start=1012)) == [1012]
    assert list(bench.elements(0, start=500, count=3)) == [1001, 1002, 1003]


def test_a_short_allocation_brings_whole_descriptors_and_unadjusted_counts(bench: Bench) -> None:
    whole = bench.data(query(0, voltag=True))
    boundaries = {8, 16}
    offset = 8
    for count in (1, 12, 2, 2):
        boundaries |= {offset + 8 + 52 * each for each in range(count + 1)}
        offset += 8 + 52 * count
    for length in range(len(whole) + 2):
        data = bench.data(query(0, voltag=True, length=length))
        expected = max((b for b in boundaries if b <= length), default=0)
        assert data == whole[: expected if length >= 8 else length]


def test_a_model_that_honours_only_the_low_16_bits_of_the_allocation(tmp_path: Path) -> None:
    bench = Bench(tmp_path, allocation_low_16_bits=True)
    assert bench.data(query(2, length=0x010000)) == b""
    assert len(bench.data(query(2, length=0x01FFFF))) == 8 + 8 + 12 * 16


def test_a_model_that_caps_the_count(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "large")
    slots = descriptors(bench.data(query(2, length=0xFFFF)))
    assert len(slots) == 1000
    assert next(iter(bench.elements(2, start=2001))) == 2001


@pytest.mark.parametrize(
    ("profile", "cdb", "answer"),
    [
        ("p3000", query(0), "05/24/00"),
        ("bare", query(0), "05/24/00"),
        ("bare", query(2), None),
        ("bare", query(2, voltag=True), "05/24/00"),
        ("bare", query(2, flags=2), "05/24/00"),
        ("p3000", query(4, flags=1), "05/24/00"),
        ("exabyte", query(4, flags=1), None),
        ("exabyte", query(4, voltag=True, flags=1), "05/24/00"),
        ("superloader", query(4, flags=1), None),
        ("superloader", query(2, flags=1), "05/24/00"),
        ("demo", query(5), "05/24/00"),
        # No element meets the request; or the library has none of the type.
        ("demo", query(2, start=0xFFF0), bytes(8)),
        ("demo", query(2, count=0), bytes(8)),
        ("omitting", query(2, start=0xFFF0), "05/21/01"),
        ("l700", query(2, start=0xFFF0), "05/24/00"),
        ("bare", query(3), bytes(8)),
    ],
)
def test_what_a_model_refuses(
    tmp_path: Path, profile: str, cdb: str, answer: bytes | str | None
) -> None:
    Bench(tmp_path, profile).expect(answer, cdb)


# cleaners


@pytest.mark.parametrize(
    ("profile", "fields", "address", "medium_type", "exception"),
    [
        ("demo", {"cleaner_in_mail": False, "slots": 12, "free_slots": ()}, 1007, 2, None),
        ("autoloader", {"cleaners": 1}, 4100, 2, "30/03"),
        ("ts3500", {}, 0x401 + 30, 0, "30/03"),
    ],
)
def test_a_cleaner_is_told_by_its_medium_type_or_by_an_exception(
    tmp_path: Path,
    profile: str,
    fields: dict[str, Any],
    address: int,
    medium_type: int,
    exception: str | None,
) -> None:
    cleaner = Bench(tmp_path, profile, **fields).elements(2)[address]
    assert (cleaner.full, cleaner.tag) == (True, "CLN001CU")
    assert (cleaner.byte_9 & 7, cleaner.exception) == (medium_type, exception)


def test_quirks_of_a_p3000(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "p3000", cleaning_seconds=10)
    # The home slot of a cleaner in use is flagged.
    assert bench.elements(2)[1021].exception == "30/03"
    assert bench.move(1021, 500) is None
    home = bench.elements(2)[1021]
    assert (home.full, home.access, home.exception) == (False, False, "30/03")
    # A spent cleaner is flagged.
    bench.operate("insert CLN009CU 30 cleans=0")
    assert bench.sense("00 0000000000") == "06/28/00"
    assert bench.elements(2)[1030].exception == "5A/01"
    # A drive is accessible only while it is unloaded.
    assert bench.elements(4)[501].access
    assert bench.move(1001, 501) is None
    assert not bench.elements(4)[501].access
