"""What a person does to a virtual library with their hands."""

from __future__ import annotations

from pathlib import Path

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.errors import SimulatorRefused
from changer.simulator.operator_actions import ACTIONS, parse_action

from .simulator_bench import GOOD, READY, Bench


def test_a_cartridge_comes_into_a_mail_slot(bench: Bench) -> None:
    bench.operate("put B00001L8")
    assert bench.sense(READY) == "06/28/01"
    element = bench.elements(3)[102]
    assert (element.tag, element.flags, element.byte_9) == ("B00001L8", 0x3B, 0x01)


def test_a_cleaning_cartridge_is_known_by_its_prefix(bench: Bench) -> None:
    bench.operate("put CLN033L8 mail:2 cleans=3")
    cleaner = bench.truth.cartridge_at("mail:2")
    assert cleaner is not None
    assert (cleaner.medium_type, cleaner.cleans_allowed - cleaner.cleans_used) == (2, 3)


def test_a_cartridge_without_a_label(bench: Bench) -> None:
    bench.operate("put - mail:2")
    bench.sense(READY)
    element = bench.elements(3)[102]
    assert (element.full, element.tag) == (True, "")


@pytest.mark.parametrize("words", ["take", "take mail:1", "take CLN001CU"])
def test_a_cartridge_is_taken_out(bench: Bench, words: str) -> None:
    bench.operate(words)
    assert bench.sense(READY) == "06/28/01"
    assert bench.elements(3)[101].flags == 0x38
    assert bench.truth.place_of("CLN001CU") is None


def test_mhvtl_leaves_something_behind(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "l700")
    assert bench.move(1000, 10) is GOOD
    bench.operate("take")
    bench.sense(READY)
    element = bench.elements(3)[10]
    assert (element.full, element.byte_9, element.source) == (False, 0x81, 1000)
    assert bench.sense("07 0000000000") is GOOD
    assert bench.elements(3)[10].byte_9 == 0
    bench.operate("put B00001L8")
    bench.operate("take")
    bench.operate("put C00001L8")
    bench.fault("clear")
    assert bench.elements(3)[10].tag == "C00001L8"


def test_through_the_door(bench: Bench) -> None:
    bench.operate("insert B00001L8 12")
    assert bench.sense(READY) == "06/28/00"
    bench.operate("remove 1")
    bench.operate("swap 2 11")
    assert [bench.sense(READY) for _ in range(3)] == ["06/28/00", "06/28/00", GOOD]
    assert [bench.tag_at(slot) for slot in ("1", "2", "11", "12")] == [
        None, None, "A00002L8", "B00001L8"
    ]  # fmt: skip


def test_a_drive_by_hand(bench: Bench) -> None:
    bench.operate("insert B00001L8 drive:0")
    assert bench.truth.drives[0].phase.value == "loading"
    bench.operate("swap drive:0 1")
    assert bench.tag_at("drive:0") == "A00001L8"
    bench.operate("remove drive:0")
    assert bench.truth.drives[0].phase.value == "empty"


def _serial(bench: Bench, drive: int) -> tuple[str, str, str]:
    """As the library reports it, as the drive does, and in truth."""
    bench.sense(READY)
    identifier = bench.elements(4, dvcid=True)[500 + drive].rest
    own = bench.data("12 01 80 00FF 00", unit=drive)[4:]
    return identifier.decode()[-10:].strip(), own.decode(), bench.truth.drives[drive].serial


def test_two_drives_change_bays(bench: Bench) -> None:
    bench.move(1001, 501)
    first, second = _serial(bench, 0), _serial(bench, 1)
    assert first[0] != second[0]
    bench.fault("tape-alert 20 drive:1")
    bench.fault("cleaning-fails drive:1")
    bench.operate("swap-drives 0 1")
    assert bench.sense(READY) == "06/3B/1B"
    assert (_serial(bench, 0), _serial(bench, 1)) == (second, first)
    assert (bench.tag_at("drive:0"), bench.tag_at("drive:1")) == ("A00001L8", None)
    assert (bench.truth.drives[0].flags, bench.truth.drives[1].flags) == ((20,), ())
    assert [str(fault) for fault in bench.truth.faults] == ["cleaning-fails drive:0 error"]
    bench.operate("swap-drives 0 1")
    assert (_serial(bench, 0), _serial(bench, 1)) == (first, second)


