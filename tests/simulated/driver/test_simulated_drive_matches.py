"""Drives of a library and devices of the host: which match, and why others do not."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from changer.drives.drive import KnownDrive
from changer.drives.matching import Match, match_drives
from changer.drives.tape_node import tape_node
from changer.errors import ChangerError, DeviceNotAvailable, TransportFailed
from changer.library import discovery
from changer.library.discovery import ScsiDevice, find_tape_drives
from changer.library.drive_map import drive_of_library
from changer.library.library import Library
from changer.library.model import Identity
from changer.smc.command import Command, Reply, Status
from changer.store.records import DriveIdentity

from .conftest import MakeLibrary

SILENT = "the library does not report its serial number"
STRANGE = "the library reports no drive with its serial number"
UNTOLD = "it does not report its element address (VPD page B4h)"
TWICE = "it reports element address 500, and so does /dev/sg"
TRY = "load a cartridge into it, and see which device becomes ready: mt -f /dev/nst0 status"
LOOK = "lsscsi -g shows the tape drives that this host sees; it may be cabled or zoned to another"
NO_DRIVE = "this host has no tape drive"
LIBUDEV = "; udev's library libudev can't be used"
NONE_HERE = f"{NO_DRIVE}; check its cables and zones, then scan its SCSI hosts"


class Drive:
    """Of the kernel; answers every command with the page of its element address, or is busy."""

    def __init__(self, address: int | None) -> None:
        self._address = address
        self.is_open = True

    def execute(self, _command: Command[Any]) -> Reply:
        if self._address is None:
            return Reply(Status.BUSY)
        return Reply(Status.GOOD, b"\1\xb4\0\2" + self._address.to_bytes(2, "big"))

    def close(self) -> None:
        self.is_open = False


class Odd(Drive):
    """Answers with that page, or fails."""

    def __init__(self, page: bytes | ChangerError) -> None:
        super().__init__(None)
        self._page = page

    def execute(self, _command: Command[Any]) -> Reply:
        if isinstance(self._page, ChangerError):
            raise self._page
        return Reply(Status.GOOD, self._page)


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


@pytest.mark.parametrize(
    ("serials", "reason", "hint"),
    [
        ((), "no tape device of this host has its serial number, OTHERDR000", NONE_HERE),
        (("ALONE12345",), "no tape device of this host has its serial number, OTHERDR000", LOOK),
        (
            ("OTHERDR0001", "ALONE12345", "XOTHERDR000"),
            "the serial number OTHERDR000 that the library reports may be that of /dev/sg901 and"
            " /dev/sg903",
            TRY,
        ),
    ],
)
def test_drive_that_no_device_is_says_why(
    make_library: MakeLibrary, host: Path, serials: tuple[str, ...], reason: str, hint: str
) -> None:
    attach(host, *serials)
    with make_library_of_kernel(make_library, drive_serial="OTHERDR") as library:
        found = match_drives(library, library.read())
    first = found.drives[500]
    assert first == Match(first.identity, reason=reason, hint=first.hint)
    assert first.identity is not None and first.identity.serial == "OTHERDR000"
    assert first.hint.startswith(hint) and (LIBUDEV in first.hint) is (hint is not TRY)
    told = [(str(path.device), each.reason) for each in found.others for path in each.paths]
    shown = [f"/dev/sg{number}" for number, _ in enumerate(serials, 901)]
    assert told == [(each, STRANGE) for each in shown]


def test_drive_is_the_device_with_its_serial_number(make_library: MakeLibrary, host: Path) -> None:
    attach(host, "OTHERDR001", "ALONE12345")
    with make_library_of_kernel(make_library, drive_serial="OTHERDR") as library:
        found = match_drives(library, library.read())
    assert [each.device for each in found.drives.values()] == [None, "/dev/sg901"]
    assert [str(each.paths[0].device) for each in found.others] == ["/dev/sg902"]


@pytest.mark.parametrize(
    ("addresses", "first", "reason", "others"),
    [
        ([], None, f"{SILENT}, and there is none here", {}),
        ([500], "/dev/sg901", "", {}),
        ([None, 500], "/dev/sg902", "", {901: UNTOLD}),
        (
            [500, 501, 500, 501],
            None,
            f"{SILENT}; /dev/sg901: {TWICE}903; /dev/sg903: {TWICE}901",
            {
                901: f"{TWICE}903",
                902: f"{TWICE}904".replace("500", "501"),
                903: f"{TWICE}901",
                904: f"{TWICE}902".replace("500", "501"),
            },
        ),
        (
            [501],
            None,
            f"{SILENT}, and no tape drive of this host reports element address 500 (VPD page B4h)",
            {},
        ),
        (
            [499, 502],
            None,
            f"{SILENT}, and no tape drive of this host reports element address 500 (VPD page B4h)",
            {
                901: "it reports element address 499, which is not a drive of this library",
                902: "it reports element address 502, which is not a drive of this library",
            },
        ),
    ],
)
def test_drives_without_serial_numbers_are_matched_by_the_addresses_that_devices_report(
    make_library: MakeLibrary,
    host: Path,
    addresses: list[int | None],
    first: str | None,
    reason: str,
    others: dict[int, str],
) -> None:
    attach(host, *(f"ALONE{number}" for number, _ in enumerate(addresses)))
    with make_library_of_kernel(make_library, identifiers="refused") as library:
        library.open_transport = lambda device, _: Drive(addresses[int(device[-1]) - 1])
        found = match_drives(library, library.read())
    drive = found.drives[500]
    assert (drive.device, drive.reason) == (first, reason)
    assert drive.matched_by == (first and "element-address")
    assert drive.hint.partition(";")[0] == ("" if first else TRY if addresses else NO_DRIVE)
    told = {int(str(each.paths[0].device)[-3:]): each.reason for each in found.others}
    assert told == others


def test_drive_without_an_address_is_let_go_and_says_why(
    make_library: MakeLibrary, host: Path
) -> None:
    attach(host, *(f"ALONE{number}" for number in range(6)))
    (host / "sg906/device/vpd_pg80").unlink()
    replies: tuple[bytes | ChangerError, ...] = (
        b"\1\xb4\0\0",
        TransportFailed("the path is lost"),
        b"\1\x83\0\0",
        b"\1\xb4\0\4\0\1\0\0",
        b"\1\xb4\0\3\0\1\xf4",
    )
    opened: list[Odd] = []

    def open_it(device: str, _drive: int | str) -> Odd:
        opened.append(Odd(replies[int(device[-1]) - 1]))
        return opened[-1]

    with make_library_of_kernel(make_library, identifiers="refused") as library:
        library.open_transport = open_it
        found = match_drives(library, library.read())
    assert [each.is_open for each in opened] == [False] * 5
    assert found.drives[500].device == "/dev/sg905"
    assert [each.reason for each in found.others] == [
        "it reports no element address (VPD page B4h)",
        "the path is lost",
        "VPD page B4h: the device sent page 83h instead",
        "VPD page B4h: 10000h is not an element address",
        "the kernel has no serial number of it",
    ]


@pytest.mark.parametrize(
    ("vendor", "tape", "shown", "opened"),
    [
        ("TEST", "nst3", ("TEST", "ULT3580-TD8"), "/dev/nst3"),
        ("", "", ("HOST", "KERNEL'S"), "/dev/sg901"),
    ],
)
def test_drive_is_of_the_maker_that_the_library_reports_or_else_the_host(
    vendor: str, tape: str, shown: tuple[str, str], opened: str
) -> None:
    own = Identity("HOST", "KERNEL'S", "", "SN1")
    path = ScsiDevice(Path("/dev/sg901"), 1, own, tape=Path("/dev") / tape if tape else None)
    identity = DriveIdentity(500, "SN1", vendor or None, "ULT3580-TD8" if vendor else None)
    for told in [identity, *([] if vendor else [None])]:
        match = Match(told, "serial-number", "/dev/sg901", (path,))
        assert ((match.vendor, match.product), match.opened_as) == (shown, opened)
    alone = Match(identity, device="sim:demo/drive:0")
    assert ((alone.vendor, alone.product), alone.opened_as) == (
        (identity.vendor, identity.product),
        "sim:demo/drive:0",
    )


def test_recording_has_no_devices_and_says_of_each_drive_why(
    make_library: MakeLibrary, host: Path
) -> None:
    attach(host, "ALONE12345")
    with make_library(drive_serial="OTHERDR").open() as library:
        library.device = "replay:trace.jsonl"
        library.find_drive = partial(drive_of_library, library.device)
        found = match_drives(library, library.read())
    assert found.others == ()
    told = [(each.matched_by, each.device, each.reason) for each in found.drives.values()]
    assert told == [
        (None, None, f"no tape device of this host has the serial number OTHERDR00{n} of drive {n}")
        for n in (0, 1)
    ]
    assert all((each.hint or "").startswith("lsscsi -g shows") for each in found.drives.values())


def give_tape_node(host: Path, number: int, name: str) -> None:
    (host / f"sg{number}/device/scsi_tape/{name}").mkdir(parents=True)


def test_drive_is_used_by_the_tape_node_of_its_first_path_or_of_the_one_that_is_meant(
    make_library: MakeLibrary, host: Path
) -> None:
    attach(host, "OTHERDR000", "OTHERDR000", "OTHERDR000", "ALONE12345")
    for number, name in ((902, "nst7"), (903, "nst3"), (904, "nst0")):
        give_tape_node(host, number, name)
    without, one, other, stranger = find_tape_drives()
    drive = KnownDrive(0, 500, DriveIdentity(500, "OTHERDR000"))
    with make_library(drive_serial="OTHERDR").open() as library:
        assert tape_node(library, drive, path=None) == "sim:library/drive:0"
        library.device = "/dev/sg900"
        library.find_drive = partial(drive_of_library, library.device)
        nodes = [tape_node(library, drive, path=each) for each in (one, other, None)]
        assert nodes == ["/dev/nst7", "/dev/nst3", "/dev/nst3"]
        assert {tape_node(library, drive, path=each) for each in (without, stranger)} == {
            "/dev/nst3"
        }


def test_drive_without_a_tape_node_is_told_with_what_makes_one(
    make_library: MakeLibrary, host: Path
) -> None:
    attach(host, "OTHERDR000")
    drive = KnownDrive(0, 500, DriveIdentity(500, "OTHERDR000"))
    with make_library(drive_serial="OTHERDR").open() as library:
        library.device = "/dev/sg900"
        library.find_drive = partial(drive_of_library, library.device)
        with pytest.raises(DeviceNotAvailable) as raised:
            tape_node(library, drive, path=None)
    assert raised.value.message == (
        "drive 0 is /dev/sg901, and the kernel made no tape node for it"
    )
    assert raised.value.hint == "load the kernel's tape driver: modprobe st"
