"""The drives of a virtual library: empty, loading, ready, cleaning, done."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator_bench import ALERTS, LOAD, READY, REQUEST_SENSE, STATUS, UNLOAD, Bench, sense_text


def test_an_empty_drive(bench: Bench) -> None:
    assert bench.sense(READY, unit=0) == "02/3A/00"
    assert bench.sense(UNLOAD, unit=0) == "02/3A/00"
    assert sense_text(bench.data(REQUEST_SENSE, unit=0)) == "02/3A/00"


def test_a_drive_loads_for_a_while(tmp_path: Path) -> None:
    bench = Bench(tmp_path, move_seconds=5, drive_load_seconds=20)
    assert bench.move(1001, 500) is None
    assert bench.sense(READY, unit=0) == "02/04/01"
    assert bench.data(STATUS, unit=0)[8:11] == bytes.fromhex("01 10 02")
    bench.clock.time += 19.9
    assert bench.sense(READY, unit=0) == "02/04/01"
    bench.clock.time += 0.1
    assert [bench.sense(READY, unit=0) for _ in range(2)] == ["06/28/00", None]
    assert bench.data(STATUS, unit=0)[8:11] == bytes.fromhex("09 17 00")
    assert sense_text(bench.data(REQUEST_SENSE, unit=0)) == "00/00/00"
    assert bench.sense(READY, unit=1) == "02/3A/00"


def test_unload_and_load_by_command(bench: Bench) -> None:
    assert bench.move(1001, 500) is None
    assert bench.sense(UNLOAD, unit=0) is None
    assert bench.sense(READY, unit=0) == "02/3A/00"
    assert bench.sense(LOAD, unit=0) is None
    bench.clock.time += 10
    assert [bench.sense(READY, unit=0) for _ in range(2)] == ["06/28/00", None]
    # Loaded again, it says nothing new.
    assert bench.sense(LOAD, unit=0) is None
    assert bench.sense(READY, unit=0) is None


@pytest.mark.parametrize("cdb", [READY, STATUS, ALERTS, "1A 00 00 00 0C 00", "05 0000000000"])
def test_a_medium_that_became_ready_is_announced_to_one_command(tmp_path: Path, cdb: str) -> None:
    bench = Bench(tmp_path, drive_load_seconds=20)
    bench.move(1001, 500)
    assert bench.sense("12 00 00 00FF 00", unit=0) is None
    bench.clock.time += 20
    assert bench.sense("12 00 00 00FF 00", unit=0) is None
    assert [bench.sense(cdb, unit=0) for _ in range(3)] == ["06/28/00", None, None]
    assert bench.sense(READY) is None
    assert bench.sense(READY, unit=1) == "02/3A/00"
    bench.move(500, 501)
    bench.clock.time += 20
    assert bench.sense(cdb, unit=1) == "06/28/00"


def test_request_sense_takes_the_announcement_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path, drive_load_seconds=20)
    bench.move(1001, 500)
    assert sense_text(bench.data(REQUEST_SENSE, unit=0)) == "02/04/01"
    bench.clock.time += 20
    assert sense_text(bench.data(REQUEST_SENSE, unit=0)) == "06/28/00"
    assert sense_text(bench.data(REQUEST_SENSE, unit=0)) == "00/00/00"
    assert bench.sense(READY, unit=0) is None


@pytest.mark.parametrize(("seconds", "how"), [(30, "move"), (30, "operator"), (0, "unload")])
def test_a_medium_that_left_is_not_announced(tmp_path: Path, seconds: int, how: str) -> None:
    bench = Bench(tmp_path, drive_load_seconds=20)
    bench.move(1001, 500)
    bench.clock.time += seconds
    if how == "operator":
        bench.operate("remove drive:0")
    else:
        assert (bench.sense(UNLOAD, unit=0) if how == "unload" else bench.move(500, 1001)) is None
    bench.clock.time += 30
    assert bench.sense(READY, unit=0) == "02/3A/00"


def test_a_cleaner_is_not_announced(tmp_path: Path) -> None:
    bench = Bench(tmp_path, drive_load_seconds=1, cleaning_seconds=1, ejects_cleaner=False)
    bench.move(101, 500)
    answers = []
    for _ in range(3):
        answers.append(bench.sense(READY, unit=0))
        bench.clock.time += 1
    assert answers == ["02/30/03", "02/30/03", "02/04/02"]


def test_a_drive_that_must_be_unloaded_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "p3000")
    assert bench.move(1001, 500) is None
    assert bench.sense(READY, unit=0) == "06/28/00"
    assert bench.move(500, 1001) == "05/53/03"
    assert bench.sense(UNLOAD, unit=0) is None
    assert bench.move(500, 1001) is None


def test_a_drive_that_holds_on(bench: Bench) -> None:
    assert bench.move(1001, 500) is None
    assert bench.sense("1E 000000 01 00", unit=0) is None
    assert not bench.truth.prevented
    assert bench.move(500, 1001) == "05/53/03"
    assert bench.sense(UNLOAD, unit=0) == "05/53/02"
    assert bench.sense("1E 000000 00 00", unit=0) is None
    assert bench.move(500, 1001) is None


@pytest.mark.parametrize("unit", [0, 1])
def test_commands_are_counted_for_each_unit(bench: Bench, unit: int) -> None:
    bench.send(READY)
    bench.send(READY, unit=unit)
    bench.send(READY, unit=unit)
    truth = bench.truth
    assert truth.commands == {0x00: 1}
    assert truth.drive_commands[unit] == {0x00: 2}
    assert truth.drive_commands[1 - unit] == {}
