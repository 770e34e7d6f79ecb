"""Drives of several families in one virtual library, and the cleaners that fit them or do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from changer.errors import SimulatorRefused
from changer.simulator.creation import create, parse_override
from changer.simulator.state_format import dump_state, load_state

from .simulator_bench import ALERTS, INQUIRY, Bench, number

TEST_UNIT_READY = "00 00 00 00 00 00"
LTO, DLT = 500, 501
CLEANERS = {"CLN001CU": 1009, "CLN002S": 1010}
INVALID_CLEANER = 23


@pytest.fixture
def mixed(tmp_path: Path) -> Bench:
    return Bench(tmp_path, "two-families", cleaning_seconds=120.0)


def alerts(bench: Bench, unit: int) -> list[int]:
    """The TapeAlert flags that are set."""
    data = bench.data(ALERTS, unit=unit)[4:]
    parameters = [data[at : at + 5] for at in range(0, len(data), 5)]
    return [number(each[:2]) for each in parameters if each[4]]


def test_each_drive_says_what_it_is(mixed: Bench) -> None:
    assert mixed.data(INQUIRY, unit=0)[8:] == b"IBM     ULT3580-TD8     HB82"
    assert mixed.data(INQUIRY, unit=1)[8:] == b"QUANTUM SDLT320         5555"


def test_library_names_each_drive_as_it_names_itself(mixed: Bench) -> None:
    for unit, drive in enumerate(mixed.elements(4, dvcid=True).values()):
        assert drive.rest[40:64] == mixed.data(INQUIRY, unit=unit)[8:32]


def test_each_drive_has_its_own_density(mixed: Bench) -> None:
    assert [mixed.data("44 00 0000000000 FFFF 00", unit=unit)[4] for unit in (0, 1)] == [0x5E, 0x49]
    assert [mixed.data("1A 00 00 00 FF 00", unit=unit)[4] for unit in (0, 1)] == [0x5E, 0x49]


def test_there_is_a_cleaner_of_each_family_with_as_many_cleans(mixed: Bench) -> None:
    found = {tag: mixed.truth.cartridge_at(address) for tag, address in CLEANERS.items()}
    assert {tag: each and each.tag for tag, each in found.items()} == {it: it for it in CLEANERS}
    assert [each and each.cleans_allowed for each in found.values()] == [50, 20]


@pytest.mark.parametrize(("tag", "unit"), [("CLN001CU", 0), ("CLN002S", 1)])
def test_cleaner_cleans_a_drive_of_its_family(mixed: Bench, tag: str, unit: int) -> None:
    assert mixed.move(CLEANERS[tag], LTO + unit) is None
    assert mixed.sense(TEST_UNIT_READY, unit=unit) == "02/30/03"
    mixed.clock.sleep(120)
    assert mixed.truth.drives[unit].cleaned == 1


@pytest.mark.parametrize(("tag", "unit"), [("CLN001CU", 1), ("CLN002S", 0)])
def test_drive_throws_out_a_cleaner_of_another_family(mixed: Bench, tag: str, unit: int) -> None:
    mixed.fault(f"wants-cleaning drive:{unit}")
    alerts(mixed, unit)
    assert mixed.move(CLEANERS[tag], LTO + unit) is None
    assert mixed.sense(TEST_UNIT_READY, unit=unit) == "02/3A/00"
    assert alerts(mixed, unit) == [INVALID_CLEANER]
    truth = mixed.truth
    assert (truth.drives[unit].cleaned, truth.drives[unit].wants_cleaning) == (0, 1)
    thrown_out = truth.cartridge_at(LTO + unit)
    assert thrown_out is not None and thrown_out.cleans_used == 0
    assert mixed.move(LTO + unit, CLEANERS[tag]) is None


@pytest.mark.parametrize("tag", ["CLN009", "CLNX"])
def test_cleaner_whose_label_tells_no_family_fits_every_drive(mixed: Bench, tag: str) -> None:
    mixed.operate("remove CLN001CU")
    mixed.operate(f"insert {tag} 12")
    mixed.answers(TEST_UNIT_READY)  # its unit attentions
    for drive in (LTO, DLT):
        assert mixed.move(1012, drive) is None
        mixed.clock.sleep(120)
        assert mixed.truth.drives[drive - LTO].cleaned == 1
        assert mixed.move(drive, 1012) is None


def test_drives_take_turns_where_there_are_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "two-families", drives=5, cleaners=4)
    products = [bench.data(INQUIRY, unit=unit)[16:32].split()[0] for unit in range(5)]
    assert products == [b"ULT3580-TD8", b"SDLT320"] * 2 + [b"ULT3580-TD8"]
    tags = [each.cartridge.tag for each in bench.truth.elements if each.cartridge]
    assert [tag for tag in tags if tag.startswith("CLN")] == [
        *("CLN001CU", "CLN002S", "CLN003CU", "CLN004S")
    ]


def test_drives_that_change_bays_stay_what_they_are(mixed: Bench) -> None:
    mixed.operate("swap-drives 0 1")
    mixed.answers(TEST_UNIT_READY)  # its unit attention
    assert mixed.data(INQUIRY, unit=1)[16:27] == b"ULT3580-TD8"
    assert mixed.move(CLEANERS["CLN001CU"], DLT) is None
    assert mixed.sense(TEST_UNIT_READY, unit=1) == "02/30/03"
    assert mixed.elements(4, dvcid=True)[DLT].rest[48:59] == b"ULT3580-TD8"


def test_any_library_can_have_drives_of_two_families(tmp_path: Path) -> None:
    models = dict([parse_override("drive_models=dlt,lto")])
    bench = Bench(tmp_path, "demo", **models)
    assert bench.data(INQUIRY, unit=0)[16:23] == b"SDLT320"
    assert bench.truth.place_of("CLN001S") == "mail:1"


def test_nine_drives_and_two_cleaners_are_a_matter_of_options(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "demo", slots=24, drives=9, cleaners=2, cleaner_in_mail=False)
    assert len(bench.truth.drives) == 9
    assert {bench.truth.place_of(tag) is None for tag in ("CLN001CU", "CLN002CU")} == {False}


def test_unknown_kind_of_drive_is_refused() -> None:
    with pytest.raises(SimulatorRefused, match="drive_models can't be 'lto,vhs'"):
        parse_override("drive_models=lto,vhs")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vendor", "TOO LONG A NAME"),
        ("product", "\n"),
        ("density", 1),
        ("family", "vhs"),
        ("cleans_allowed", -1),
        ("cleans_allowed", "50"),
        ("colour", "grey"),
    ],
)
def test_damaged_kind_of_drive_is_refused(tmp_path: Path, field: str, value: object) -> None:
    create("x", folder=tmp_path, profile="two-families")
    path = tmp_path / "x.json"
    content = json.loads(path.read_text())
    content["profile"]["drive_models"][1][field] = value
    with pytest.raises(SimulatorRefused):
        load_state("x", json.dumps(content).encode())


def test_library_saved_after_drives_changed_bays_is_read_again(mixed: Bench) -> None:
    mixed.operate("swap-drives 0 1")
    text = (mixed.folder / f"{mixed.name}.json").read_bytes()
    assert dump_state(load_state(mixed.name, text)) == text
    content = json.loads(text)
    content["drives"][0]["model"]["density"] = 1
    with pytest.raises(SimulatorRefused):
        load_state(mixed.name, json.dumps(content).encode())
