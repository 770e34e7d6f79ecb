"""A robot that is held under way: what is answered meanwhile, and what signals leave."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel.program import Ended, Program, end_of, environment_in
from waiting import wait_until

from changer.errors import LibraryBusy, OutcomeUnknown, RecoveryNeeded
from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

from .by_hand import STORAGE, elements_of
from .configuration import FIRST
from .conftest import Live
from .host import MOVES_FAIL

pytestmark = pytest.mark.configurations("l700")

# What the script that mhVTL runs at each move looks for, and leaves.
MOVES_WAIT, UNDER_WAY = MOVES_FAIL.with_name("moves-wait"), MOVES_FAIL.with_name("under-way")
DRIVE, SLOT = FIRST["l700"]["drive"], FIRST["l700"]["slot"]
# For what is not to come: long enough for an emulated machine to start a program and answer.
SILENCE_SECONDS = 5.0
COMPLETED = ("completed", DRIVE)
TAG = "B00001L8"


@pytest.fixture(autouse=True)
def held_robot() -> Iterator[None]:
    """The next move waits until it is let go; the robot works again afterwards."""
    MOVES_WAIT.touch()
    yield
    MOVES_FAIL.unlink(missing_ok=True)
    let_go()


def let_go() -> None:
    MOVES_WAIT.unlink(missing_ok=True)
    wait_until(lambda: not UNDER_WAY.exists())


def loading(changer: Program, *options: str) -> subprocess.Popen[str]:
    """``load 1``, whose robot is under way, and stays there."""
    changer.do("status")
    process = changer.begin("load", "1", "drive:0", *options)
    wait_until(UNDER_WAY.exists)
    return process


def moves_of(changer: Program) -> list[tuple[str | None, int | None]]:
    """The newest first."""
    with open_store(Path(changer.environment["CHANGER_STATE"]), clock=SystemClock()) as store:
        return [(each.outcome, each.final_address) for each in store.moves()]


def put_back(changer: Program, *drives: str) -> None:
    for drive in drives:
        changer.do("unload", drive)


def sg_raw(device: str, cdb: bytes, *, length: int = 0) -> subprocess.Popen[bytes]:
    options = ["--binary", "--outfile=-", f"--request={length}"] if length else []
    command = ["sg_raw", "--timeout=300", *options, device, *cdb.hex(" ").split()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def slot_is_full(reading: bytes) -> bool:
    (element,) = elements_of(reading, STORAGE)
    return element.full


# mhVTL itself


def test_mhvtl_answers_only_while_its_robot_stands_still(mhvtl: Live) -> None:
    last = SLOT + len(mhvtl.configuration.slots) - 1
    there, back = (
        bytes([0xA5, 0, 0, 0, *source.to_bytes(2), *destination.to_bytes(2), 0, 0, 0, 0])
        for source, destination in ((SLOT, last), (last, SLOT))
    )
    read_first = bytes([0xB8, STORAGE, *SLOT.to_bytes(2), 0, 1, 0, 0, 0xFF, 0xFF, 0, 0])
    with sg_raw(mhvtl.device, there) as move:
        wait_until(UNDER_WAY.exists)
        with sg_raw(mhvtl.device, read_first, length=0xFFFF) as reading:
            with pytest.raises(subprocess.TimeoutExpired):
                reading.wait(SILENCE_SECONDS)
            let_go()
            said, _ = reading.communicate(timeout=120)
    assert (move.returncode, reading.returncode) == (0, 0)
    assert not slot_is_full(said), "it was read after the move"
    with sg_raw(mhvtl.device, back) as move:
        move.wait(120)


# Signals


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_during_a_load_is_obeyed_when_the_robot_stands_still(
    mhvtl: Live, changer: Program, number: signal.Signals, status: int
) -> None:
    process = loading(changer)
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(SILENCE_SECONDS)
    let_go()
    ended = end_of(process)
    assert (ended.exit_status, moves_of(changer)) == (status, [COMPLETED]), ended
    assert mhvtl.by_hand()["drive:0"] == TAG
    put_back(changer, "drive:0")


def test_killed_load_holds_the_library_until_the_robot_stands_still_and_is_then_settled(
    mhvtl: Live, changer: Program
) -> None:
    process = loading(changer)
    process.kill()
    end_of(process)
    assert moves_of(changer) == [(None, None)]
    assert end_of(changer.begin("load", "2", "drive:1")).exit_status == LibraryBusy.exit_status
    let_go()
    settled = changer.do("load", "2", "drive:1", "--wait", "120")
    assert moves_of(changer) == [("completed", DRIVE + 1), COMPLETED], settled
    shown = mhvtl.by_hand()
    assert (shown["drive:0"], shown["drive:1"]) == (TAG, "B00002L8")
    put_back(changer, "drive:0", "drive:1")


def kill_all(process: subprocess.Popen[str]) -> None:
    """With its sg_raw, which holds the library's lock: the robot goes on by itself."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.kill()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    end_of(process)


