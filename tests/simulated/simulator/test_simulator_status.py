"""READ ELEMENT STATUS of virtual libraries, byte by byte against SMC-3."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator_bench import Bench, descriptors, number, sense, tag_field

SLOTS = "B8 {type:02X} {start:04X} {count:04X} {flags:02X} {length:06X} 0000"


def query(
    kind: int,
    *,
    voltag: bool = False,
    start: int = 0,
    count: int = 0xFFFF,
    flags: int = 0,
    length: int = 0xFFFF,
) -> str:
    return SLOTS.format(
        type=kind | voltag << 4, start=start, count=count, flags=flags, length=length
    )


def test_storage_elements_with_volume_tags(tmp_path: Path) -> None:
    bench = Bench(tmp_path, slots=2, data_cartridges=1, free_slots=())
    assert bench.data(query(2, voltag=True)) == b"".join([
        bytes.fromhex("03E9 0002 00 000070"),  # first 1001, 2 elements, 8 + 2 * 52 bytes
        bytes.fromhex("02 80 0034 00 000068"),  # storage, PVOLTAG, 52 each, 104 bytes
        bytes.fromhex("03E9 09 00 00 00 00 00 00 01 0000"),  # ACCESS, FULL; data cartridge
        tag_field("A00001L8"),
        bytes(4),
        bytes.fromhex("03EA 08 00 00 00 00 00 00 00 0000"),
        tag_field(""),
        bytes(4),
    ])  # fmt: skip


def test_without_voltag_the_descriptors_have_no_tag_field(tmp_path: Path) -> None:
    bench = Bench(tmp_path, slots=2, data_cartridges=1, free_slots=())
    assert bench.data(query(2)) == bytes.fromhex(
        "03E9 0002 00 000028"
        "02 00 0010 00 000020"
        "03E9 09 00 00 00 00 00 00 01 0000 00000000"
        "03EA 08 00 00 00 00 00 00 00 0000 00000000"
    )


def test_mail_slots_say_that_the_operator_filled_them(bench: Bench) -> None:
    data = bench.data(query(3))
    # EXENAB, INENAB, ACCESS, IMPEXP, FULL; medium type 2: cleaning.
    assert data[16:32] == bytes.fromhex("0065 3B 00 00 00 00 00 00 02 0000 00000000")
    assert data[32:48] == bytes.fromhex("0066 38 00 00 00 00 00 00 00 0000 00000000")


def test_the_transport_element_has_no_access_bit(bench: Bench) -> None:
    assert bench.data(query(1)) == bytes.fromhex(
        "0001 0001 00 000018 01 00 0010 00 000010 0001 00 00 00 00 00 00 00 00 0000 00000000"
    )


def test_a_loaded_drive_names_its_source(bench: Bench) -> None:
    assert bench.move(1002, 500) is None
    drive = bench.data(query(4, voltag=True, count=1))[16:]
    # SVALID, data cartridge, from 1002.
    assert drive == bytes.fromhex("01F4 09 00 00 00 00 00 00 81 03EA") + tag_field(
        "A00002L8"
    ) + bytes(4)


def test_dvcid_appends_vendor_product_and_serial(tmp_path: Path) -> None:
    bench = Bench(tmp_path, drive_vendor="HP", drive_product="Ultrium", drive_serial="HU1")
    data = bench.data(query(4, flags=1))
    assert data[8:16] == bytes.fromhex("04 00 0032 00 000064")  # 12 + 4 + 34 = 50 bytes each
    # Code set 2 (ASCII), identifier type 1 (T10 vendor), 34 bytes.
    assert data[28:66] == bytes.fromhex("02 01 00 22") + b"HP      Ultrium         HU1000    "
    assert data[78:] == bytes.fromhex("02 01 00 22") + b"HP      Ultrium         HU1001    "


def test_identifier_type_0_is_the_serial_number_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, drives=1, drive_serial="HU1", identifier_type=0)
    data = bench.data(query(4, flags=1))
    assert data[28:] == bytes.fromhex("02 00 00 0A") + b"HU1000    "


def test_dvcid_on_slots_brings_an_empty_identifier(bench: Bench) -> None:
    assert bench.data(query(2, flags=1, count=1))[28:] == bytes(4)


def test_ibm_hides_the_status_in_a_dvcid_reply(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "ts3500")
    assert bench.move(0x401, 0x101) is None
    assert bench.elements(4)[0x101].flags == 0x09
    assert bench.elements(4, dvcid=True)[0x101].flags == 0x04
    assert bench.elements(4, dvcid=True)[0x101].exception == "00/00"


def test_type_0_brings_every_type_in_its_own_page(bench: Bench) -> None:
    data = bench.data(query(0, voltag=True))
    assert data[:8] == (1).to_bytes(2, "big") + (17).to_bytes(2, "big") + (
        17 * 52 + 4 * 8
    ).to_bytes(4, "big")
    kinds = [element.kind for element in descriptors(data).values()]
    assert kinds == [1] + [2] * 12 + [3] * 2 + [4] * 2


def test_type_0_in_order_of_address_and_in_several_pages_of_one_type(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "omitting")
    data = bench.data(query(0))
    assert list(descriptors(data)) == sorted(descriptors(data))
    slots = bench.data(query(2))
    assert number(slots[2:4]) == 24
    assert slots[8:16] == bytes.fromhex("02 00 0010 00 000050")  # five descriptors in a page
    assert slots[96:104] == bytes.fromhex("02 00 0010 00 000050")


def test_the_start_is_a_minimum_and_the_count_a_maximum(bench: Bench) -> None:
    assert list(bench.elements(2, start=1003, count=2)) == [1003, 1004]
    assert list(bench.elements(2, start=7, count=1)) == [1001]
    assert list(bench.elements(2, start=1012)) == [1012]
    assert list(bench.elements(0, start=500, count=3)) == [1001, 1002, 1003]


@pytest.mark.parametrize(
    ("profile", "answer"), [("demo", None), ("omitting", "05/21/01"), ("l700", "05/24/00")]
)
def test_no_matching_element(tmp_path: Path, profile: str, answer: str | None) -> None:
    bench = Bench(tmp_path, profile)
    assert bench.sense(query(2, start=0xFFF0)) == answer
    if answer is None:
        assert bench.data(query(2, start=0xFFF0)) == bytes(8)
        assert bench.data(query(2, count=0)) == bytes(8)


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
    ("profile", "cdb"),
    [
        ("p3000", query(0)),
        ("bare", query(0)),
        ("bare", query(2, voltag=True)),
        ("bare", query(2, flags=2)),
        ("p3000", query(4, flags=1)),
        ("exabyte", query(4, voltag=True, flags=1)),
        ("superloader", query(2, flags=1)),
        ("demo", query(5)),
    ],
)
def test_fields_that_a_model_refuses(tmp_path: Path, profile: str, cdb: str) -> None:
    assert Bench(tmp_path, profile).sense(cdb) == "05/24/00"


@pytest.mark.parametrize(
    ("profile", "cdb"),
    [("bare", query(2)), ("exabyte", query(4, flags=1)), ("superloader", query(4, flags=1))],
)
def test_the_same_models_without_those_fields(tmp_path: Path, profile: str, cdb: str) -> None:
    assert sense(Bench(tmp_path, profile).send(cdb)) is None


def test_tags_that_the_library_cannot_read(tmp_path: Path) -> None:
    blank = Bench(tmp_path / "blank", volume_tags="blank")
    data = blank.data(query(2, voltag=True, count=1))
    assert (data[9], data[28:64]) == (0x80, tag_field(""))
    ignoring = Bench(tmp_path / "ignoring", volume_tags="ignored")
    assert ignoring.data(query(2, voltag=True, count=1))[9:12] == bytes.fromhex("00 0010")


def test_alternate_tags_with_the_field_and_without(tmp_path: Path) -> None:
    honest = Bench(tmp_path / "honest", alternate_tags="field")
    data = honest.data(query(2, voltag=True, count=1))
    assert data[9:12] == bytes.fromhex("C0 0058")  # 12 + 36 + 36 + 4
    mhvtl = Bench(tmp_path / "mhvtl", "l700")
    data = mhvtl.data(query(2, voltag=True, count=1))
    assert data[9:12] == bytes.fromhex("C0 0034")
    assert data[28:64] == b"A00001L8".ljust(36)


def test_vendor_bytes_and_missing_bytes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storage_excess=-2, drive_excess=8)
    assert number(bench.data(query(2, voltag=True))[10:12]) == 50
    assert number(bench.data(query(4, voltag=True))[10:12]) == 60


def test_scsi_2_drive_addresses(tmp_path: Path) -> None:
    data = Bench(tmp_path, "exabyte").data(query(4))
    assert (data[22:24], data[38:40]) == (bytes.fromhex("3001"), bytes.fromhex("3002"))


def test_cleaner_styles(tmp_path: Path) -> None:
    by_type = Bench(tmp_path / "a", cleaner_in_mail=False, slots=12, free_slots=())
    assert by_type.element(1007) is not None
    cleaner = by_type.elements(2)[1007]
    assert (cleaner.tag, cleaner.byte_9 & 7, cleaner.exception) == ("CLN001CU", 2, None)
    tl2000 = Bench(tmp_path / "b", "autoloader", cleaners=1)
    cleaner = tl2000.elements(2)[4100]
    assert (cleaner.full, cleaner.byte_9 & 7, cleaner.exception) == (True, 2, "30/03")
    ts3500 = Bench(tmp_path / "c", "ts3500")
    cleaner = ts3500.elements(2)[0x401 + 30]
    assert (cleaner.full, cleaner.byte_9 & 7, cleaner.exception) == (True, 0, "30/03")


def test_a_home_slot_of_a_cleaner_in_use_is_flagged(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "p3000", cleaning_seconds=10)
    assert bench.elements(2)[1021].exception == "30/03"
    assert bench.move(1021, 500) is None
    home = bench.elements(2)[1021]
    assert (home.full, home.access, home.exception) == (False, False, "30/03")


def test_a_spent_cleaner_is_flagged(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "p3000")
    bench.operate("insert CLN009CU 30 cleans=0")
    assert bench.sense("00 0000000000") == "06/28/00"
    assert bench.elements(2)[1030].exception == "5A/01"


def test_accessible_only_while_unloaded(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "p3000")
    assert bench.elements(4)[500].access
    assert bench.move(1001, 500) is None
    assert not bench.elements(4)[500].access


def test_an_element_type_without_elements_is_an_empty_report(tmp_path: Path) -> None:
    assert Bench(tmp_path, "bare").data(query(3)) == bytes(8)
