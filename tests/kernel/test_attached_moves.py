"""Moves that go wrong behind a real device: sent once, looked for, and recorded as they ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .faulty_library import COMMAND_SECONDS, MOVE_MEDIUM, SHORT_SECONDS, FaultyLibrary, true_places

pytestmark = pytest.mark.guest_only

LABEL = "A00001L8"


def load(faulty: FaultyLibrary, outcome: str, *, sent: int = 1) -> None:
    """Load slot 1; the program says that it went well, the truth agrees, and so the history."""
    with faulty.counting() as counted:
        moved = faulty.changer.do("load", "1", "--json").document["moves"]
    assert [(each["volume_tag"], each["destination"]) for each in moved] == [(LABEL, "drive:0")]
    assert counted[MOVE_MEDIUM] == sent
    assert true_places(faulty.truth)["drive:0"] == LABEL
    assert faulty.moves()[-1] == (outcome, LABEL, "1", "drive:0")


def load_failing(
    faulty: FaultyLibrary, code: str, exit_status: int, *, outcome: str, found: str
) -> Any:
    """Load slot 1, which is sent once and fails; ``found``: where the cartridge is then."""
    with faulty.counting() as counted:
        error = faulty.changer.refuse("load", "1")
    assert (error["code"], error["exit_status"]) == (code, exit_status), error
    assert counted[MOVE_MEDIUM] == 1, "a move is never sent again blindly"
    assert true_places(faulty.truth)[found] == LABEL
    assert faulty.moves() == [(outcome, LABEL, "1", "drive:0")]
    return error


@contextmanager
def next_move(faulty: FaultyLibrary, how: str, where: str) -> Iterator[None]:
    """Inside, a move ends so, and leaves its cartridge there."""
    faulty.fault(f"{how} {where}")
    seconds = SHORT_SECONDS if how == "move-hangs" else COMMAND_SECONDS
    with faulty.settings(move_timeout_seconds=seconds):
        yield


# Not executed: checked anew, and sent again


def test_move_that_met_a_unit_attention_is_made_once(faulty: FaultyLibrary) -> None:
    faulty.fault("unit-attention 29/00 on move")
    load(faulty, "completed", sent=2)
    assert [outcome for outcome, *_ in faulty.moves()] == ["not-executed", "completed"]


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("status", ["busy", "task-set-full"])
def test_move_that_met_a_busy_library_is_sent_again_by_the_kernel(
    faulty: FaultyLibrary, status: str
) -> None:
    faulty.fault(f"{status} 2 on move")
    load(faulty, "completed", sent=3)
    assert len(faulty.moves()) == 1, "the program saw none of that"


# Refused


@pytest.mark.parametrize(
    ("fault", "code", "exit_status"),
    [
        ("reservation-conflict on move", "reservation-conflict", 18),
        ("sense 05/53/02 on move", "removal-prevented", 37),
    ],
)
def test_move_that_the_library_refuses_is_sent_once(
    faulty: FaultyLibrary, fault: str, code: str, exit_status: int
) -> None:
    faulty.fault(fault)
    load_failing(faulty, code, exit_status, outcome="not-executed", found="1")


# In doubt: looked for


@pytest.mark.long
def test_move_that_left_the_cartridge_at_its_source_says_so(faulty: FaultyLibrary) -> None:
    with next_move(faulty, "move-hangs", "at-source"):
        error = load_failing(faulty, "move-failed", 38, outcome="not-executed", found="1")
    assert "everything is where it was" in error["message"]
    assert "no reply in time" in error["message"]


def test_move_that_left_the_cartridge_in_the_picker_says_how_to_go_on(
    faulty: FaultyLibrary,
) -> None:
    with next_move(faulty, "move-fails", "in-transport"):
        error = load_failing(faulty, "cartridge-misplaced", 39, outcome="unknown", found="picker")
    assert "but is in the picker" in error["message"]
    assert "15/01" in error["message"]
    assert "changer recover" in error["hint"]
    faulty.changer.do("move", "picker", "drive:0")
    assert true_places(faulty.truth)["drive:0"] == LABEL


@pytest.mark.long
def test_move_that_failed_at_its_destination_has_succeeded_with_a_doubt(
    faulty: FaultyLibrary,
) -> None:
    with next_move(faulty, "move-hangs", "at-destination"), faulty.counting() as counted:
        ended = faulty.changer.start("load", "1", "--json")
    assert ended.exit_status == 0, ended
    (moved,) = ended.document["moves"]
    assert "no reply in time" in moved["doubt"]
    assert counted[MOVE_MEDIUM] == 1
    assert true_places(faulty.truth)["drive:0"] == LABEL
    assert faulty.moves() == [("completed", LABEL, "1", "drive:0")]


def test_kernel_gives_up_a_move_at_its_time_out_and_does_not_repeat_it(
    faulty: FaultyLibrary,
) -> None:
    place = {each.place: each.address for each in faulty.truth.elements}
    source, destination = (place[each].to_bytes(2, "big").hex(" ") for each in ("1", "drive:0"))
    words = f"a5 00 00 00 {source} {destination} 00 00 00 00".split()
    faulty.fault("move-hangs in-transport")
    with faulty.counting() as counted:
        ended = faulty.sg_raw(*words, seconds=SHORT_SECONDS)
    assert ended.returncode == 99, ended
    assert "transport error: Host_status=0x03 [DID_TIME_OUT]" in ended.stderr
    assert counted[MOVE_MEDIUM] == 1
    assert true_places(faulty.truth)["picker"] == LABEL


def test_connection_lost_under_a_move_is_waited_for_and_the_cartridge_found(
    faulty: FaultyLibrary,
) -> None:
    faulty.fault("no-reply on move")
    error = load_failing(faulty, "move-failed", 38, outcome="not-executed", found="1")
    assert "DID_TRANSPORT_DISRUPTED" in error["message"]
    assert faulty.changer.do("load", "1").warnings == []


def test_move_whose_reply_is_lost_is_looked_for_until_the_robot_stands_still(
    faulty: FaultyLibrary,
) -> None:
    """The path is lost a second after the move came; the robot works for five more."""
    faulty.fault("robot-delay 6")
    faulty.fault("reply-lost at-source")
    with faulty.counting() as counted:
        ended = faulty.changer.start("load", "1", "--json")
    assert ended.exit_status == 0, ended
    (moved,) = ended.document["moves"]
    assert "DID_TRANSPORT_DISRUPTED" in moved["doubt"]
    assert counted[MOVE_MEDIUM] == 1
    assert true_places(faulty.truth)["drive:0"] == LABEL
    assert faulty.moves() == [("completed", LABEL, "1", "drive:0")]