def next_command(changer: Program, *words: str) -> Ended:
    """One that is begun while the robot is still under way."""
    process = changer.begin(*words)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(SILENCE_SECONDS)
    let_go()
    return end_of(process)


def test_load_that_is_killed_with_all_its_processes_is_settled_by_the_next_command(
    mhvtl: Live, changer: Program
) -> None:
    kill_all(loading(changer))
    ended = next_command(changer, "load", "2", "drive:1")
    assert ended.exit_status == 0, ended
    assert moves_of(changer) == [("completed", DRIVE + 1), COMPLETED]
    shown = mhvtl.by_hand()
    assert (shown["drive:0"], shown["drive:1"]) == (TAG, "B00002L8")
    put_back(changer, "drive:0", "drive:1")


def test_load_that_is_killed_and_leaves_its_cartridge_is_open_until_a_person_says_it_is_over(
    mhvtl: Live, changer: Program
) -> None:
    process = loading(changer)
    MOVES_FAIL.touch()
    kill_all(process)
    ended = next_command(changer, "load", "2", "drive:1")
    assert ended.exit_status == RecoveryNeeded.exit_status, ended
    MOVES_FAIL.unlink()
    assert changer.refuse("recover")["exit_status"] == RecoveryNeeded.exit_status
    assert moves_of(changer) == [("unknown", None)]
    assert mhvtl.by_hand() == mhvtl.as_configured()
    changer.do("recover", "--at-rest")
    assert [outcome for outcome, _ in moves_of(changer)] == ["not-executed"]
    changer.do("load", "1", "drive:0")
    put_back(changer, "drive:0")


# A time-out


@pytest.fixture
def impatient(mhvtl: Live, tmp_path: Path) -> Program:
    """The program, which gives a move half a minute."""
    settings = tmp_path / "settings"
    settings.touch()
    program = Program(mhvtl.device, environment_in(tmp_path, settings=settings))
    library = program.status()["library"]["id"]
    settings.write_text(f'[library."{library}"]\nmove_timeout_seconds = 30\n')
    return program


def timed_out(impatient: Program, trace: Path) -> subprocess.Popen[str]:
    process = loading(impatient, "--trace", str(trace))
    wait_until(lambda: '"name": "MOVE MEDIUM"' in trace.read_text())
    return process


def test_move_that_timed_out_and_came_there_is_done(
    mhvtl: Live, impatient: Program, trace: Path
) -> None:
    process = timed_out(impatient, trace)
    let_go()
    ended = end_of(process)
    assert (ended.exit_status, moves_of(impatient)) == (0, [COMPLETED]), ended
    assert mhvtl.by_hand()["drive:0"] == TAG
    put_back(impatient, "drive:0")


def test_move_that_timed_out_and_failed_is_open_and_then_settled(
    mhvtl: Live, impatient: Program, trace: Path
) -> None:
    process = timed_out(impatient, trace)
    MOVES_FAIL.touch()
    let_go()
    ended = end_of(process)
    assert ended.exit_status == OutcomeUnknown.exit_status, ended
    assert [outcome for outcome, _ in moves_of(impatient)] == ["unknown"]
    assert mhvtl.by_hand() == mhvtl.as_configured()
    impatient.do("recover", "--at-rest")
    assert [outcome for outcome, _ in moves_of(impatient)] == ["not-executed"]
