"""The transport to a virtual library: replies as they come, those that don't, and its file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from changer.errors import (
    ChangerError,
    CommandTimedOut,
    DeviceNotAvailable,
    NoSuchDrive,
    TransportFailed,
)
from changer.simulator.catalogue import delete
from changer.simulator.transport import SharedLibrary
from changer.smc.command import Command, Reply

from .simulator_bench import GOOD, INQUIRY, READY, Bench, move_cdb

LOAD = move_cdb(1001, 500)
PREVENT = "1E 000000 01 00"


def shared(bench: Bench) -> SharedLibrary:
    return SharedLibrary(bench.name, folder=bench.folder)


@pytest.mark.parametrize("serial_page", [True, False])
def test_serial_number_is_that_which_the_unit_reports(tmp_path: Path, serial_page: bool) -> None:
    bench = Bench(tmp_path, serial="LIB1", drive_serial="HU", serial_page=serial_page)
    bench.operate("swap-drives 0 1")
    library = shared(bench)
    told = [library.serial_of(unit) for unit in (None, 0, 1)]
    assert told == ["LIB1" if serial_page else None, "HU001", "HU000"]
    library.close()
    assert library.serial_of(0) == "HU001", "it is opened again"


def test_reset_of_a_unit_is_of_that_unit_alone(bench: Bench) -> None:
    for unit in (None, 0, 1):
        assert bench.sense(PREVENT, unit=unit) is GOOD
    library = shared(bench)
    library.reset(1)
    assert bench.move(1001, 500) is bench.move(1002, 501) is GOOD
    bench.clock.time += 60
    for unit, answer in ((0, "05/53/02"), (1, GOOD)):
        bench.fault("clear")
        bench.sense(READY, unit=unit)
        assert bench.sense("1B 000000 00 00", unit=unit) == answer
    assert bench.truth.prevented
    library.reset(None)
    assert not bench.truth.prevented


def test_units_that_are_unplugged_are_told(bench: Bench) -> None:
    library = shared(bench)
    told = []
    for words in ("unplugged", "unplugged drive:1", "offline", "plugged", "plugged drive:1"):
        bench.fault(words)
        told.append(set(library.unplugged()))
    assert told == [{None}, {None, 1}, {None, 1}, {1}, set()]


def test_each_command_is_counted_for_its_unit_but_one_without_bytes(bench: Bench) -> None:
    for cdb, unit in ((READY, None), (INQUIRY, None), (INQUIRY, 0), (READY, 1), (READY, 1)):
        bench.send(cdb, unit=unit)
    assert bench.sense("") == "05/20/00"
    assert bench.sense("", unit=0) == "05/20/00"
    assert bench.sense("FF 00", unit=1) == "05/20/00"
    truth = bench.truth
    assert truth.commands == {0x00: 1, 0x12: 1}
    assert truth.drive_commands == ({0x12: 1}, {0x00: 2, 0xFF: 1})


def test_reply_is_no_longer_than_the_buffer(bench: Bench) -> None:
    whole = bench.data(INQUIRY)
    assert len(whole) == 36
    for length in (0, 1, 35, 36, 37):
        assert bench.send(INQUIRY, length=length) == Reply(0, whole[:length], b"")
    refused = bench.send("FF 0000000000", length=0)
    assert refused == Reply(2, b"", bytes.fromhex("70 00 05 00000000 0A 00000000 20 00 00 000000"))


@pytest.mark.parametrize(
    ("timeout", "slept", "message"),
    [
        (59.5, 59.5, "MOVE: no reply from sim:bench in 59.5 s"),
        (60, 60, None),
        (61, 60, None),
        (0, 0, "MOVE: no reply from sim:bench in 0 s"),
    ],
)
def test_command_ends_with_its_reply_or_with_its_time(
    tmp_path: Path, timeout: float, slept: float, message: str | None
) -> None:
    bench = Bench(tmp_path, move_seconds=60)
    command = Command("MOVE", bytes.fromhex(LOAD), 0, timeout, bytes)
    if message is None:
        assert bench.transport().execute(command) == Reply(0, b"", b"")
    else:
        with pytest.raises(CommandTimedOut) as caught:
            bench.transport().execute(command)
        assert caught.value.message == message
    assert bench.clock.slept == [slept]


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ("hang", CommandTimedOut, "TEST: no reply from sim:bench{} in 7.5 s"),
        ("no-reply", TransportFailed, "TEST: sim:bench{} went away without a reply"),
        ("unheard", TransportFailed, "TEST: sim:bench{} went away without a reply"),
        ("unplugged", DeviceNotAvailable, "sim:bench{} is unplugged"),
    ],
)
@pytest.mark.parametrize("unit", [None, 0, 1])
def test_what_sends_no_reply_is_named(
    bench: Bench, words: str, error: type[ChangerError], message: str, unit: int | None
) -> None:
    drive = "" if unit is None else f" drive {unit}"
    bench.fault(words + drive.replace("drive ", "drive:"))
    command = Command("TEST", bytes.fromhex(INQUIRY), 36, 7.5, bytes)
    with pytest.raises(error) as caught:
        bench.transport(unit).execute(command)
    assert caught.value.message == message.format(drive)
    assert bench.clock.slept == []


@pytest.mark.parametrize("unit", [-1, 2])
def test_drive_that_is_not_there_is_told_with_their_number(bench: Bench, unit: int) -> None:
    for there in (0, 1):
        assert bench.transport(there).execute(Command("", bytes(6), 0, 1, bytes)).status == 2
    with pytest.raises(NoSuchDrive) as caught:
        bench.transport(unit)
    assert caught.value.message == f"virtual library 'bench' has no drive {unit}: it has 2"


def test_what_was_deleted_is_said_by_whatever_is_asked(bench: Bench) -> None:
    library, transport = shared(bench), bench.transport()
    delete("bench", folder=bench.folder)
    asked: list[Callable[[], object]] = [
        lambda: library.serial_of(0),
        lambda: library.reset(None),
        library.unplugged,
        lambda: transport.execute(Command("TEST", bytes(6), 0, 1, bytes)),
    ]
    for ask in asked:
        with pytest.raises(DeviceNotAvailable) as caught:
            ask()
        assert caught.value.message == "virtual library 'bench' was deleted"
    assert [*bench.folder.iterdir()] == []
