"""The cleaner's slot is reserved and released only when the live library says that it may be."""

from collections.abc import Iterator

import pytest

from .contents import Contents
from .mtx_status import ReadMtx
from .program import Program


@pytest.fixture
def contents(changer: Program, mtx_status: ReadMtx) -> Iterator[Contents]:
    before = mtx_status()
    yield Contents(before)
    assert mtx_status() == before, "a cleaner function must move nothing"


def test_an_empty_slot_is_reserved_shown_and_released(changer: Program, contents: Contents) -> None:
    _, _, empty = contents.two_full_and_one_empty()
    changer.do("cleaner", "reserve", str(empty.number))
    status = changer.status()
    assert status["cleaner"] == {"slot": empty.number, "volume_tag": None, "cleans_left": None}
    assert [slot["number"] for slot in status["slots"] if slot["reserved"]] == [empty.number]
    changer.do("cleaner", "release")
    assert changer.status()["cleaner"] is None


def test_the_installed_program_reserves_and_releases(changer: Program, contents: Contents) -> None:
    _, _, empty = contents.two_full_and_one_empty()
    for words in (("cleaner", "reserve", str(empty.number)), ("cleaner", "release")):
        ended = changer.start(*words)
        assert ended.exit_status == 0, ended
        assert f"slot {empty.number} of" in ended.stdout


def test_a_full_slot_is_not_reserved(changer: Program, contents: Contents) -> None:
    full, _, _ = contents.two_full_and_one_empty()
    error = changer.refuse("cleaner", "reserve", str(full.number))
    assert error["ntms"] == {"name": "ERROR_SLOT_FULL", "code": 5006}
    assert full.volume_tag in error["message"]
    assert changer.status()["cleaner"] is None


def test_a_second_slot_is_not_reserved(changer: Program, contents: Contents) -> None:
    _, _, empty = contents.two_full_and_one_empty()
    changer.do("cleaner", "reserve", str(empty.number))
    error = changer.refuse("cleaner", "reserve", str(contents.empty_slots[0].number))
    assert error["ntms"] == {"name": "ERROR_ALREADY_RESERVED", "code": 4331}


def test_a_slot_outside_the_library_is_not_reserved(changer: Program, contents: Contents) -> None:
    error = changer.refuse("cleaner", "reserve", str(len(contents.status.slots) + 1))
    assert error["ntms"] == {"name": "ERROR_INVALID_SLOT", "code": 487}


def test_nothing_is_released_where_nothing_is_reserved(changer: Program) -> None:
    error = changer.refuse("cleaner", "release")
    assert error["ntms"] == {"name": "ERROR_NO_SLOT_RESERVED", "code": 4332}


def test_a_data_cartridge_is_refused_in_the_reserved_slot(
    changer: Program, contents: Contents
) -> None:
    full, _, empty = contents.two_full_and_one_empty()
    changer.do("cleaner", "reserve", str(empty.number))
    error = changer.refuse("move", str(full.number), str(empty.number))
    assert error["code"] == "slot-reserved"


def test_a_reserved_slot_that_was_filled_behind_our_back_is_not_released(
    changer: Program, device: str, mtx_status: ReadMtx
) -> None:
    import subprocess

    full, _, empty = Contents(mtx_status()).two_full_and_one_empty()
    changer.do("cleaner", "reserve", str(empty.number))
    mtx = ["mtx", "-f", device, "transfer"]
    subprocess.run([*mtx, str(full.number), str(empty.number)], check=True, capture_output=True)
    try:
        error = changer.refuse("cleaner", "release")
        assert error["ntms"] == {"name": "ERROR_SLOT_FULL", "code": 5006}
        assert changer.status()["cleaner"]["slot"] == empty.number
    finally:
        subprocess.run([*mtx, str(empty.number), str(full.number)], check=True, capture_output=True)
    changer.do("cleaner", "release")


def test_a_slot_whose_cartridge_is_out_in_a_drive_is_not_reserved(
    changer: Program, mtx_status: ReadMtx
) -> None:
    full, _, _ = Contents(mtx_status()).two_full_and_one_empty()
    changer.do("load", str(full.number))
    try:
        error = changer.refuse("cleaner", "reserve", str(full.number))
        assert error["ntms"] == {"name": "ERROR_BUSY", "code": 170}
        assert full.volume_tag in error["message"]
    finally:
        changer.do("unload")


def test_reserve_and_release_are_operations_in_the_history(
    changer: Program, contents: Contents
) -> None:
    full, _, empty = contents.two_full_and_one_empty()
    changer.refuse("cleaner", "reserve", str(full.number))
    changer.do("cleaner", "reserve", str(empty.number))
    changer.do("cleaner", "release")
    events = changer.do("history", "--json").document["events"]
    fields = ("kind", "state", "result", "code")
    assert [tuple(event[field] for field in fields) for event in events] == [
        ("release", "completed", "ERROR_SUCCESS", 0),
        ("reserve", "completed", "ERROR_SUCCESS", 0),
        ("reserve", "failed", "ERROR_SLOT_FULL", 5006),
    ]
