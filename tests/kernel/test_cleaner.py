"""The cleaner's slot is reserved and released when the live library says that it may be."""

import subprocess
from collections.abc import Iterator

import pytest

from .contents import Contents
from .mtx_status import ReadMtx
from .program import REAL_START, Program


@pytest.fixture
def contents(mtx_status: ReadMtx) -> Iterator[Contents]:
    before = mtx_status()
    yield Contents(before)
    assert mtx_status() == before, "what is moved is put back"


@pytest.mark.rows(one_in=2)
def test_the_installed_program_reserves_and_releases(changer: Program, contents: Contents) -> None:
    _, _, empty = contents.two_full_and_one_empty()
    for words in (("cleaner", "reserve", str(empty.number)), ("cleaner", "release")):
        ended = changer.start(*words, prefix=REAL_START)
        assert ended.exit_status == 0, ended
        assert f"slot {empty.number} of" in ended.stdout


@pytest.mark.rows(one_in=2)
def test_a_reserved_slot_that_was_filled_behind_our_back_is_not_released(
    changer: Program, device: str, contents: Contents
) -> None:
    full, _, empty = contents.two_full_and_one_empty()
    changer.do("cleaner", "reserve", str(empty.number))
    mtx = ["mtx", "-f", device, "transfer"]
    subprocess.run([*mtx, str(full.number), str(empty.number)], check=True, capture_output=True)
    try:
        error = changer.refuse("cleaner", "release")
        assert error["ntms"] == {"name": "ERROR_SLOT_FULL", "code": 5006}
    finally:
        subprocess.run([*mtx, str(empty.number), str(full.number)], check=True, capture_output=True)
    changer.do("cleaner", "release")
