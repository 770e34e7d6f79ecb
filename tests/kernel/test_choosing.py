"""Which library is meant, on a host with a real one."""

import subprocess
from typing import Any

import pytest

from .conftest import one_changer
from .program import PROGRAM, Program


@pytest.fixture
def library_id(changer: Program) -> str:
    identity: str = changer.status()["library"]["id"]
    return identity


def listed(changer: Program) -> list[dict[str, Any]]:
    """The libraries of ``changer list``."""
    libraries: list[dict[str, Any]] = changer.do("list", "--json").document["libraries"]
    return libraries


@pytest.mark.rows(one_in=2)
def test_list_names_the_library_without_a_scsi_command(
    changer: Program, device: str, library_id: str
) -> None:
    (entry,) = [each for each in listed(changer) if each["device"] == device]
    assert entry["id"] == library_id
    assert entry["serial"]
    assert entry["by_id"].startswith("/dev/tape/by-id/")
    assert library_id in changer.do("list").stdout


@pytest.mark.rows(one_in=2)
def test_a_library_is_found_by_id_by_part_of_it_and_by_any_of_its_nodes(
    changer: Program, device: str, library_id: str
) -> None:
    by_id = next(each["by_id"] for each in listed(changer) if each["device"] == device)
    for name in (library_id, library_id[-6:].lower(), by_id):
        named = Program(name, changer.environment)
        assert named.status()["library"]["id"] == library_id


@one_changer
def test_only_the_only_library_needs_no_name(changer: Program, library_id: str) -> None:
    libraries = listed(changer)
    completed = subprocess.run(
        [PROGRAM, "cleaner", "status", "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **changer.environment},
    )
    if len(libraries) == 1:
        assert completed.returncode == 0, completed.stderr  # where it says that it reads, if slow
        assert library_id in completed.stdout
    else:  # tgt's is there too while another one is attached
        assert (completed.returncode, completed.stdout) == (4, "")
        assert all(each["id"] in completed.stderr for each in libraries)


@one_changer
def test_a_missing_device_is_an_error_that_says_where_to_look(changer: Program) -> None:
    error = Program("/dev/sg99", changer.environment).refuse("status")
    assert error["code"] == "device-not-available"
    assert error["ntms"] == {"name": "ERROR_DEVICE_NOT_AVAILABLE", "code": 4319}
    assert "changer list" in error["hint"]


def test_a_tape_drive_is_no_library(changer: Program) -> None:
    drive = next(each for each in changer.status()["drives"] if each["device"])
    error = Program(drive["device"], changer.environment).refuse("status")
    assert error["code"] == "not-a-changer"


@one_changer
def test_an_unknown_name_lists_the_libraries_there_are(changer: Program, library_id: str) -> None:
    error = Program("NO_SUCH_LIBRARY", changer.environment).refuse("status")
    assert error["code"] == "no-library"
    assert library_id in error["hint"]
