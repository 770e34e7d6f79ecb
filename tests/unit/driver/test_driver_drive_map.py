"""Which devices of the host are the drive that a library reports by a serial number."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.library.discovery import SEQUENTIAL_ACCESS, ScsiDevice
from changer.library.drive_map import may_be_same_drive, paths_of
from changer.library.model import Identity


def device(number: int, serial: str | None) -> ScsiDevice:
    identity = Identity("TEST", "ULT3580-TD8", "0001", serial)
    return ScsiDevice(Path(f"/dev/sg{number}"), SEQUENTIAL_ACCESS, identity)


def found(told: str | None, *own: str | None) -> list[int]:
    devices = [device(number, serial) for number, serial in enumerate(own)]
    return [devices.index(each) for each in paths_of(told, devices)]


@pytest.mark.parametrize(
    ("told", "own", "same"),
    [
        ("HU1000AAAA", "HU1000AAAA", True),
        ("AB1", "AB1", True),  # short, but equal
        ("1000AA", "HU1000AAAA", True),  # six characters, in the middle
        ("000AA", "HU1000AAAA", False),
        ("HU1000AAAA", "HU1000AAAB", False),
        (None, "HU1000AAAA", False),
        ("HU1000AAAA", None, False),
        ("", "", False),
        (None, None, False),
    ],
)
def test_serial_numbers_fit_where_they_are_equal_or_one_contains_the_other(
    told: str | None, own: str | None, *, same: bool
) -> None:
    assert may_be_same_drive(told, own) is same
    assert may_be_same_drive(own, told) is same


def test_same_serial_number_comes_before_one_that_contains_it() -> None:
    """Of a drive of another library, or of none, for example."""
    assert found("1000AAAA", "HU1000AAAA", "1000AAAA", "1000AAAA0") == [1]
    assert found("HU1000AAAA", "1000AAAA", "HU1000AAAA") == [1]


def test_all_paths_of_a_drive_are_found_in_their_order() -> None:
    assert found("HU1000AAAA", "B", "HU1000AAAA", "C", "HU1000AAAA") == [1, 3]
    assert found("1000AAAA", "B", "HU1000AAAA", "C", "HU1000AAAA") == [1, 3]


def test_drive_without_a_serial_number_is_no_device() -> None:
    assert found(None, None, "HU1000AAAA") == []
    assert found("", "", None) == []
