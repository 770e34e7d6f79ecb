"""The counter of SCSI commands counts what another program is known to send."""

import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from .mtx_status import MtxStatus

Dispatched = Callable[[], AbstractContextManager[list[int]]]


@pytest.mark.guest_only
def test_six_commands_of_mtx_status_are_counted(
    dispatched: Dispatched, mtx_status: Callable[[], MtxStatus]
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
