"""Drives of a library and devices of the host: which match, and why others do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from changer.drives.matching import Match, match_drives
from changer.library import discovery
from changer.library.library import Library
from changer.smc.command import Command, Reply, Status

from .conftest import MakeLibrary

ALIKE = "may be that of /dev/sg901 and /dev/sg902"
SILENT = "the library does not report its serial number"


class Drive:
    """Of the kernel; answers every command with the page of its element address, or is busy."""

    def __init__(self, address: int | None) -> None:
        self._address = address

    def execute(self, _command: Command[Any]) -> Reply:
        if self._address is None:
            return Reply(Status.BUSY)
        return Reply(Status.GOOD, b"\1\xb4\0\2" + self._address.to_bytes(2, "big"))

    def close(self) -> None:
        pass


def make_library_of_kernel(make_library: MakeLibrary, **overrides: object) -> Library:
    opened = make_library(**overrides).open()
    opened.device = "/dev/sg900"
    return opened


@pytest.fixture(autouse=True)
def host(folder: Path, mocker: MockerFixture) -> Path:
    """A host without udev whose kernel shows what is in the folder."""
    mocker.patch.object(discovery, "_SYS", folder / "sys")
    mocker.patch("pyudev.Context", side_effect=OSError)
    return folder / "sys/class/scsi_generic"


def attach(host: Path, *serials: str) -> None:
    """Tape drives of these serial numbers, from /dev/sg901 on."""
    for number, serial in enumerate(serials, 901):
        drive = host / f"sg{number}/device"
        drive.mkdir(parents=True)
        (drive / "type").write_text("1\n")
        (drive / "vpd_pg80").write_bytes(bytes((1, 0x80, 0, len(serial))) + serial.encode())


def matched(library: Library) -> list[Match]:
    return [*match_drives(library, library.read()).drives.values()]


@pytest.mark.parametrize(
    ("serials", "reason", "hint"),
    [
        ((), "no tape device of this host has its serial number, OTHERDR000", "no tape drive"),
        (("ALONE12345",), "no tape device of this host has its serial number", "zoned to another"),
        (("OTHERDR0001", "XOTHERDR000"), ALIKE, "mt -f /dev/nst0"),
    ],
)
def test_drive_that_no_device_is_says_why(
    make_library: MakeLibrary, host: Path, serials: tuple[str, ...], reason: str, hint: str
) -> None:
    attach(host, *serials)
    with make_library_of_kernel(make_library, drive_serial="OTHERDR") as library:
        first = matched(library)[0]
    assert (first.device, first.matched_by) == (None, None)
    assert reason in first.reason and hint in first.hint


def test_drive_is_the_device_with_its_serial_number(make_library: MakeLibrary, host: Path) -> None:
    attach(host, "OTHERDR001", "ALONE12345")
    with make_library_of_kernel(make_library, drive_serial="OTHERDR") as library:
        found = match_drives(library, library.read())
    assert [each.device for each in found.drives.values()] == [None, "/dev/sg901"]
    assert [str(each.paths[0].device) for each in found.others] == ["/dev/sg902"]


@pytest.mark.parametrize(
    ("addresses", "first", "reason"),
    [
        ([], None, "there is none here"),
        ([0], "/dev/sg901", ""),
        ([None, 0], "/dev/sg902", ""),
        ([0, 0], None, f"{SILENT}; /dev/sg901: it reports element address"),
        ([1], None, "and no tape drive of this host reports element address"),
    ],
)
def test_drives_without_serial_numbers_are_matched_by_the_addresses_that_devices_report(
    make_library: MakeLibrary,
    host: Path,
    addresses: list[int | None],
    first: str | None,
    reason: str,
) -> None:
    attach(host, *(f"ALONE{number}" for number, _ in enumerate(addresses)))
    with make_library_of_kernel(make_library, identifiers="refused") as library:
        start = library.read().assignment.data_transfer.first
        told = [each if each is None else start + each for each in addresses]
        library.open_transport = lambda device, _: Drive(told[int(device[-1]) - 1])
        found = matched(library)[0]
    assert found.device == first
    assert reason in found.reason and bool(found.hint) is (first is None)
