"""A cartridge that a drive gave back, by its log page 11h: only one that it had taken before."""

from __future__ import annotations

import pytest

from changer.drives.given_back import CartridgeShown
from changer.smc.log_sense import DataTransferDeviceStatus, parse_data_transfer_device_status

# Bits of the second byte, and what the third says.
IN_TRANSITION, REACHABLE, PRESENT, SEATED, THREADED = 0x80, 0x20, 0x10, 0x04, 0x02
CLEANING, LOADING, UNLOADING, READING = 0x01, 0x02, 0x03, 0x05
BACK = REACHABLE | PRESENT


def status(medium: int, activity: int = 0, *, initialized: bool = True) -> DataTransferDeviceStatus:
    value = bytes((int(initialized), medium, activity))
    return parse_data_transfer_device_status(b"\x11\0\0\7\0\0\3\3" + value)


TAKEN = (
    *(status(PRESENT, each) for each in (CLEANING, LOADING, UNLOADING)),
    status(PRESENT | SEATED),
    status(PRESENT | THREADED),
    status(PRESENT | SEATED | THREADED, READING),
)
NOT_TAKEN = (
    None,
    status(PRESENT),
    status(0),
    status(PRESENT, READING),
    status(PRESENT | SEATED | THREADED | IN_TRANSITION),
    status(PRESENT, LOADING, initialized=False),
    status(PRESENT | SEATED, initialized=False),
)


def is_back(*told: DataTransferDeviceStatus | None) -> bool:
    cartridge = CartridgeShown()
    for each in told:
        cartridge.note(each)
    return cartridge.is_back


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("before", "expected"),
    [*((each, True) for each in TAKEN), *((each, False) for each in NOT_TAKEN)],
)
def test_cartridge_is_back_that_the_drive_had_taken(
    before: DataTransferDeviceStatus | None, *, expected: bool
) -> None:
    assert not is_back(before)
    assert is_back(before, status(BACK)) is expected
    assert is_back(before, None, status(PRESENT), status(BACK)) is expected


@pytest.mark.parametrize(
    "last",
    [
        None,
        status(REACHABLE),
        status(PRESENT),
        status(BACK | IN_TRANSITION),
        status(BACK | SEATED),
        status(BACK | THREADED),
        status(BACK, UNLOADING),
        status(BACK, READING),
        status(BACK, initialized=False),
    ],
)
def test_cartridge_is_back_only_where_it_lies_ready_to_be_taken_by_the_last_reading(
    last: DataTransferDeviceStatus | None,
) -> None:
    assert not is_back(status(PRESENT | SEATED), last)
    assert not is_back(status(PRESENT | SEATED), status(BACK), last)
    assert is_back(status(PRESENT | SEATED), last, status(BACK))
