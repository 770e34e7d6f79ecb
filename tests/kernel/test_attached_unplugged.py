"""A library that is slow, reset, or pulled out of the host under the program."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
from waiting import wait_until

from .faulty_library import LIBRARY_ID, LINK, MOVE_MEDIUM, FaultyLibrary, shown_places, true_places
from .program import PROGRESS, Program, end_of

pytestmark = pytest.mark.guest_only


def load_slowly(faulty: FaultyLibrary) -> subprocess.Popen[str]:
    """``changer load 1`` in a process of its own, under way: the robot has its order."""
    sent = faulty.truth.commands.get(MOVE_MEDIUM, 0)
    process = faulty.changer.begin("load", "1")
    wait_until(lambda: faulty.truth.commands.get(MOVE_MEDIUM, 0) > sent)
    return process


def is_unplugged() -> bool:
    """The kernel has no such device any more: only then does udev remove the link."""
    return not LINK.is_symlink()


@pytest.fixture
def slow(faulty: FaultyLibrary) -> FaultyLibrary:
    """Its robot takes longer than the progress is silent, and than a status takes here."""
    began = time.monotonic()
    faulty.changer.status()
    faulty.fault(f"robot-delay {4 + 3 * (time.monotonic() - began):.1f}")
    return faulty


def test_slow_move_shows_its_progress_and_who_looks_meanwhile_sees_where_it_ended(
    slow: FaultyLibrary,
) -> None:
    """This library answers READ ELEMENT STATUS when its robot stands still."""
    process = load_slowly(slow)
    status = slow.changer.status()
    ended = end_of(process)
    assert (ended.exit_status, ended.stdout) == (0, "moved A00001L8 from slot 1 to drive 0\n")
    shown = PROGRESS.fullmatch(ended.stderr.rstrip("\n"))
    # One line a minute: the reading's, where that was slow already.
    assert shown and shown["step"] in (
        "moving A00001L8 from slot 1 to drive 0",
        "reading the library",
    ), ended
    assert shown_places(status) == true_places(slow.truth)


def test_interrupted_slow_move_ends_when_the_robot_stands_still(slow: FaultyLibrary) -> None:
    process = load_slowly(slow)
    process.send_signal(signal.SIGINT)
    ended = end_of(process)
    assert (ended.exit_status, ended.stdout) == (130, "")
    assert "interrupted" in ended.stderr
    assert slow.moves() == [("completed", "A00001L8", "1", "drive:0")]
    assert true_places(slow.truth)["drive:0"] == "A00001L8"


def test_unplugged_library_is_missing_and_is_itself_again_when_it_is_back(
    faulty: FaultyLibrary,
) -> None:
    node = LINK.resolve()
    faulty.changer.do("load", "1")
    faulty.fault("unplugged")
    wait_until(is_unplugged)
    listed = faulty.changer.do("list", "--json").document["libraries"]
    assert LIBRARY_ID not in [each["id"] for each in listed]
    by_id = faulty.changer.refuse("status")
    assert (by_id["code"], by_id["exit_status"]) == ("no-library", 3)
    by_node = Program(str(node), faulty.changer.environment).refuse("status")
    assert (by_node["code"], by_node["exit_status"]) == ("device-not-available", 10)
    faulty.fault("plugged")
    wait_until(LINK.exists)
    status = faulty.changer.status()
    assert status["library"]["id"] == LIBRARY_ID
    assert status["drives"][0]["volume_tag"] == "A00001L8"
    faulty.changer.do("unload")
    assert true_places(faulty.truth)["1"] == "A00001L8"


def test_unplugged_drive_is_missing_alone(faulty: FaultyLibrary) -> None:
    drive = faulty.changer.status()["drives"][0]
    node, generic = Path(drive["device"]), Path(faulty.attached.drives[0]["generic"])
    faulty.fault("unplugged drive:0")
    wait_until(lambda: not (node.exists() or generic.exists()))
    first, second = faulty.changer.status()["drives"]
    assert (first["serial"], first["device"]) == (drive["serial"], None)
    assert second["device"] is not None
    error = faulty.changer.refuse("load", "1", "0", "--ready")
    assert (error["code"], error["exit_status"]) == ("device-not-available", 10)
    assert true_places(faulty.truth)["1"] == "A00001L8"
    faulty.changer.do("load", "1", "0")
    assert true_places(faulty.truth)["drive:0"] == "A00001L8", "the robot can all the same"
    faulty.fault("plugged drive:0")
    # The kernel makes the tape's node before the generic one.
    wait_until(lambda: node.exists() and generic.exists())
    assert faulty.changer.status()["drives"][0]["device"] == str(node)


def test_library_that_is_unplugged_under_a_move_says_that_the_outcome_is_open(
    slow: FaultyLibrary,
) -> None:
    process = load_slowly(slow)
    slow.fault("unplugged")
    ended = end_of(process)
    assert ended.exit_status == 40, ended
    assert ended.stdout == ""
    assert "can't be located now" in ended.stderr
    wait_until(is_unplugged)
    slow.fault("plugged")
    wait_until(LINK.exists)
    slow.fault("robot-delay 0")
    assert slow.changer.status()["drives"][0]["volume_tag"] == "A00001L8"
    assert slow.moves() == [("unknown", "A00001L8", "1", "drive:0")]
    unload = slow.changer.do("unload")
    assert "was completed nonetheless: it is in drive 0" in unload.stderr
