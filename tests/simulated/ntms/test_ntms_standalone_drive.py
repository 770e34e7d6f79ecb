"""CleanNtmsDrive of a tape drive that is part of no library: it is marked as cleaned."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary
from pytest_mock import MockerFixture

from changer import ntms
from changer.library import discovery
from changer.store.records import DriveIdentity

SERIAL = "HU1234ABCD"
DRIVE = ntms.standalone_drive_guid(SERIAL)


@dataclass
class KernelDevice:
    """What pyudev tells of a SCSI generic node; its files stand in a folder like sysfs."""

    sys_path: str
    device_node: str = "/dev/null"
    sys_number: str = "0"
    device_links: tuple[str, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def parent(self) -> KernelDevice:
        return self


@pytest.fixture
def tape_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mocker: MockerFixture) -> None:
    """The host has one tape drive; /dev/null stands for its node."""
    folder = tmp_path / "dev/char/1:3/device"
    (folder / "scsi_generic/sg0").mkdir(parents=True)
    serial = SERIAL.encode()
    for name, content in {
        "type": b"1\n",
        "vendor": b"IBM\n",
        "model": b"ULT3580-TD8\n",
        "rev": b"HB82\n",
        "vpd_pg80": bytes((1, 0x80, 0, len(serial))) + serial,
    }.items():
        (folder / name).write_bytes(content)
    monkeypatch.setattr(discovery, "_SYS", tmp_path)
    context = mocker.patch("pyudev.Context").return_value
    device = KernelDevice(str(folder))
    context.list_devices.side_effect = lambda **wanted: [] if "parent" in wanted else [device]


@pytest.mark.usefixtures("tape_drive")
def test_it_is_marked_with_the_time(demo: VirtualLibrary) -> None:
    assert ntms.CleanNtmsDrive(ntms.NtmsSession(demo.request), DRIVE) == ntms.ERROR_SUCCESS
    with demo.store() as store:
        (kept,) = store.drive_conditions(None)
    assert (kept.drive, kept.cleaned_at) == (SERIAL, demo.clock.now())
    assert demo.commands.total() == 0


@pytest.mark.usefixtures("tape_drive")
def test_drive_of_a_library_is_not_cleaned_by_hand(demo: VirtualLibrary) -> None:
    with demo.open() as library:
        library.store.replace_drives(library.id, [DriveIdentity(500, SERIAL)])
    code = ntms.CleanNtmsDrive(ntms.NtmsSession(demo.request), DRIVE)
    assert code == ntms.ERROR_INVALID_PARAMETER


@pytest.mark.usefixtures("tape_drive")
def test_session_comes_before_it(demo: VirtualLibrary) -> None:
    session = ntms.NtmsSession(demo.request)
    ntms.CloseNtmsSession(session)
    assert ntms.CleanNtmsDrive(session, DRIVE) == ntms.ERROR_INVALID_HANDLE


def test_drive_that_is_not_there_is_not_known(demo: VirtualLibrary) -> None:
    code = ntms.CleanNtmsDrive(ntms.NtmsSession(demo.request), DRIVE)
    assert code == ntms.ERROR_INVALID_DRIVE
