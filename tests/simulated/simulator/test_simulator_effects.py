"""Faults that are taken back, and actions up to their limits: what is left of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from changer.errors import SimulatorRefused
from changer.simulator.creation import changed, new_state, parse_override
from changer.simulator.drive_model import DRIVE_MODELS
from changer.simulator.fault import Fault
from changer.simulator.fault_effects import apply_fault
from changer.simulator.fault_words import FAULTS, parse_fault
from changer.simulator.profiles.table import PROFILES
from changer.simulator.sense import Additional, Sense
from changer.simulator.state import State
from changer.simulator.state_format import dump_state

from .simulator_bench import GOOD, READY, Bench

NOW = 1000.0
LASTING = {
    "magazine-out": "2",
    "unit-attention": "28/01",
    "becoming-ready": "30s",
    "offline": "",
    "door": "open",
    "unreadable": "1",
    "occupancy-unknown": "12",
    "element": "3 83/04",
    "move-fails": "at-source",
    "move-hangs": "in-transport",
    "reply-lost": "at-destination",
    "move-late": "5",
    "busy": "always",
    "task-set-full": "",
    "reservation-conflict": "",
    "sense": "24/00",
    "hang": "drive:1",
    "no-reply": "",
    "unheard": "",
    "reserved": "AB",
    "robot-delay": "2",
    "unplugged": "drive:0",
    "tape-alert": "4 drive:1",
    "wants-cleaning": "drive:1 required",
    "element-address": "drive:0 7",
    "cleaning-fails": "drive:1",
    "auto-clean": "",
}
AT_ONCE = {"magazine-in", "online", "power-cycle", "plugged", "clear"}


def a_library(**fields: object) -> State:
    return new_state("bench", changed(PROFILES["demo"], fields))


def do(state: State, *faults: str) -> State:
    for words in faults:
        apply_fault(state, parse_fault(words.split()), now=NOW)
    return state


def kept(state: State) -> dict[str, Any]:
    """What its file has, whatever the order of the cartridges."""
    value: dict[str, Any] = json.loads(dump_state(state))
    return value | {"cartridges": sorted(value["cartridges"])}


def test_each_fault_is_taken_back_by_its_name_alone() -> None:
    assert {*LASTING} | AT_ONCE == {*FAULTS}
    new = kept(a_library())
    for name, words in LASTING.items():
        state = do(a_library(), f"{name} {words}")
        if name == "magazine-out":
            do(state, "clear unit-attention")
        before = kept(state)
        assert before != new, name
        # What a drive wants it tells by TapeAlert, too.
        alike = {name, "tape-alert"} if name == "wants-cleaning" else {name}
        others = [f"clear {other}" for other in LASTING if other not in alike]
        assert kept(do(state.copy(), *others)) == before, name
        assert kept(do(state.copy(), f"clear {name}")) == new, name
        assert kept(do(state.copy(), "clear")) == new, name


@pytest.mark.parametrize("words", ["clear", "clear cleaning-fails"])
def test_a_cleaning_that_failed_and_was_not_told_yet_is_taken_back_too(words: str) -> None:
    failed = a_library()
    for number in (0, 1):
        failed.change_drive(number, cleaning_failed=True)
    assert kept(do(failed.copy(), "clear wants-cleaning", "clear busy")) == kept(failed)
    assert kept(do(failed, words)) == kept(a_library())


@pytest.mark.parametrize(
    ("words", "back"),
    [("offline", "online"), ("unplugged", "plugged"), ("unplugged drive:1", "plugged drive:1")],
)
def test_fault_with_its_opposite_is_taken_back_by_it(words: str, back: str) -> None:
    new = a_library()
    state = do(a_library(), words, words)
    assert [fault.name for fault in state.faults] == [words.split()[0]], "once is enough"
    assert dump_state(do(state, back)) == dump_state(new)
    assert dump_state(do(state, back)) == dump_state(new), "there is nothing to take back"


def test_faults_of_one_kind_that_replace_each_other_and_that_add_up() -> None:
    """Those for a place or a unit are one for each; those that strike are met one by one."""

    def left(*faults: str) -> list[str]:
        return [str(fault) for fault in do(a_library(), *faults).faults]

    assert left("element 1 full=1", "element 2 full=1", "element 1 full=0") == [
        "element 2 full=1",
        "element 1 full=0",
    ]
    assert left("unreadable 1", "unreadable @1001", "unreadable 2") == [
        "unreadable @1001",
        "unreadable 2",
    ]
    assert left("becoming-ready 5", "becoming-ready 30s") == ["becoming-ready 30s"]
    assert left("element-address drive:0 1", "element-address drive:1 2") == [
        "element-address drive:0 1",
        "element-address drive:1 2",
    ]
    assert left("element-address drive:0 1", "element-address drive:0 2") == [
        "element-address drive:0 2"
    ]
    assert left("robot-delay 1", "robot-delay 2") == ["robot-delay 2s"]
    assert left("robot-delay 1", "robot-delay 0") == []
    assert left("door open", "door open") == ["door open"]
    assert left("door closed") == []
    assert left("busy", "busy 2", "busy always") == ["busy 1", "busy 2", "busy always"]
    assert left("move-late 5", "move-late 6") == ["move-late 5s 1", "move-late 6s 1"]
    assert left("auto-clean", "auto-clean drive:0") == ["auto-clean", "auto-clean drive:0"]


def test_faults_end_when_their_time_is_over_and_not_those_whose_seconds_are_others() -> None:
    state = do(a_library(), "becoming-ready 30s", "move-late 30", "robot-delay 30")
    assert [fault.until for fault in state.faults] == [NOW + 30, None, None]


def test_a_fault_strikes_as_often_as_it_is_said_to() -> None:
    state = do(a_library(), "busy 5", "hang always")
    for left in (4, 3, 2, 1):
        state.strike(state.faults_named("busy")[0])
        assert [each.times for each in state.faults_named("busy")] == [left]
        state.strike(state.faults_named("hang")[0])
    state.strike(state.faults_named("busy")[0])
    assert [str(each) for each in state.faults] == ["hang always"]


@pytest.mark.parametrize("words", ["magazine-out 0", "magazine-out 3", "magazine-in 1"])
def test_magazine_that_is_not_there_is_not_changed(words: str) -> None:
    state = a_library()
    number = int(words.split()[1])
    with pytest.raises(SimulatorRefused):
        apply_fault(state, Fault(name=words.split()[0], magazine=number), now=NOW)
    assert dump_state(state) == dump_state(a_library())


@pytest.mark.parametrize("inventory_seconds", [0, 60])
def test_magazines_go_and_come_back_with_what_is_in_them(inventory_seconds: int) -> None:
    state = do(a_library(inventory_seconds=inventory_seconds), "magazine-out 1", "magazine-out 2")
    assert {number: [*inside] for number, inside in state.removed.items()} == {
        1: [1001, 1002, 1003, 1005],
        2: [1007, 1008],
    }
    assert [*state.cartridges] == [101]
    with pytest.raises(SimulatorRefused, match="magazine 2 of bench is out already"):
        do(state, "magazine-out 2")
    do(state, "magazine-in 2", "magazine-in 1")
    assert [str(fault) for fault in state.faults] == [
        *["unit-attention 06/3B/12 1"] * 2,
        *["unit-attention 06/3B/13 1"] * 2,
    ]
    until = NOW + inventory_seconds if inventory_seconds else 0.0
    assert (state.scanning_until, state.removed) == (until, {})
    new = a_library(inventory_seconds=inventory_seconds)
    assert state.cartridges == new.cartridges


@pytest.mark.parametrize("persists", [True, False])
def test_power_cycle_is_a_reset_of_every_unit(persists: bool) -> None:
    state = a_library(reservations_persist=persists)
    state.change(prevented=True, preventers=("host",))
    for number in (0, 1):
        state.change_drive(number, prevented=True)
    do(state, "reserved AB", "power-cycle")
    assert [str(fault) for fault in state.faults] == ["unit-attention 06/29/01 1"]
    state.faults.clear()
    assert dump_state(state) == dump_state(a_library(reservations_persist=persists))


# actions

LIMITS: dict[str, str | None] = {
    "put CLN002CU mail:2 cleans=50": None,
    "insert CLN003CU 12 cleans=51": (
        "CLN003CU can't have that many cleanings left: 51 is more than 50"
    ),
    "insert B00001L8 12 cleans=1": (
        "B00001L8 can't have that many cleanings left: 1 is more than 0"
    ),
    "insert B00001L8 1": "1 is full (A00001L8)",
    "remove 12": "12 is empty",
    "put B00001L8": "bench has no empty mail slot there",
    "take mail:2": None,
    "take mail:2 again": "unexpected argument 'again'",
    "take 1": "1 is not a mail slot",
    "swap-magazine 2 A B C D E F": None,
    "swap-magazine 2 A B C D E F G": "magazine 2 holds 6 at most",
    "swap-magazine 3": "bench has no magazine 3: 2",
    "swap-drives 0 2": "bench has no drive 2",
    "replace-drive 2 NEW": "bench has no drive 2",
    "replace-drive 1 ABCDEFGHIJ": None,
    "replace-drive 1 ABCDEFGHIJK": (
        "a drive's serial number has at most 10 ASCII characters: 'ABCDEFGHIJK'"
    ),
    "insert X00001L8 drive:1": None,
    "replace-drive 1 NEW": "drive 1 holds X00001L8",
}


def test_actions_go_up_to_their_limits(bench: Bench) -> None:
    said: dict[str, str | None] = {}
    for words in LIMITS:
        try:
            bench.operate(words)
            said[words] = None
        except SimulatorRefused as error:
            said[words] = error.message
    assert said == LIMITS
    truth = bench.truth
    held = {e.place: e.cartridge.tag for e in truth.elements if e.cartridge}
    first = dict(zip(("1", "2", "3", "5"), (f"A0000{n}L8" for n in (1, 2, 3, 4)), strict=True))
    second = dict(zip(map(str, range(7, 13)), "ABCDEF", strict=True))
    assert held == first | second | {"mail:1": "CLN001CU", "drive:1": "X00001L8"}
    assert [drive.serial for drive in truth.drives][1] == "ABCDEFGHIJ"
    assert bench.answers(READY, 7) == [
        *("06/28/01", "06/28/01", "06/3B/12", "06/3B/13", "06/3B/1B", "06/28/00", GOOD)
    ]


# fields in words

IN_WORDS: dict[str, Any] = {
    **dict.fromkeys(("serial_page=YES", "serial_page=true", "serial_page=1"), True),
    **dict.fromkeys(("serial_page=No", "serial_page=false", "serial_page=0"), False),
    "slots=-3": -3,
    "move_seconds=2": 2.0,
    "product=": "",
    "cleaner_sense=": None,
    "cleaner_sense=none": None,
    "door_open_sense=4/83": Additional(0x04, 0x83),
    "mail_open_sense=3b/a0": Sense(0x05, 0x3B, 0xA0),
    "spent_cleaner_move_sense=": None,
    "free_slots=1,0x10,": (1, 16),
    "free_slots=": (),
    "forbidden_moves=3:4,": ((3, 4),),
    "drive_models=dlt,lto": (DRIVE_MODELS["dlt"], DRIVE_MODELS["lto"]),
    "drive_models=": (),
    "identifiers=refused": "refused",
}
NOT_IN_WORDS = (
    *("slots=0x10", "slots=1.5", "slots=", "move_seconds=fast", "serial_page=2"),
    *("free_slots=a", "forbidden_moves=3:4:5", "forbidden_moves=34", "drive_models=dds"),
)


def test_fields_of_a_profile_in_words() -> None:
    assert {words: parse_override(words)[1] for words in IN_WORDS} == IN_WORDS
    for words in NOT_IN_WORDS:
        name, _, value = words.partition("=")
        with pytest.raises(SimulatorRefused) as caught:
            parse_override(words)
        assert caught.value.message == f"{name} can't be {value!r}"


def test_values_of_a_file_have_their_types(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    path = tmp_path / "bench.json"
    whole = json.loads(path.read_text())
    bad: tuple[tuple[str, object, str], ...] = (
        ("profile", [], "Profile is not an object"),
        ("profile", {"slot": 1}, "Profile has no slot"),
        ("profile", {"slots": 1.0}, "slots is not of type int: 1.0"),
        ("profile", {"slots": True}, "slots is not of type int: True"),
        ("profile", {"serial_page": 1}, "serial_page is not of type bool: 1"),
        ("profile", {"volume_tags": "no"}, "volume_tags is not one of reported, blank, ignored"),
        ("profile", {"free_slots": 1}, "free_slots is not a list: 1"),
        ("profile", {"forbidden_moves": [[3]]}, "forbidden_moves has 1 values instead of 2"),
        ("profile", {"forbidden_moves": [[3, 4, 5]]}, "has 3 values instead of 2"),
        ("profile", {"cleaner_sense": {"asc": 1}}, "missing"),
        ("profile", {"cleaner_sense": {"asc": 256, "ascq": 0}}, "sense codes are bytes, not"),
        ("profile", {"cleaner_sense": {"asc": 0, "ascq": -1}}, "sense codes are bytes, not"),
        ("scanning_until", float("inf"), "scanning_until is not of type float: inf"),
        ("scanning_until", float("nan"), "scanning_until is not of type float: nan"),
        ("flags", [1.5], "flags is not of type int: 1.5"),
        ("version", 2.0, "version is not of type int: 2.0"),
    )
    for field, value, message in bad:
        path.write_text(json.dumps(whole | {field: value}))
        with pytest.raises(SimulatorRefused) as caught:
            bench.send(READY)
        assert message in caught.value.message
    path.write_text(json.dumps(whole | {"scanning_until": 5}))
    assert bench.sense(READY) is GOOD, "a whole number of seconds is one, too"
