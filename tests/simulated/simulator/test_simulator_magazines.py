"""A magazine that is out, in each of the ways in which libraries say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.errors import SimulatorRefused

from .simulator_bench import READY, REQUEST_SENSE, Bench

# Profile; a full slot of magazine 1; flags, ASC/ASCQ and byte 9 of its descriptor while that is
# out, None where it is left out; and what a move from it answers.
WAYS = [
    ("omitting", 1001, None, "05/21/01"),
    ("autoloader", 4096, "04 00 3B 12 00 00 00 08", "05/3B/11"),
    ("superloader", 1, "00 00 00 00 00 00 00 00", "05/3B/11"),
    ("scalar", 4096, "04 00 3B 12 00 00 00 00", "02/3B/12"),
    ("exabyte", 1, "04 00 83 02 00 00 00 00", "05/80/03"),
]


@pytest.mark.parametrize(("profile", "slot", "descriptor", "move"), WAYS)
def test_a_magazine_goes_out_and_comes_back_with_its_cartridges(
    tmp_path: Path, profile: str, slot: int, descriptor: str | None, move: str
) -> None:
    bench = Bench(tmp_path, profile)
    before, listed = bench.truth.elements, bench.elements(2)
    bench.fault("magazine-out 1")
    out = bench.truth
    assert [each.present for each in out.elements].count(False) == out.profile.magazine_size
    assert out.removed[1][slot].tag == "A00001L8"
    assert out.cartridge_at(slot) is None
    assert bench.answers(READY, 2) == ["06/3B/12", None]
    data = bench.data(f"B8 12 {slot:04X} 0001 00 00FFFF 0000")
    if descriptor is None:
        assert data[16:18] != slot.to_bytes(2, "big")
    else:
        assert data[16:28] == slot.to_bytes(2, "big") + bytes.fromhex(descriptor) + bytes(2)
        assert data[28:64].strip(b" \0") == b""
    assert bench.move(slot, out.profile.drive_base) == move
    bench.fault("magazine-in 1")
    assert bench.sense(READY) == "06/3B/13"
    assert bench.truth.elements == before
    assert bench.elements(2) == listed
    assert (bench.truth.removed, bench.truth.faults) == ({}, ())


@pytest.mark.parametrize(
    ("way", "flags", "additional"),
    [("3B/11", 0x04, "3B/11"), ("3B/12", 0x04, "3B/12"), ("83/02", 0x04, "83/02")],
)
def test_the_way_can_be_chosen(tmp_path: Path, way: str, flags: int, additional: str) -> None:
    bench = Bench(tmp_path, magazine_out=way)
    bench.fault("magazine-out 2")
    bench.sense(READY)
    element = bench.elements(2)[1012]
    assert (element.flags, element.exception) == (flags, additional)


def test_the_numbers_of_the_geometry_stay(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "omitting")
    page = bench.data("1A 08 1D 00 FF 00")
    bench.fault("magazine-out 1")
    bench.sense(READY)
    assert bench.data("1A 08 1D 00 FF 00") == page
    assert list(bench.elements(2, count=3)) == [1009, 1010, 1011]


def test_a_library_scans_a_magazine_that_came_in(tmp_path: Path) -> None:
    bench = Bench(tmp_path, inventory_seconds=40)
    bench.fault("magazine-out 1")
    bench.fault("magazine-in 1")
    bench.sense(READY)
    bench.sense(READY)
    assert bench.sense(READY) == "02/04/01"
    assert bench.sense("B8 12 0000 FFFF 00 00FFFF 0000") == "02/04/01"
    assert bench.data("1A 08 1D 00 FF 00")
    bench.clock.time += 40
    assert bench.sense(READY) is None


def test_without_any_magazine_a_superloader_is_not_ready(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "superloader")
    bench.fault("magazine-out 1")
    bench.fault("magazine-out 2")
    assert [bench.sense(READY) for _ in range(3)] == ["06/3B/12", "06/3B/12", "02/04/03"]


def test_a_cartridge_in_a_drive_stays_behind(bench: Bench) -> None:
    assert bench.move(1001, 500) is None
    bench.fault("magazine-out 1")
    bench.sense(READY)
    assert bench.tag_at("drive:0") == "A00001L8"
    assert bench.elements(4)[500].source == 1001
    assert bench.move(500, 1001) == "02/3B/12"


def test_magazines_that_cannot_be_moved(bench: Bench, tmp_path: Path) -> None:
    for words, message in (
        ("magazine-out 3", "no magazine 3"),
        ("magazine-in 1", "is not out"),
        ("magazine-out 0", "from 1 to"),
        ("magazine-out x", "must be a number"),
    ):
        bench.refuses(bench.fault, words, message)
    bench.fault("magazine-out 1")
    bench.refuses(bench.fault, "magazine-out 1", "out already")
    l700 = Bench(tmp_path / "l700", "l700")
    l700.refuses(l700.fault, "magazine-out 1", "no magazine 1")


def test_clearing_brings_it_back_unannounced(bench: Bench) -> None:
    before = bench.truth
    bench.fault("magazine-out 1")
    bench.fault("magazine-out 2")
    bench.fault("clear")
    assert bench.sense(READY) is None
    assert bench.truth.elements == before.elements
    bench.fault("magazine-out 1")
    bench.fault("clear magazine-out")
    assert [str(fault) for fault in bench.truth.faults] == ["unit-attention 06/3B/12 1"]


def test_a_person_changes_a_magazine(bench: Bench) -> None:
    bench.operate("swap-magazine 2 B00001L8 - CLN007CU")
    assert bench.sense(READY) == "06/3B/12"
    assert bench.sense(READY) == "06/3B/13"
    assert [bench.tag_at(str(slot)) for slot in range(7, 13)] == [
        "B00001L8", None, "CLN007CU", None, None, None
    ]  # fmt: skip
    with pytest.raises(SimulatorRefused, match="holds 6 at most"):
        bench.operate("swap-magazine 1 a b c d e f g")
    assert bench.tag_at("1") == "A00001L8"


def test_request_sense_tells_the_unit_attention(bench: Bench) -> None:
    bench.fault("magazine-out 1")
    assert bench.data("12 00 00 00FF 00")
    assert bench.data(REQUEST_SENSE) == bytes.fromhex(
        "70 00 06 00000000 0A 00000000 3B 12 00 000000"
    )
    assert bench.data("03 010000 FF 00") == bytes.fromhex("72 00 00 00 000000 00")


def test_a_first_magazine_may_be_shorter(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "ts3100")
    left = range(4096, 4107)
    bench.fault("magazine-out 1")
    out = {each.address for each in bench.truth.elements if not each.present}
    assert out == {*left}
    bench.fault("magazine-in 1")
    bench.fault("magazine-out 2")
    out = {each.address for each in bench.truth.elements if not each.present}
    assert out == {*range(4107, 4119)}
    bench.refuses(bench.fault, "magazine-out 3", "has no magazine 3")


def test_a_first_magazine_has_a_slot(tmp_path: Path) -> None:
    for lacking in (-1, 6):
        with pytest.raises(SimulatorRefused, match="at least one slot"):
            Bench(tmp_path, first_magazine_lacks=lacking)


@pytest.mark.parametrize(
    ("profile", "slot", "answer"),
    [("exabyte", 1, "00/00/00"), ("scalar", 4096, "02/3B/12"), ("autoloader", 4096, "05/3B/11")],
)
def test_the_robot_is_not_positioned_at_a_magazine_that_is_out(
    tmp_path: Path, profile: str, slot: int, answer: str
) -> None:
    bench = Bench(tmp_path, profile)
    position = f"2B 00 0000 {slot:04X} 0000 00 00"
    assert bench.sense(position) is None
    bench.fault("magazine-out 1")
    bench.fault("clear unit-attention")
    assert bench.sense(position) == answer