def test_a_drive_is_replaced(bench: Bench) -> None:
    bench.fault("wants-cleaning drive:1")
    bench.operate("replace-drive 1 NEW0000001")
    assert _serial(bench, 1) == ("NEW0000001",) * 3
    assert bench.truth.drives[1].wants_cleaning == 0
    bench.move(1001, 501)
    bench.refuses(bench.operate, "replace-drive 1 NEW2", "drive 1 holds A00001L8")


def test_two_cartridges_with_one_label(bench: Bench) -> None:
    bench.operate("insert A00001L8 12")
    bench.operate("put A00001L8 mail:2")
    for _ in range(2):
        bench.sense(READY)
    found = [address for address, each in bench.elements().items() if each.tag == "A00001L8"]
    assert found == [1001, 1012, 102]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "no action given"),
        ("puts A1", "did you mean 'put'"),
        ("put", "the volume tag is missing"),
        ("put A1 mail:1", "bench has no empty mail slot"),
        ("put A1 5", "5 is not a mail slot"),
        ("put A1 mail:9", "has no mail 9"),
        ("put A1 cleans=3", "can't have that many cleanings left: 3"),
        ("put CLN1 cleans=51", "cleanings left: 51 is more than 50"),
        ("put CLN1 cleans=x", "cleans=N"),
        ("put A1 mail:2 mail:2", "cleans=N"),
        (f"put {'A' * 33}", "at most 32"),
        ("put ÄÖÜ", "at most 32"),
        ("take mail:2", "bench has no full mail slot"),
        ("take 5", "5 is not a mail slot"),
        ("insert A1 1", "1 is full (A00001L8)"),
        ("insert A1", "the place is missing"),
        ("remove 12", "12 is empty"),
        ("remove nothing", "no cartridge 'nothing'"),
        ("swap 1", "the place is missing"),
        ("swap 1 2 3", "unexpected argument"),
        ("swap-magazine 9", "no magazine 9"),
        ("swap-drives 0", "the drive is missing"),
        ("swap-drives 0 2", "bench has no drive 2"),
        ("replace-drive 0", "the serial number is missing"),
        ("replace-drive 2 NEW", "bench has no drive 2"),
        ("replace-drive 0 NEW00000001", "at most 10"),
        ("replace-drive 0 NÄW", "at most 10"),
    ],
)
def test_what_nobody_can_do(bench: Bench, words: str, message: str) -> None:
    bench.refuses(bench.operate, words, message)


def test_what_is_full_or_missing_takes_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.operate("put A00010L8")
    bench.refuses(bench.operate, "put A00011L8", "no empty mail slot")
    bench.fault("magazine-out 2")
    bench.refuses(bench.operate, "insert B00001L8 12", "is out")
    bench.refuses(bench.operate, "swap 1 12", "is out")
    bare = Bench(tmp_path / "bare", "bare")
    bare.refuses(bare.operate, "put A00010L8", "no empty mail slot")


_WORDS = st.sampled_from(
    [*ACTIONS, "A1", "-", "mail:1", "5", "cleans=2", "cleans=²", "", "drive:0"]
)


@examples(100)
@given(st.lists(_WORDS | st.text(max_size=8), max_size=5))
def test_any_words_make_an_action_or_are_refused(words: list[str]) -> None:
    try:
        action = parse_action(words)
    except SimulatorRefused:
        return
    assert action.name == words[0]


def test_what_is_laid_by_hand_is_marked_in_mail_slots_alone(bench: Bench) -> None:
    for tag, place in (("B1", "12"), ("B2", "drive:0"), ("B3", "mail:2"), ("B4", "picker")):
        bench.operate(f"insert {tag} {place}")
    bench.operate("swap 1 drive:1")
    placed = {e.place: e.cartridge.operator_placed for e in bench.truth.elements if e.cartridge}
    assert {place for place, is_placed in placed.items() if is_placed} == {"mail:1", "mail:2"}
    bench.operate("swap mail:2 11")
    placed = {e.place: e.cartridge.operator_placed for e in bench.truth.elements if e.cartridge}
    assert {place for place, is_placed in placed.items() if is_placed} == {"mail:1"}
    assert [bench.tag_at(place) for place in ("11", "drive:1", "1")] == ["B3", "A00001L8", None]
