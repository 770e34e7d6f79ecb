"""Which devices of the host are the drive that a library reports by a serial number."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from pytest_mock import MockerFixture

from changer.errors import DeviceNotAvailable
from changer.library.discovery import SEQUENTIAL_ACCESS, ScsiDevice
from changer.library.drive_map import device_finder, drive_of_library, may_be_same_drive, paths_of
from changer.library.model import Identity
from changer.store.records import DriveIdentity
from changer.values import replace


def device(number: int, serial: str | None) -> ScsiDevice:
    identity = Identity("TEST", "ULT3580-TD8", "0001", serial)
    return ScsiDevice(Path(f"/dev/sg{number}"), SEQUENTIAL_ACCESS, identity)


def found(told: str | None, *own: str | None) -> list[int]:
    devices = [device(number, serial) for number, serial in enumerate(own)]
    return [devices.index(each) for each in paths_of(told, devices)]


@pytest.mark.rows(one_in=1)
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


def host_has(mocker: MockerFixture, *devices: ScsiDevice) -> MagicMock:
    mocker.patch("changer.library.discovery.udev_trouble", return_value=None)
    return mocker.patch("changer.library.discovery.find_tape_drives", return_value=devices)


FIRST, SECOND = device(1, "HU1000AAAA"), replace(device(2, "HU1000AAAA"), tape=Path("/dev/nst7"))
OTHER = replace(device(3, "HU1000BBBB"), tape=Path("/dev/nst0"))


def known(serial: str | None) -> DriveIdentity:
    return DriveIdentity(500, serial)


def test_drive_is_opened_by_the_first_of_its_paths(mocker: MockerFixture) -> None:
    host_has(mocker, OTHER, FIRST, SECOND)
    assert drive_of_library("/dev/sg9", 0, known("1000AAAA")) == "/dev/sg1"
    assert drive_of_library("/dev/sg9", 1, known("HU1000BBBB")) == "/dev/sg3"
    assert drive_of_library("sim:demo", 1, known("HU1000BBBB")) == "sim:demo/drive:1"
    assert drive_of_library("sim:demo", 0, None) == "sim:demo/drive:0"


@pytest.mark.parametrize("identity", [None, known(None)])
def test_drive_whose_serial_number_is_not_reported_has_no_device(
    mocker: MockerFixture, identity: DriveIdentity | None
) -> None:
    host_has(mocker, FIRST)
    with pytest.raises(DeviceNotAvailable) as raised:
        drive_of_library("/dev/sg9", 3, identity)
    assert raised.value.message == (
        "the library does not report the serial number of drive 3, so its tape device can't be "
        "found"
    )
    assert raised.value.hint == (
        "leave out --ready, and check the tape device yourself: mt -f /dev/nst0 status"
    )


def test_drive_that_no_device_of_the_host_is_is_told_by_its_serial_number(
    mocker: MockerFixture,
) -> None:
    host_has(mocker, OTHER)
    with pytest.raises(DeviceNotAvailable) as raised:
        drive_of_library("/dev/sg9", 3, known("HU1000AAAA"))
    assert raised.value.message == (
        "no tape device of this host has the serial number HU1000AAAA of drive 3"
    )
    assert raised.value.hint == "lsscsi -g shows what the host sees; or leave out --ready"


def test_devices_of_all_drives_are_found_by_one_look_at_the_host(mocker: MockerFixture) -> None:
    asked = host_has(mocker, OTHER, FIRST, SECOND)
    library: Any = SimpleNamespace(device="/dev/sg9")
    find = device_finder(library)
    asked.assert_not_called()
    identities = [known("HU1000AAAA"), known("HU1000BBBB"), known("HU1"), known(None), None]
    assert [find(0, each) for each in identities] == ["/dev/sg1", "/dev/nst0", None, None, None]
    asked.assert_called_once_with()


def test_devices_of_virtual_drives_are_their_names(mocker: MockerFixture) -> None:
    asked = host_has(mocker)
    find_drive = partial(drive_of_library, "sim:demo")
    library: Any = SimpleNamespace(device="sim:demo", find_drive=find_drive)
    assert device_finder(library)(1, None) == "sim:demo/drive:1"
    asked.assert_not_called()
