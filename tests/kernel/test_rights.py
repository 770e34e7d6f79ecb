"""An ordinary user: without rights refused, as a member of the group as good as root."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .accounts import OPERATOR, OUTSIDER, become
from .conftest import one_changer
from .program import Program, run_here

pytestmark = pytest.mark.guest_only


@pytest.fixture
def shared(device: str) -> Iterator[Program]:
    """The program with the host's own store, which root has made."""
    program = Program(device, {"CHANGER_CONFIG": os.devnull})
    program.do("state", "init")
    yield program
    shutil.rmtree("/var/lib/changer")


@one_changer
def test_the_store_of_the_host_is_for_the_group_of_the_device(shared: Program) -> None:
    folder, file = Path("/var/lib/changer"), Path("/var/lib/changer/state.db")
    assert (folder.group(), oct(folder.stat().st_mode & 0o7777)) == ("tape", "0o2770")
    assert (file.group(), oct(file.stat().st_mode & 0o777)) == ("tape", "0o660")


def test_a_virtual_library_that_comes_first_leaves_the_folder_to_the_group() -> None:
    folder = Path("/var/lib/changer")
    assert not folder.exists()
    try:
        ended = run_here(["sim", "create", "first"], {"CHANGER_CONFIG": os.devnull})
        assert ended.exit_status == 0, ended
        assert (folder.group(), oct(folder.stat().st_mode & 0o7777)) == ("tape", "0o2770")
    finally:
        shutil.rmtree(folder)


@one_changer
def test_a_user_outside_the_group_is_denied_and_told_what_to_do(shared: Program) -> None:
    for words in (("status",), ("cleaner", "reserve", "8")):
        ended = shared.start(*words, "--json", prefix=become(OUTSIDER))
        assert ended.error["ntms"] == {"name": "ERROR_ACCESS_DENIED", "code": 5}, ended
        assert f"{shared.device}: no permission to read and write" in ended.error["message"]
        assert "group tape (usermod -aG tape USER)" in ended.error["hint"]


@one_changer
def test_a_store_of_ones_own_opens_no_device(shared: Program) -> None:
    own = Path("/run/home") / OUTSIDER / "own/state.db"
    ended = shared.start("--state", str(own), "status", "--json", prefix=become(OUTSIDER))
    assert ended.error["ntms"] == {"name": "ERROR_ACCESS_DENIED", "code": 5}, ended
    assert "no permission to read and write" in ended.error["message"]
    assert "group tape" in ended.error["hint"]


@one_changer
def test_a_user_of_the_group_reserves_loads_and_releases(shared: Program) -> None:
    status = shared.status()
    empty = [slot["number"] for slot in status["slots"] if slot["full"] is False][-1]
    full = next(slot["number"] for slot in status["slots"] if slot["full"])
    for words in (
        ("cleaner", "reserve", str(empty)),
        ("load", str(full)),
        ("unload",),
        ("cleaner", "release"),
    ):
        ended = shared.start(*words, prefix=become(OPERATOR))
        assert ended.exit_status == 0, (words, ended)
