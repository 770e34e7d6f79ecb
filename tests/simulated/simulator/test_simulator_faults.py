"""Every fault of a virtual library, as its commands meet it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from effort import examples
from hypothesis import example, given
from hypothesis import strategies as st

from changer.errors import (
    ChangerError,
    CommandTimedOut,
    DeviceNotAvailable,
    SimulatorRefused,
    TransportFailed,
)
from changer.simulator.fault import Fault
from changer.simulator.fault_words import FAULTS, parse_fault
from changer.smc.command import Status

from .simulator_bench import GOOD, INQUIRY, READY, SLOTS, Bench, exchange_cdb, move_cdb, sense_text

MODE_SENSE = "1A 08 1D 00 FF 00"
MOVE = move_cdb(1001, 1012)
# To a drive with a cartridge: each is answered without fault, or is refused for good.
DRIVE_COMMANDS = [
    READY,
    "01 0000000000",
    "05 0000000000",
    "08 00 000001 00",
    "0A 00 000001 00",
    "15 10 0000 0C 00",
    "1A 00 00 00 0C 00",
    "34 00 00000000 00 0000 00",
    "44 00 0000000000 00FF 00",
    "4D 00 51 00 00 0000 FFFF 00",
    "5A 00 3F 00 000000 00FF 00",
]


def test_a_unit_attention_meets_one_command_and_not_inquiry(bench: Bench) -> None:
    bench.fault("unit-attention 28/00")
    assert bench.data(INQUIRY)
    assert bench.sense(SLOTS) == "06/28/00"
    assert bench.sense(SLOTS) is GOOD


def test_a_move_that_meets_a_unit_attention_is_not_executed(bench: Bench) -> None:
    bench.fault("unit-attention 28/00 on move")
    assert bench.sense(SLOTS) is GOOD
    assert bench.sense(MOVE) == "06/28/00"
    assert bench.tag_at("1") == "A00001L8"
    assert bench.sense(MOVE) is GOOD


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (
            "unit-attention 29/00 2; unit-attention 28/01",
            ["06/29/00", "06/29/00", "06/28/01", GOOD],
        ),
        ("unit-attention 28/00 always", ["06/28/00"] * 4),
        ("unit-attention 28/00 alternating", ["06/28/00", GOOD, "06/28/00", GOOD]),
        ("unit-attention 28/00 after 2", [GOOD, GOOD, "06/28/00", GOOD]),
        ("sense 05/24/00 2", ["05/24/00", "05/24/00", GOOD, GOOD]),
        ("sense 0B/4E/00 on a5", [GOOD] * 4),
        ("sense 24/00 on test-unit-ready", ["05/24/00", GOOD, GOOD, GOOD]),
        ("becoming-ready 2", ["02/04/01", "02/04/01", GOOD, GOOD]),
        ("becoming-ready", ["02/04/01"] * 4),
        ("offline", ["02/04/12"] * 4),
        ("door open", ["02/04/83"] * 4),
    ],
)
def test_what_test_unit_ready_answers(bench: Bench, words: str, answers: list[str | None]) -> None:
    for each in words.split("; "):
        bench.fault(each)
    assert bench.answers(READY, 4) == answers
    bench.fault("clear")
    assert bench.sense(READY) is GOOD


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("busy", Status.BUSY),
        ("task-set-full", Status.TASK_SET_FULL),
        ("reservation-conflict", Status.RESERVATION_CONFLICT),
    ],
)
def test_statuses_without_sense(bench: Bench, words: str, status: Status) -> None:
    bench.fault(f"{words} 2 on b8")
    assert bench.sense(READY) is GOOD
    for _ in range(2):
        reply = bench.send(SLOTS)
        assert (reply.status, reply.data, reply.sense) == (status, b"", b"")
    assert bench.sense(SLOTS) is GOOD


@pytest.mark.parametrize(
    ("words", "error"), [("hang", CommandTimedOut), ("no-reply", TransportFailed)]
)
def test_commands_without_a_reply(bench: Bench, words: str, error: type[ChangerError]) -> None:
    bench.fault(f"{words} after 1")
    assert bench.sense(READY) is GOOD
    with pytest.raises(error, match="sim:bench"):
        bench.send(READY)
    assert bench.sense(READY) is GOOD
    assert bench.clock.slept == []


def test_unplugged_and_plugged(bench: Bench) -> None:
    bench.fault("unplugged")
    for cdb in (INQUIRY, READY, MOVE):
        with pytest.raises(DeviceNotAvailable, match="sim:bench is unplugged"):
            bench.send(cdb)
    assert bench.data(INQUIRY, unit=0)
    bench.fault("plugged")
    assert bench.data(INQUIRY)
    bench.fault("unplugged drive:1")
    with pytest.raises(DeviceNotAvailable, match="drive 1 is unplugged"):
        bench.send(INQUIRY, unit=1)
    assert bench.data(INQUIRY)
    assert bench.tag_at("1") == "A00001L8"


def test_faults_of_one_unit_leave_the_others_alone(bench: Bench) -> None:
    bench.fault("unit-attention 29/00 drive:1")
    assert bench.sense(READY) is GOOD
    assert bench.sense(READY, unit=0) == "02/3A/00"
    assert bench.sense(READY, unit=1) == "06/29/00"
    bench.fault("becoming-ready 1")
    assert bench.sense(READY, unit=0) == "02/3A/00"
    assert bench.answers(READY, 2) == ["02/04/01", GOOD]


@pytest.mark.parametrize("cdb", DRIVE_COMMANDS)
def test_faults_of_a_drive_meet_all_its_commands(tmp_path: Path, cdb: str) -> None:
    bench = Bench(tmp_path, drive_load_seconds=0)
    bench.move(1001, 500)
    assert bench.sense(READY, unit=0) == "06/28/00"
    before = bench.send(cdb, unit=0)
    bench.fault("unit-attention 29/00 drive:0")
    bench.fault("sense 04/44/00 drive:0")
    assert [bench.sense(cdb, unit=0) for _ in range(2)] == ["04/44/00", "06/29/00"]
    bench.fault("busy drive:0")
    assert bench.send(cdb, unit=0).status == Status.BUSY
    bench.fault("hang drive:0")
    with pytest.raises(CommandTimedOut, match="drive 0"):
        bench.send(cdb, unit=0)
    bench.fault("unplugged drive:0")
    with pytest.raises(DeviceNotAvailable, match="drive 0 is unplugged"):
        bench.send(cdb, unit=0)
    bench.fault("plugged drive:0")
    assert bench.send(cdb, unit=0) == before


def test_a_fault_of_a_drive_uses_up_no_announcement(tmp_path: Path) -> None:
    bench = Bench(tmp_path, drive_load_seconds=0)
    bench.move(1001, 500)
    for words in ("sense 03/09/00 on rewind", "sense 04/44/00", "unit-attention 29/00"):
        bench.fault(f"{words} drive:0")
    assert bench.answers(READY, 4, unit=0) == ["04/44/00", "06/29/00", "06/28/00", GOOD]
    assert bench.answers("01 0000000000", 2, unit=0) == ["03/09/00", GOOD]


def test_becoming_ready_for_a_time(bench: Bench) -> None:
    bench.fault("becoming-ready 1.5m")
    assert bench.sense(READY) == "02/04/01"
    assert bench.sense(SLOTS) == "02/04/01"
    assert bench.sense(MODE_SENSE) is GOOD
    assert sense_text(bench.data("03 000000 FF 00")) == "02/04/01"
    bench.clock.time += 90
    assert bench.sense(READY) is GOOD
    assert bench.truth.faults == ()


def test_offline_and_online(bench: Bench) -> None:
    bench.fault("offline")
    for cdb in (READY, SLOTS, MOVE, "07 0000000000"):
        assert bench.sense(cdb) == "02/04/12"
    for cdb in (INQUIRY, MODE_SENSE):
        assert bench.sense(cdb) is GOOD
    assert bench.tag_at("1") == "A00001L8"
    bench.fault("online")
    assert bench.sense(MOVE) is GOOD


def test_a_door(tmp_path: Path) -> None:
    bench = Bench(tmp_path, inventory_seconds=20)
    bench.fault("door open")
    assert bench.sense(SLOTS) == "02/04/83"
    assert bench.sense(MOVE) == "02/04/83"
    bench.fault("door closed")
    assert bench.sense(READY) == "06/28/00"
    assert bench.sense(READY) == "02/04/01"
    bench.clock.time += 20
    assert bench.sense(READY) is GOOD
    bench.fault("door closed")
    assert bench.sense(READY) is GOOD


def test_scalar_tells_identifiers_whatever_its_state(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "scalar")
    bench.fault("offline")
    assert bench.sense("B8 04 0000 FFFF 00 00FFFF 0000") == "02/04/12"
    assert bench.sense("B8 04 0000 FFFF 01 00FFFF 0000") is GOOD


@pytest.mark.parametrize("place", ["5", "@1005", "@0x3ed", "A00004L8", "slot:5"])
@pytest.mark.parametrize("fields", [{}, {"unreadable_sense": None}], ids=["flagged", "silent"])
def test_an_unreadable_label(tmp_path: Path, place: str, fields: dict[str, Any]) -> None:
    bench = Bench(tmp_path, **fields)
    bench.fault(f"unreadable {place}")
    element = bench.elements(2)[1005]
    expected = (True, "", None if fields else "83/01")
    assert (element.full, element.tag, element.exception) == expected
    assert bench.move(1005, 1012) is GOOD
    assert bench.elements(2)[1005].exception is None


@pytest.mark.parametrize(("slot", "claims_full"), [("5", False), ("12", True)])
def test_unknown_occupancy_is_wrong_until_an_inventory(
    bench: Bench, slot: str, claims_full: bool
) -> None:
    address = 1000 + int(slot)
    honest = bench.elements(2)[address]
    bench.fault(f"occupancy-unknown {slot}")
    element = bench.elements(2)[address]
    assert (element.full, element.tag, element.exception) == (claims_full, "", "83/03")
    assert bench.sense("07 0000000000") is GOOD
    assert bench.elements(2)[address] == honest


def test_unknown_occupancy_can_stay(bench: Bench) -> None:
    bench.fault("occupancy-unknown 5 stays")
    assert bench.sense("07 0000000000") is GOOD
    assert bench.elements(2)[1005].exception == "83/03"


@pytest.mark.parametrize(
    ("words", "flags", "additional", "byte_9"),
    [
        ("element 12 83/04", 0x0C, "83/04", 0x00),
        ("element 12 access=0", 0x00, None, 0x00),
        ("element 12 ed=1", 0x08, None, 0x08),
        ("element 12 full=1", 0x09, None, 0x00),
        ("element 1 full=0", 0x08, None, 0x01),
        ("element 12 except=1", 0x0C, "00/00", 0x00),
        ("element 1 30/03 access=0 ed=1", 0x05, "30/03", 0x09),
    ],
)
def test_an_element_that_says_something_else(
    bench: Bench, words: str, flags: int, additional: str | None, byte_9: int
) -> None:
    bench.fault(words)
    element = bench.elements(2)[1000 + int(words.split()[1])]
    assert (element.flags, element.exception, element.byte_9) == (flags, additional, byte_9)
    bench.fault("clear element")
    assert bench.elements(2)[1012].flags == 0x08


@pytest.mark.parametrize(
    ("place", "code", "flags"),
    [
        ("picker", "53/08", 0x04),
        ("1", "83/02", 0x0D),
        ("12", "83/02", 0x0C),
        ("mail:1", "83/01", 0x3F),
        ("mail:2", "53/08", 0x3C),
        ("drive:0", "80/01", 0x0D),
        ("drive:1", "3B/1A", 0x0C),
        ("drive:1", "00/00", 0x0C),
    ],
)
def test_any_exception_on_any_element_leaves_full_as_it_is(
    bench: Bench, place: str, code: str, flags: int
) -> None:
    bench.move(1002, 500)
    bench.fault(f"element {place} {code}")
    (fault,) = bench.truth.faults
    element = bench.elements()[fault.address or 0]
    assert (element.flags, element.exception) == (flags, code)
    assert bool(element.tag) == element.full


@pytest.mark.parametrize(("place", "address"), [("2", 1002), ("drive:1", 501), ("picker", 1)])
def test_an_element_that_is_left_out_is_still_there(bench: Bench, place: str, address: int) -> None:
    before = bench.elements()
    bench.fault(f"element {place} listed=0")
    assert before.keys() - bench.elements().keys() == {address}
    bench.fault("clear element")
    assert bench.elements() == before


def test_a_magazine_that_is_out_may_be_listed_in_part(tmp_path: Path) -> None:
    bench = Bench(tmp_path, magazine_out="omitted")
    bench.fault("magazine-out 1")
    bench.sense(READY)
    bench.fault("element 2 listed=1")
    assert [each for each in bench.elements(2) if each < 1004] == [1002]


def test_a_mail_slot_that_goes_one_way(bench: Bench) -> None:
    bench.fault("element mail:2 export=0")
    assert bench.elements(3)[102].flags == 0x28
    bench.fault("element mail:2 import=0")
    assert bench.elements(3)[102].flags == 0x18


def test_the_last_word_on_an_element_and_on_a_cleaning_counts(bench: Bench) -> None:
    bench.fault("element 12 83/04")
    bench.fault("element 12 access=0")
    assert bench.elements(2)[1012].flags == 0x00
    for how in ("error", "invalid", "endless"):
        bench.fault(f"cleaning-fails drive:0 {how}")
    said = [str(fault) for fault in bench.truth.faults]
    assert said == ["element 12 access=0", "cleaning-fails drive:0 endless"]


@pytest.mark.parametrize(
    ("left", "place"), [("at-source", "1"), ("in-transport", "picker"), ("at-destination", "12")]
)
def test_a_failing_move_leaves_the_cartridge_somewhere(
    tmp_path: Path, left: str, place: str
) -> None:
    bench = Bench(tmp_path / "fails")
    bench.fault(f"move-fails {left}")
    assert bench.sense(MOVE) == "04/15/01"
    assert bench.truth.place_of("A00001L8") == place
    bench = Bench(tmp_path / "hangs")
    bench.fault(f"move-hangs {left}")
    with pytest.raises(CommandTimedOut):
        bench.send(MOVE)
    assert bench.truth.place_of("A00001L8") == place
    assert bench.truth.faults == ()


@pytest.mark.parametrize(
    ("left", "places"),
    [
        ("at-source", ("2", "drive:0", None)),
        ("in-transport", ("picker", "drive:0", None)),
        ("at-destination", ("drive:0", "12", None)),
    ],
)
def test_a_failing_exchange_loses_nothing(
    bench: Bench, left: str, places: tuple[str, str, None]
) -> None:
    assert bench.move(1001, 500) is GOOD
    bench.fault(f"move-fails {left}")
    assert bench.sense(exchange_cdb(1002, 500, 1012)) == "04/15/01"
    truth = bench.truth
    assert tuple(truth.place_of(tag) for tag in ("A00002L8", "A00001L8", "no")) == places


def test_a_failing_move_with_another_sense_and_later(bench: Bench) -> None:
    bench.fault("move-fails at-source 0B/00/00 2 after 1")
    assert bench.sense(MOVE) is GOOD
    back = move_cdb(1012, 1001)
    assert [bench.sense(back) for _ in range(3)] == ["0B/00/00", "0B/00/00", GOOD]


def test_a_move_that_is_refused_anyway_does_not_use_up_the_fault(bench: Bench) -> None:
    bench.fault("move-fails at-source")
    assert bench.move(1012, 1011) == "05/3B/0E"
    assert len(bench.truth.faults) == 1


def test_faults_are_listed_in_their_own_words_and_cleared_one_by_one(bench: Bench) -> None:
    given = [
        "unit-attention 06/28/00 3 on B8 after 1",
        "busy alternating drive:1",
        "move-fails in-transport 04/15/01 always",
        "offline",
        "door open",
        "unreadable 5",
        "element 3 83/04 except=1 full=0 access=0 ed=1",
        "element mail:1 listed=0 import=1 export=0",
        "occupancy-unknown mail:1 stays",
        "robot-delay 2.5s",
        "becoming-ready 30s",
        "cleaning-fails drive:1 error",
        "cleaning-fails drive:0 endless",
        "magazine-out 2",
    ]
    for words in given:
        bench.fault(words)
    listed = [str(fault) for fault in bench.truth.faults]
    assert listed == [*given, "unit-attention 06/3B/12 1"]
    for name in ("door", "offline", "busy", "magazine-out"):
        bench.fault(f"clear {name}")
    assert not {"door open", "offline", "magazine-out 2"} & {
        str(fault) for fault in bench.truth.faults
    }
    bench.fault("clear")
    assert bench.truth.faults == ()


def test_clear_takes_back_what_is_no_fault_of_a_command(bench: Bench) -> None:
    bench.fault("tape-alert 4")
    bench.fault("tape-alert 20 drive:0")
    bench.fault("wants-cleaning drive:0")
    bench.fault("clear tape-alert")
    assert (bench.truth.flags, bench.truth.drives[0].flags) == ((), ())
    assert bench.truth.drives[0].wants_cleaning == 1
    bench.fault("clear")
    assert bench.truth.drives[0].wants_cleaning == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "no fault given"),
        ("magazin-out 1", "did you mean 'magazine-out'"),
        ("magazine-out", "the magazine is missing"),
        ("magazine-out 1 2", "unexpected argument '2'"),
        ("unit-attention", "missing"),
        ("unit-attention 28", "is not a sense code"),
        ("unit-attention 28/000", "is not a sense code"),
        ("unit-attention xx/00", "is not a sense code"),
        ("sense 15/24/00", "is not a sense code"),
        ("unit-attention 28/00 0", "from 1 to"),
        ("unit-attention 28/00 on nowhere", "no command 'nowhere'"),
        ("unit-attention 28/00 on mov", "did you mean 'move'"),
        ("unit-attention 28/00 allways", "did you mean 'always'"),
        ("busy drive:x", "drive:0"),
        ("busy drive:2", "no drive 2"),
        ("becoming-ready soon", "such as 30s"),
        ("becoming-ready 999999999h", "at most 7 days"),
        ("becoming-ready 0", "from 1 to"),
        ("door ajar", "closed, open"),
        ("unreadable", "the place is missing"),
        ("unreadable 13", "1 to 12"),
        ("unreadable mail:3", "1 to 2"),
        ("unreadable drive:2", "0 to 1"),
        ("unreadable @9", "no element at address 9"),
        ("unreadable @0x1ffff", "no cartridge"),
        ("unreadable B00001L8", "no cartridge"),
        ("element 5 full=2", "full=0|1"),
        ("element 5 colour=1", "full=0|1"),
        ("move-fails somewhere", "at-source"),
        ("move-fails at-sauce", "did you mean 'at-source'"),
        ("tape-alert 65", "from 1 to 64"),
        ("wants-cleaning", "missing"),
        ("cleaning-fails", "missing"),
        ("cleaning-fails error", "a drive is written drive:0"),
        ("cleaning-fails drive:2", "no drive 2"),
        ("cleaning-fails drive:0 expired", "error, invalid, endless"),
        ("cleaning-fails drive:0 error 2", "unexpected argument"),
        ("clear everything", "the fault is one of"),
        ("robot-delay", "missing"),
        ("element-address", "missing"),
        ("element-address drive:0", "ADDRESS is missing"),
        ("element-address drive:0 65536", "from 0 to 65535"),
        ("element-address drive:2 500", "no drive 2"),
    ],
)
def test_words_that_make_no_fault(bench: Bench, words: str, message: str) -> None:
    bench.refuses(bench.fault, words, message)


def test_the_table_says_how_each_is_written() -> None:
    for name, kind in FAULTS.items():
        assert kind.name == name
        assert kind.help
        assert "\n" not in kind.help


_WORDS = st.sampled_from(
    [*FAULTS, "at-source", "28/00", "05/3B/0E", "always", "alternating", "on", "move", "after",
     "2", "0", "30s", "drive:0", "@1004", "full=1", "open", "stays", "no", "", "-1", "1e9", "/",
     "endless"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("wants-cleaning drive:0", "wants-cleaning drive:0 requested"),
        ("wants-cleaning drive:1 no", "wants-cleaning drive:1 no"),
        ("wants-cleaning drive:1 required", "wants-cleaning drive:1 required"),
        ("cleaning-fails drive:0", "cleaning-fails drive:0 error"),
        ("cleaning-fails drive:0 invalid", "cleaning-fails drive:0 invalid"),
        ("tape-alert 20 drive:1", "tape-alert 20 drive:1"),
        ("element-address drive:1 500", "element-address drive:1 500"),
        ("busy 2 drive:1", "busy 2 drive:1"),
        ("unplugged drive:1", "unplugged drive:1"),
        ("sense 03/30/07 on rewind drive:0", "sense 03/30/07 1 on 01 drive:0"),
    ],
)
def test_a_fault_of_a_drive_says_itself_in_words_that_make_it_again(words: str, said: str) -> None:
    fault = parse_fault(words.split())
    assert str(fault) == said
    assert parse_fault(said.split()) == fault


@example(["unreadable", ""])
@example(["unreadable", "two words"])
@example(["becoming-ready", "1.123456789m"])
@examples(100)
@given(st.lists(_WORDS | st.text(max_size=12), max_size=6))
def test_any_words_make_a_fault_or_are_refused(words: list[str]) -> None:
    try:
        fault = parse_fault(words)
    except SimulatorRefused:
        return
    assert isinstance(fault, Fault)
    assert parse_fault(str(fault).split()) == fault
