"""Status: the same as that of mtx, element by element, and its cost in SCSI commands.

The counter of commands counts the six that mtx is known to send.
"""

import subprocess
from typing import Any

import pytest

from .dispatch_count import Dispatched
from .mtx_status import MtxElement, ReadMtx
from .program import Program

READ_ELEMENT_STATUS = 0xB8


def as_mtx(element: dict[str, Any]) -> tuple[bool, str | None]:
    return element["full"], element["volume_tag"]


def shown(elements: tuple[MtxElement, ...]) -> list[tuple[bool, str | None]]:
    return [(element.full, element.volume_tag) for element in elements]


def test_status_agrees_with_mtx_element_by_element(changer: Program, mtx_status: ReadMtx) -> None:
    status, mtx = changer.status(), mtx_status()
    assert [as_mtx(slot) for slot in status["slots"]] == shown(mtx.slots)
    assert [as_mtx(slot) for slot in status["mail"]] == shown(mtx.mail)
    assert [as_mtx(drive) for drive in status["drives"]] == shown(mtx.drives)
    assert [slot["number"] for slot in status["slots"]] == [slot.number for slot in mtx.slots]


def test_every_element_is_present_and_says_so(changer: Program) -> None:
    status = changer.status()
    assert {slot["present"] for slot in status["slots"] + status["mail"]} == {True}
    assert status["picker"]["full"] is False
    assert status["cleaner"] is None


def test_a_status_costs_six_commands(changer: Program, dispatched: Dispatched) -> None:
    changer.status()
    with dispatched() as opcodes:
        changer.status()
    assert len(opcodes) <= 6, opcodes
    assert set(opcodes) <= {0x1A, READ_ELEMENT_STATUS}


def test_drives_are_found_by_their_serial_numbers(changer: Program) -> None:
    drives = changer.status()["drives"]
    known = [drive for drive in drives if drive["serial"]]
    assert known, "the library tells no serial number"
    for drive in known:
        assert drive["device"].startswith("/dev/nst"), drive


def test_status_for_people_names_the_library_and_every_place(changer: Program) -> None:
    text = changer.do("status").stdout
    status = changer.status()
    assert status["library"]["serial"] in text
    for slot in status["slots"]:
        assert f"slot {slot['number']} " in text


@pytest.mark.guest_only
def test_six_commands_of_mtx_status_are_counted(
    dispatched: Dispatched, mtx_status: ReadMtx
) -> None:
    with dispatched() as opcodes:
        mtx_status()
    assert opcodes == [0x12, 0x1A, 0xB8, 0xB8, 0xB8, 0xB8]


@pytest.mark.guest_only
def test_commands_to_another_device_are_not_counted(dispatched: Dispatched) -> None:
    with dispatched() as opcodes:  # sg0 is tgt's controller: neither of the two changers
        subprocess.run(
            ["sg_turs", "/dev/sg0"], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    assert opcodes == []
