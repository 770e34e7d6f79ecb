"""One word for what a drive does, by the library's element and the drive's own replies."""

from __future__ import annotations

from typing import Any

import pytest
from driver_support import element

from changer.drives.drive_state import DriveState, state_by_drive, state_by_library
from changer.library.element_state import find_condition
from changer.smc.asc import describe
from changer.smc.elements import AdditionalSense, Element, ElementType
from changer.smc.log_sense import DataTransferDeviceStatus, parse_data_transfer_device_status
from changer.smc.sense import SenseData

ADDRESS = 256


def shown(**fields: Any) -> Element:
    return element(ElementType.DATA_TRANSFER, ADDRESS, **fields)


FULL, EMPTY = shown(full=True), shown()
GONE = shown(exception=(0x3B, 0x1A))
STRANGE = shown(exception=(0x83, 0x03))


def sense(key: int, asc: int, ascq: int) -> SenseData:
    return SenseData(key, AdditionalSense(asc, ascq), deferred=False, descriptor_format=False)


def status(activity: int) -> DataTransferDeviceStatus:
    """Log page 11h, with that activity."""
    value = bytes((0x01, 0x10, activity, 0))
    page = bytes((0x11, 0, 0, 8, 0, 0, 0x03, len(value))) + value
    return parse_data_transfer_device_status(page)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("of", "state", "is_asked_for"),
    [
        (FULL, DriveState.LOADED, True),
        (EMPTY, DriveState.EMPTY, True),
        (GONE, DriveState.NOT_PRESENT, False),
        (None, DriveState.NOT_PRESENT, False),
        (STRANGE, DriveState.UNKNOWN, False),
        (shown(full=True, accessible=False), DriveState.LOADED, True),
    ],
)
def test_state_of_a_drive_that_is_not_asked_is_the_library_s(
    of: Element | None, state: DriveState, is_asked_for: bool
) -> None:
    """With why it was not asked, where that could tell more."""
    condition = find_condition(of, address=ADDRESS)
    told = state_by_library(condition, "in use by bareos-sd")
    assert told == (state, "in use by bareos-sd" if is_asked_for else condition.reason)
    assert state_by_library(condition) == (state, "" if is_asked_for else condition.reason)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("activity", "state", "reason"),
    [
        (0x01, DriveState.CLEANING, ""),
        (0x02, DriveState.LOADING, ""),
        (0x03, DriveState.UNLOADING, ""),
        (0x04, DriveState.BUSY, ""),
        (0x05, DriveState.READING, ""),
        (0x06, DriveState.WRITING, ""),
        (0x08, DriveState.BUSY, "rewinding"),
        (0x0B, DriveState.BUSY, "calibrating"),
        (0x0F, DriveState.WRITING, "encrypted"),
        (0x7E, DriveState.BUSY, ""),
    ],
)
def test_activity_says_what_a_drive_does(activity: int, state: DriveState, reason: str) -> None:
    condition = find_condition(FULL, address=ADDRESS)
    assert state_by_drive(condition, None, status(activity)) == (state, reason)
    assert state_by_drive(condition, sense(2, 4, 1), status(activity)) == (state, reason)


@pytest.mark.parametrize("page", [None, status(0)], ids=["no page", "page"])
def test_readiness_says_the_rest(page: DataTransferDeviceStatus | None) -> None:
    bare = SenseData(2, None, deferred=False, descriptor_format=True)
    rows: list[tuple[Element, SenseData | None, DriveState, str]] = [
        (FULL, None, DriveState.READY, ""),
        (FULL, sense(2, 0x3A, 0), DriveState.UNLOADED, "the drive has ejected its cartridge"),
        (FULL, sense(2, 0x04, 0x01), DriveState.LOADING, ""),
        (FULL, sense(2, 0x30, 0x03), DriveState.CLEANING, ""),
        (FULL, sense(2, 0x04, 0x00), DriveState.NOT_READY, "(Not Ready, 04/00)"),
        (FULL, sense(3, 0x30, 0x01), DriveState.NOT_READY, "30/01)"),
        (FULL, bare, DriveState.NOT_READY, describe(bare)),
        (EMPTY, sense(2, 0x3A, 0), DriveState.EMPTY, ""),
        (STRANGE, sense(2, 0x3A, 0), DriveState.UNKNOWN, ""),
        (STRANGE, None, DriveState.READY, ""),
        (EMPTY, None, DriveState.UNKNOWN, "it holds a cartridge, and the library shows none"),
    ]
    for of, reply, state, reason in rows:
        condition = find_condition(of, address=ADDRESS)
        told = state_by_drive(condition, reply, page)
        words = describe(reply) if reply and state is DriveState.NOT_READY else reason
        words = condition.reason if (of, state) == (STRANGE, DriveState.UNKNOWN) else words
        assert told == (state, words)
        assert reason in words
