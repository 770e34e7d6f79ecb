"""A library is opened by what its device says of itself, where sysfs does not say it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from driver_support import UNKNOWN_OPCODE
from pytest_mock import MockerFixture

from changer.errors import DeviceFailed, LibraryElsewhere, NotAChanger
from changer.library import discovery
from changer.library.library import Library
from changer.library.opening import Request, open_library
from changer.library.owner_address import OwnerAddress
from changer.library.settings import Configuration, LibrarySettings
from changer.smc.command import Command, Reply, Status
from changer.store.sqlite import open_store

TAPE, CHANGER = 1, 8
THEIRS = LibrarySettings(manager=OwnerAddress("owner.invalid"))
PLACE = "pci0/0000:02:00.0/host6/target6:0:4/6:0:4:1"
AT = "HPE_MSL_G3_at_0000_02_00.0-0_0_4_1"

Open = Callable[..., Library]


class Device:
    """What it says of itself, in bytes."""

    def __init__(self, kind: int, maker: bytes, serial: bytes) -> None:
        self.inquiry = bytes((kind, 0x80, 3, 2, 31, 0, 0, 0)) + maker.ljust(24) + b"8.70"
        self.serial = serial

    def execute(self, command: Command[Any]) -> Reply:
        if command.cdb[:2] == b"\x12\0":
            return Reply(Status.GOOD, self.inquiry)
        if self.serial and command.cdb[:3] == b"\x12\1\x80":
            return Reply(Status.GOOD, bytes((CHANGER, 0x80, 0, len(self.serial))) + self.serial)
        return UNKNOWN_OPCODE

    def close(self) -> None:
        pass


@pytest.fixture
def opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mocker: MockerFixture) -> Open:
    """Of /dev/sg3, which is all that the host has, and of which sysfs knows no serial number."""
    mocker.patch("pyudev.Context", side_effect=OSError)
    mocker.patch("os.access", return_value=True)
    state = tmp_path / "state/state.db"
    open_store(state, clock=HandClock()).close()
    monkeypatch.setattr(discovery, "_SYS", tmp_path)
    folder = tmp_path / "devices" / PLACE
    folder.mkdir(parents=True)
    device = tmp_path / "class/scsi_generic/sg3/device"
    device.parent.mkdir(parents=True)
    device.symlink_to(folder)

    def open_it(
        name: str | None = None,
        *,
        kind: int = CHANGER,
        maker: bytes = b"HPE     MSL G3",
        serial: bytes = b"",
        **libraries: LibrarySettings,
    ) -> Library:
        told = {"type": str(CHANGER), "vendor": maker[:8].decode(), "model": maker[8:].decode()}
        for file, text in told.items():
            (device / file).write_text(f"{text}\n")
        request = Request(
            "the test",
            environment={"CHANGER_STATE": str(state)},
            configuration=Configuration(libraries=libraries),
            clock=HandClock(),
            library=name,
            wrap=lambda _inner, _device: Device(kind, maker, serial),
        )
        return open_library(request)

    return open_it


@pytest.mark.parametrize(
    ("serial", "library_id"), [(b"SN1", "HPE_MSL_G3_SN1"), (b"", AT)], ids=["told", "not told"]
)
def test_library_is_known_by_the_serial_number_that_it_tells(
    opening: Open, serial: bytes, library_id: str
) -> None:
    with opening(serial=serial) as library:
        assert (library.id, library.device) == (library_id, "/dev/sg3")


def test_device_that_tells_to_be_no_changer_is_not_opened_as_one(opening: Open) -> None:
    with pytest.raises(NotAChanger, match="/dev/sg3 is not a medium changer"):
        opening(kind=TAPE)


def test_tape_drive_is_not_opened_as_a_library(opening: Open) -> None:
    """Nor asked: that could make it rewind."""
    device = discovery._SYS / "dev/char/1:3/device"  # of /dev/null, which every host has
    (device / "scsi_generic/sg5").mkdir(parents=True)
    (device / "type").write_text(f"{TAPE}\n")
    with pytest.raises(NotAChanger, match="/dev/null is not a medium changer"):
        opening("/dev/null")


def test_device_that_tells_nothing_of_itself_has_no_records(opening: Open) -> None:
    (discovery._SYS / "devices").rename(discovery._SYS / "nowhere")
    (discovery._SYS / "class/scsi_generic/sg3/device").unlink()
    (discovery._SYS / "class/scsi_generic/sg3/device").mkdir()
    with pytest.raises(DeviceFailed, match="does not report a vendor, product or serial number"):
        opening(maker=b"")


@pytest.mark.parametrize(
    ("serial", "table"), [(b"SN1", "HPE_MSL_G3_SN1"), (b"", "HPE_MSL_G3")], ids=["id", "model"]
)
def test_library_that_turns_out_to_be_another_hosts_is_not_opened(
    opening: Open, serial: bytes, table: str
) -> None:
    with pytest.raises(LibraryElsewhere, match="is managed by owner"):
        opening(AT, serial=serial, **{table: THEIRS})
    with opening(AT, serial=serial, **{table: LibrarySettings()}) as library:
        assert library.device == "/dev/sg3"
