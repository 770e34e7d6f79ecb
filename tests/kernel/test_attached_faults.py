"""Faults of a library behind a real device: shown, waited for, or refused.

Removal stays prevented through a reset.
"""

import subprocess

import pytest
from waiting import wait_until

from .faulty_library import (
    LINK,
    MOVE_MEDIUM,
    READ_ELEMENT_STATUS,
    SHORT_SECONDS,
    TEST_UNIT_READY,
    FaultyLibrary,
    shown_places,
    true_places,
)

pytestmark = pytest.mark.guest_only


def test_slot_is_released_only_when_its_magazine_is_back(faulty: FaultyLibrary) -> None:
    changer = faulty.changer
    changer.do("cleaner", "reserve", "12")
    faulty.fault("magazine-out 2")
    ended = changer.start("cleaner", "release", "--json")
    assert (ended.exit_status, ended.stdout) == (52, "")
    assert ended.error["code"] == "slot-not-present"
    assert ended.error["ntms"] == {"name": "ERROR_SLOT_NOT_PRESENT", "code": 4316}
    status = changer.status()
    assert status["cleaner"]["slot"] == 12
    assert [slot["number"] for slot in status["slots"] if not slot["present"]] == [*range(7, 13)], (
        "out is not empty"
    )
    faulty.fault("magazine-in 2")
    ended = changer.start("cleaner", "release")
    assert ended.exit_status == 0, ended
    assert changer.status()["cleaner"] is None


@pytest.mark.parametrize(
    ("fault", "refusal", "said"),
    [
        ("offline", ("library-offline", 16), "04/12"),
        ("reservation-conflict always", ("reservation-conflict", 18), "RESERVATION CONFLICT"),
    ],
)
def test_library_that_refuses_everything_is_told_apart_and_nothing_is_moved(
    faulty: FaultyLibrary, fault: str, refusal: tuple[str, int], said: str
) -> None:
    faulty.fault(fault)
    with faulty.settings(ready_timeout_seconds=SHORT_SECONDS), faulty.counting() as counted:
        errors = [faulty.changer.refuse(*words) for words in (("status",), ("load", "1"))]
    assert {(error["code"], error["exit_status"]) for error in errors} == {refusal}
    assert all(said in error["message"] for error in errors), errors
    assert all(error["hint"] for error in errors)
    assert counted.get(MOVE_MEDIUM, 0) == 0
    assert faulty.moves() == []


@pytest.mark.long
def test_ten_unit_attentions_hide_no_bar_code(faulty: FaultyLibrary) -> None:
    faulty.fault("unit-attention 29/00 10")
    with faulty.counting() as counted:
        status = faulty.changer.status()
    assert shown_places(status) == true_places(faulty.truth)
    assert sum(counted.values()) > 10


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("status", ["busy", "task-set-full"])
def test_kernel_asks_a_busy_library_again_by_itself(faulty: FaultyLibrary, status: str) -> None:
    faulty.fault(f"{status} 3 on 00")
    with faulty.counting() as counted:
        ended = faulty.sg_raw(*["00"] * 6)
    assert ended.returncode == 0, ended
    assert counted[TEST_UNIT_READY] == 4


def test_command_that_is_never_answered_ends_at_its_time_out_and_the_next_one_is_answered(
    faulty: FaultyLibrary,
) -> None:
    faulty.fault("hang on 00")
    with faulty.counting() as counted:
        ended = faulty.sg_raw(*["00"] * 6, seconds=SHORT_SECONDS)
    assert ended.returncode == 99, ended
    assert "DID_TIME_OUT" in ended.stderr
    assert counted[TEST_UNIT_READY] == 1
    faulty.changer.do("status")


def test_status_that_meets_a_lost_connection_fails_and_works_again_a_second_later(
    faulty: FaultyLibrary,
) -> None:
    faulty.fault(f"no-reply on {READ_ELEMENT_STATUS:02X}")
    ended = faulty.changer.start("status", "--json")
    assert (ended.exit_status, ended.stdout) == (13, ""), ended
    assert ended.error["code"] == "transport-failed"
    assert "dmesg" in ended.error["hint"]
    wait_until(faulty.answers)


def test_removal_is_prevented_again_after_the_kernel_has_reset_the_library(
    faulty: FaultyLibrary,
) -> None:
    faulty.changer.do("lock")
    assert faulty.truth.prevented
    subprocess.run(["sg_reset", "--device", LINK.resolve()], check=True, timeout=60)
    # LOGICAL UNIT RESET allows it; the kernel tells the library, and does not wait for it.
    wait_until(lambda: not faulty.truth.prevented)
    looked = faulty.changer.start("status", "--json")
    assert looked.exit_status == 0, looked
    assert "the library was reset; medium removal is prevented again" in looked.stderr
    assert faulty.truth.prevented
    faulty.changer.do("unlock")
    subprocess.run(["sg_reset", "--device", LINK.resolve()], check=True, timeout=60)
    faulty.changer.do("status")
    assert not faulty.truth.prevented
