"""The kernel's st driver and mt find drives and cartridges as they know them from real ones."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel.attached_library import AttachedLibrary
from kernel.program import Program, environment_in
from waiting import wait_until

from changer.simulator.drive_life import Phase

from .mt_status import read_mt_status
from .tool import run, told

pytestmark = pytest.mark.guest_only

TEST_UNIT_READY = 0x00
READY = {"BOT", "WR_PROT", "ONLINE"}
READ_ONLY = "Read-only file system"
REMOVAL_PREVENTED_BY_DRIVE = (
    "Additional Sense Code = 53\nmtx: Request Sense: Additional Sense Qualifier = 03"
)


def node_of(library: AttachedLibrary, number: int) -> str:
    """/dev/nstN of a drive."""
    return str(library.drives[number]["no_rewind"])


def load(library: AttachedLibrary, slot: int, number: int) -> None:
    told("mtx", "-f", library.device, "load", str(slot), str(number))


def unload(library: AttachedLibrary, slot: int, number: int) -> None:
    told("mtx", "-f", library.device, "unload", str(slot), str(number))


def is_online(node: str) -> bool:
    return "ONLINE" in read_mt_status(node).flags


@pytest.fixture(scope="module")
def ready(tapes: AttachedLibrary) -> Iterator[str]:
    """/dev/nstN of drive 0, with the cartridge of slot 1 ready in it."""
    node = node_of(tapes, 0)
    load(tapes, 1, 0)
    wait_until(lambda: is_online(node))
    yield node
    unload(tapes, 1, 0)


@pytest.fixture
def other(tapes: AttachedLibrary) -> Iterator[str]:
    """/dev/nstN of drive 1, which is empty, and is again when the test has ended."""
    yield node_of(tapes, 1)
    if tapes.truth.cartridge_at("drive:1"):
        unload(tapes, 2, 1)


@pytest.fixture
def changer(tapes: AttachedLibrary, tmp_path: Path) -> Program:
    return Program(tapes.device, environment_in(tmp_path))


def test_an_empty_drive_is_open(other: str) -> None:
    status = read_mt_status(other)
    assert status.flags == {"DR_OPEN", "IM_REP_EN"}
    assert (status.file_number, status.block_number) == (-1, -1)


def test_a_cartridge_becomes_ready(tapes: AttachedLibrary, other: str) -> None:
    for _ in range(5):  # on a slow machine it is ready before mt is
        load(tapes, 2, 1)
        status = read_mt_status(other)
        if tapes.truth.drives[1].phase is Phase.LOADING:
            break
        unload(tapes, 2, 1)
    assert not status.flags & {"DR_OPEN", "ONLINE", "BOT"}
    # Without O_NONBLOCK, st waits for a cartridge that becomes ready.
    os.close(os.open(other, os.O_RDONLY))
    status = read_mt_status(other)
    assert status.flags >= READY


def test_a_ready_cartridge_is_at_its_beginning_and_write_protected(
    tapes: AttachedLibrary, ready: str
) -> None:
    status = read_mt_status(ready)
    assert status.flags == {*READY, "IM_REP_EN"}
    assert (status.file_number, status.block_number, status.block_size) == (0, 0, 0)
    assert (status.density, status.density_name) == (tapes.truth.profile.drive_density, "LTO-8")
    assert status.soft_errors == 0


def test_writing_is_refused_as_read_only(ready: str) -> None:
    with pytest.raises(OSError, match=READ_ONLY) as refused:
        os.open(ready, os.O_RDWR)
    assert refused.value.errno == errno.EROFS
    for operation in ("weof", "erase"):
        ended = run("mt-st", "-f", ready, operation)
        assert ended.exit_status == 1
        assert READ_ONLY in ended.stderr


def test_reading_finds_nothing_and_does_not_hang(ready: str) -> None:
    tape = os.open(ready, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(OSError, match="Input/output error") as blank:
            os.read(tape, 65536)
    finally:
        os.close(tape)
    assert blank.value.errno == errno.EIO


def test_the_position_is_told_and_can_only_be_the_beginning(ready: str) -> None:
    assert told("mt-st", "-f", ready, "tell") == "At block 0.\n"
    for operation in ("rewind", "eod", "seek 0"):
        assert told("mt-st", "-f", ready, *operation.split()) == ""
    beyond = run("mt-st", "-f", ready, "fsf", "1")
    assert (beyond.exit_status, "Input/output error" in beyond.stderr) == (2, True)
    told("mt-st", "-f", ready, "rewind")
    assert told("mt-st", "-f", ready, "tell") == "At block 0.\n"


def test_a_cartridge_is_given_up_taken_back_and_given_up_to_the_robot(
    tapes: AttachedLibrary, other: str
) -> None:
    load(tapes, 2, 1)
    wait_until(lambda: is_online(other))
    told("mt-st", "-f", other, "offline")
    assert tapes.truth.drives[1].phase is Phase.UNLOADED
    assert "DR_OPEN" in read_mt_status(other).flags
    told("mt-st", "-f", other, "load")
    wait_until(lambda: is_online(other))
    told("mt-st", "-f", other, "rewoffl")
    assert tapes.truth.drives[1].phase is Phase.UNLOADED
    unload(tapes, 2, 1)
    assert tapes.truth.cartridge_at("drive:1") is None
    assert tapes.truth.cartridge_at("2") is not None


def test_a_locked_drive_keeps_its_cartridge(
    tapes: AttachedLibrary, ready: str, changer: Program
) -> None:
    told("mt-st", "-f", ready, "lock")
    ended = run("mtx", "-f", tapes.device, "unload", "1", "0")
    assert (ended.exit_status, REMOVAL_PREVENTED_BY_DRIVE in ended.stderr) == (1, True)
    error = changer.refuse("unload", "0")
    assert error["code"] == "removal-prevented"
    assert tapes.truth.drives[0].phase is Phase.READY
    told("mt-st", "-f", ready, "unlock")
    changer.do("unload", "0")
    load(tapes, 1, 0)


def test_load_waits_for_the_drive_that_it_loads(
    tapes: AttachedLibrary, other: str, changer: Program
) -> None:
    """It knows which tape device is the drive by the serial number that the library reports."""
    before = [each.get(TEST_UNIT_READY, 0) for each in tapes.truth.drive_commands]
    document = changer.do("load", "2", "1", "--ready", "--json").document
    assert document["ready"] is True
    assert tapes.truth.drives[1].phase is Phase.READY
    assert read_mt_status(other).flags >= READY
    asked = [each.get(TEST_UNIT_READY, 0) for each in tapes.truth.drive_commands]
    assert asked[0] == before[0]
    assert asked[1] > before[1]
    changer.do("unload", "1")
    assert "DR_OPEN" in read_mt_status(other).flags
