"""MOVE, EXCHANGE, POSITION, inventory, locks, mail slots and resets of virtual libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.errors import CommandTimedOut, SimulatorRefused
from changer.simulator.creation import new_state
from changer.simulator.profiles.table import PROFILES
from changer.simulator.state import State
from changer.simulator.target import answer as answer_of

from .simulator_bench import INITIALIZE, READY, Bench, exchange_cdb, move_cdb

PREVENT, ALLOW = "1E 000000 01 00", "1E 000000 00 00"
OPEN, CLOSE = "1B 00 0065 00 00", "1B 00 0065 01 00"
SLOT_1, SLOT_2, SLOT_12, MAIL_1, MAIL_2, DRIVE_0, DRIVE_1 = 1001, 1002, 1012, 101, 102, 500, 501


def test_a_move_carries_the_cartridge(bench: Bench) -> None:
    assert bench.move(SLOT_1, SLOT_12) is None
    assert bench.tag_at("1") is None
    assert bench.tag_at("12") == "A00001L8"
    moved = bench.elements(2)[SLOT_12]
    assert (moved.tag, moved.full, moved.byte_9, moved.source) == ("A00001L8", True, 0x81, SLOT_1)


@pytest.mark.parametrize("last_element", [False, True])
def test_the_source_is_the_last_slot_or_the_last_element(
    tmp_path: Path, last_element: bool
) -> None:
    bench = Bench(tmp_path, source_is_last_element=last_element)
    assert bench.move(SLOT_1, DRIVE_0) is None
    assert bench.move(DRIVE_0, DRIVE_1) is None
    assert bench.elements(4)[DRIVE_1].source == (DRIVE_0 if last_element else SLOT_1)
    assert bench.move(DRIVE_1, SLOT_12) is None
    assert bench.elements(2)[SLOT_12].source == (DRIVE_1 if last_element else SLOT_1)


def test_the_robot_takes_impexp_away(bench: Bench) -> None:
    assert bench.elements(3)[MAIL_1].flags == 0x3B
    assert bench.move(MAIL_1, MAIL_2) is None
    assert bench.elements(3)[MAIL_2].flags == 0x39


@pytest.mark.parametrize(
    ("cdb", "answer"),
    [
        (move_cdb(SLOT_12, DRIVE_0), "05/3B/0E"),
        (move_cdb(SLOT_1, SLOT_2), "05/3B/0D"),
        (move_cdb(SLOT_1, SLOT_1), "05/3B/0D"),
        (move_cdb(SLOT_1, 1013), "05/21/01"),
        (move_cdb(1000, DRIVE_0), "05/21/01"),
        (move_cdb(0, 0), "05/21/01"),
        (move_cdb(SLOT_1, 1), "05/24/00"),
        (move_cdb(1, SLOT_12), "05/3B/0E"),
        ("A5 00 0003 03E9 03F4 0000 00 00", "05/21/01"),  # no such transport
        ("A5 00 0000 03E9 03F4 0000 01 00", "05/24/00"),  # inverted
        (exchange_cdb(SLOT_1, DRIVE_0, SLOT_12), "05/3B/0E"),
        (exchange_cdb(SLOT_12, SLOT_1, DRIVE_0), "05/3B/0E"),
        (exchange_cdb(SLOT_1, SLOT_2, 1003), "05/3B/0D"),
        (exchange_cdb(SLOT_1, SLOT_1, SLOT_12), "05/3B/0D"),
        (exchange_cdb(SLOT_1, SLOT_2, SLOT_2), "05/3B/0D"),
        (exchange_cdb(SLOT_1, SLOT_2, 9), "05/21/01"),
        ("2B 00 0000 0009 0000 00 00", "05/21/01"),
        ("2B 00 0000 03E9 0000 00 00", None),  # POSITION moves nothing
        ("1B 00 03E9 00 00", "05/21/01"),
        ("1B 00 0065 02 00", "05/24/00"),
    ],
)
def test_what_is_refused_changes_nothing(bench: Bench, cdb: str, answer: str | None) -> None:
    before = bench.truth.elements
    bench.expect(answer, cdb)
    assert bench.truth.elements == before


def test_a_move_by_the_second_transport(tmp_path: Path) -> None:
    bench = Bench(tmp_path, transports=2)
    assert bench.sense("A5 00 0002 03E9 03F4 0000 00 00") is None


@pytest.mark.parametrize(("source", "destination"), [(50, 80), (80, 50)])
def test_moves_that_the_capabilities_leave_out(
    tmp_path: Path, source: int, destination: int
) -> None:
    bench = Bench(tmp_path, "exabyte")
    bench.operate("put X00001L8")
    bench.fault("clear")
    bench.move(50, 19)
    bench.move(19, source)
    assert bench.move(source, destination) == "05/24/00"


@pytest.mark.parametrize("second", [SLOT_2, SLOT_12], ids=["the source", "a third place"])
def test_exchange(tmp_path: Path, second: int) -> None:
    bench = Bench(tmp_path, drive_load_seconds=5)
    assert bench.move(SLOT_1, DRIVE_0) is None
    bench.clock.time += 5
    assert bench.sense(exchange_cdb(SLOT_2, DRIVE_0, second)) is None
    assert (bench.tag_at("drive:0"), bench.tag_at(second)) == ("A00002L8", "A00001L8")
    assert bench.tag_at("2") == ("A00001L8" if second == SLOT_2 else None)
    assert bench.tag_at("picker") is None
    assert bench.elements(4)[DRIVE_0].source == SLOT_2
    assert bench.elements(2)[second].source == SLOT_1
    assert bench.sense(READY, unit=0) == "02/04/01"


def test_prevented_removal_keeps_cartridges_out_of_the_mail_slots(bench: Bench) -> None:
    assert bench.sense(PREVENT) is None
    assert bench.truth.prevented
    assert bench.move(SLOT_1, MAIL_2) == "05/53/02"
    assert bench.sense(OPEN) == "05/53/02"
    assert bench.move(MAIL_1, SLOT_12) is None
    with pytest.raises(SimulatorRefused, match="locked"):
        bench.operate("put A00099L8")
    assert bench.sense(ALLOW) is None
    assert bench.move(SLOT_1, MAIL_2) is None


def test_an_open_mail_slot_is_out_of_reach(bench: Bench) -> None:
    assert bench.sense(OPEN) is None
    assert bench.elements(3)[MAIL_1].access is False
    assert bench.move(SLOT_1, MAIL_2) == "02/3A/02"
    assert bench.sense(CLOSE) is None
    assert bench.elements(3)[MAIL_1].access is True
    assert bench.move(SLOT_1, MAIL_2) is None


@pytest.mark.parametrize(
    ("cdb", "seconds"),
    [
        (INITIALIZE, 30.0),
        ("37 00 000000000000 0000", 30.0),
        ("E7 00 000000000000 0000", 30.0),
        ("2B 00 0000 03E9 0000 00 00", 2.0),
    ],
)
def test_an_inventory_and_a_position_take_their_time(
    tmp_path: Path, cdb: str, seconds: float
) -> None:
    bench = Bench(tmp_path, inventory_seconds=30, move_seconds=2)
    assert bench.sense(cdb) is None
    assert bench.clock.slept == [seconds]


@pytest.mark.parametrize("opcode", ["37", "E7"])
def test_an_inventory_of_a_range(bench: Bench, opcode: str) -> None:
    for slot in ("1", "5"):
        bench.fault(f"occupancy-unknown {slot}")
    assert bench.sense(f"{opcode} 01 03E9 0000 0002 0000") is None
    assert bench.elements(2)[SLOT_1].exception is None
    assert bench.elements(2)[1005].exception == "83/03"
    assert bench.sense(f"{opcode} 01 03E9 0000 0000 0000") is None
    assert bench.elements(2)[1005].exception is None
    assert bench.sense(f"{opcode} 01 0009 0000 0001 0000") == "05/21/01"


def test_an_inventory_that_only_says_good(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "ts3500", inventory_seconds=30)
    bench.fault("occupancy-unknown 5")
    assert bench.sense(INITIALIZE) is None
    assert bench.elements(2)[0x405].exception == "53/08"
    assert bench.clock.slept == []


def test_a_move_takes_its_time_after_the_state_is_saved(tmp_path: Path) -> None:
    bench = Bench(tmp_path, move_seconds=12)
    bench.fault("robot-delay 3s")
    assert bench.move(SLOT_1, SLOT_12) is None
    assert bench.clock.slept == [15.0]
    bench.fault("robot-delay 0")
    assert bench.move(SLOT_12, SLOT_1) is None
    assert bench.clock.slept == [15.0, 12.0]


def test_a_robot_that_is_busy_makes_the_next_one_wait(tmp_path: Path) -> None:
    bench = Bench(tmp_path, move_seconds=10)
    assert bench.move(SLOT_1, SLOT_12) is None
    bench.clock.time -= 6  # as another program sees it, six seconds before that move has ended
    assert bench.move(SLOT_2, 1011) is None
    assert bench.clock.slept == [10.0, 16.0]


def test_a_move_longer_than_the_time_out_ends_without_us(tmp_path: Path) -> None:
    bench = Bench(tmp_path, move_seconds=100)
    with pytest.raises(CommandTimedOut):
        bench.send("A5 00 0000 03E9 03F4 0000 00 00", timeout=30)
    assert bench.clock.slept == [30.0]
    assert bench.tag_at("1") == "A00001L8"
    bench.clock.time += 70
    assert bench.tag_at("12") == "A00001L8"


def test_moving_out_of_the_picker(bench: Bench) -> None:
    bench.fault("move-fails in-transport")
    assert bench.move(SLOT_1, DRIVE_0) == "04/15/01"
    assert bench.tag_at("picker") == "A00001L8"
    assert bench.elements(1)[1].flags == 0x01
    assert bench.move(SLOT_2, SLOT_12) == "05/3B/A0"
    assert bench.move(1, DRIVE_0) is None
    assert bench.elements(4)[DRIVE_0].source == SLOT_1


# a reset


def prevented(state: State) -> list[bool]:
    """Of the changer and its drives."""
    return [state.prevented, *(drive.prevented for drive in state.drives)]


@pytest.mark.parametrize(
    ("unit", "left"),
    [(None, [False, True, True]), (0, [True, False, True]), (1, [True, True, False])],
)
def test_a_reset_allows_removal_from_its_unit_alone_and_moves_nothing(
    unit: int | None, left: list[bool]
) -> None:
    state = new_state("bench", PROFILES["demo"])
    for each in (None, 0, 1):
        answer_of(state, bytes.fromhex(PREVENT), unit=each, now=0.0)
    answer_of(state, bytes.fromhex(move_cdb(SLOT_1, DRIVE_0)), unit=None, now=0.0)
    before, state.changed = dict(state.cartridges), False
    state.reset_unit(unit)
    assert prevented(state) == left
    assert state.cartridges == before
    assert state.drives[0].mounted
    assert state.changed, "so it is saved"
    state.changed = False
    state.reset_unit(unit)
    assert not state.changed, "there was nothing to change"
