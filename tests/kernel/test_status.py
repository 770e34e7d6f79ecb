"""Status through the kernel: its cost in SCSI commands, and drives by their serial numbers.

The counter of commands counts the six that mtx is known to send.
"""

import subprocess

import pytest

from .dispatch_count import Dispatched
from .mtx_status import ReadMtx
from .program import Program

READ_ELEMENT_STATUS = 0xB8


def test_a_status_costs_six_commands(changer: Program, dispatched: Dispatched) -> None:
    changer.status()
    with dispatched() as sent:
        changer.status()
    assert 0 < sent.number <= 6, sent
    assert sent.opcodes is None or set(sent.opcodes) <= {0x1A, READ_ELEMENT_STATUS}


@pytest.mark.rows(one_in=2)
def test_drives_are_found_by_their_serial_numbers(changer: Program) -> None:
    drives = changer.status()["drives"]
    known = [drive for drive in drives if drive["serial"]]
    assert known, "the library does not report a serial number"
    for drive in known:
        assert drive["device"].startswith("/dev/nst"), drive


@pytest.mark.rows(one_in=2)
def test_what_is_asked_for_costs_no_other_commands(
    changer: Program, dispatched: Dispatched
) -> None:
    changer.status()
    with dispatched() as whole:
        changer.status()
    for words in (("--drives",), ("1-2", "--full"), ("--problems", "--json")):
        with dispatched() as sent:
            changer.do("status", *words)
        assert (sent.number, sent.opcodes) == (whole.number, whole.opcodes), words


@pytest.mark.rows(one_in=2)
def test_drives_of_a_table_are_those_of_the_document(changer: Program) -> None:
    heading, *rows = changer.do(
        "status", "--drives", "--columns", "place,serial,device"
    ).stdout.splitlines()
    assert heading.split() == ["PLACE", "SERIAL", "DEVICE"]
    assert [each.split()[2:] for each in rows] == [
        [each["serial"] or "-", each["device"] or "-"] for each in changer.status()["drives"]
    ]


@pytest.mark.guest_only
def test_six_commands_of_mtx_status_are_counted(
    dispatched: Dispatched, mtx_status: ReadMtx
) -> None:
    with dispatched() as sent:
        mtx_status()
    assert sent.number == 6
    assert sent.opcodes in (None, [0x12, 0x1A, 0xB8, 0xB8, 0xB8, 0xB8])


@pytest.mark.guest_only
def test_commands_to_another_device_are_not_counted(dispatched: Dispatched) -> None:
    with dispatched() as sent:  # sg0 is tgt's controller: neither of the two changers
        subprocess.run(
            ["sg_turs", "/dev/sg0"], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    assert (sent.number, sent.opcodes or []) == (0, [])
