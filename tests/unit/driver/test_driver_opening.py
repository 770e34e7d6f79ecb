"""A library is opened by what its device says of itself, where sysfs does not say it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from driver_support import UNKNOWN_OPCODE
from pytest_mock import MockerFixture
from users import no_right_to

from changer.errors import (
    AccessDenied,
    DeviceFailed,
    DeviceNotAvailable,
    LibraryElsewhere,
    NoLibrary,
    NotAChanger,
)
from changer.library import discovery
from changer.library.library import Library
from changer.library.opening import Request, open_device, open_library
from changer.library.owner_address import OwnerAddress
from changer.library.settings import Configuration, LibrarySettings
from changer.smc.command import Command, Reply, Status
from changer.store.sqlite import open_store
from changer.transport import Transport
from changer.values import replace

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
def opening(folder: Path, monkeypatch: pytest.MonkeyPatch, mocker: MockerFixture) -> Open:
    """Of /dev/sg3, which is all that the host has, and of which sysfs knows no serial number."""
    mocker.patch("pyudev.Context", side_effect=OSError)
    mocker.patch("os.access", return_value=True)
    state = folder / "state/state.db"
    open_store(state, clock=HandClock()).close()
    monkeypatch.setattr(discovery, "_SYS", folder)
    place = folder / "devices" / PLACE
    place.mkdir(parents=True)
    device = folder / "class/scsi_generic/sg3/device"
    device.parent.mkdir(parents=True)
    device.symlink_to(place)

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
            if not (device / file).exists():
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


def test_library_that_is_named_by_another_node_of_its_device_is_opened_by_its_sg_node(
    opening: Open,
) -> None:
    device = discovery._SYS / "dev/char/1:3/device"  # of /dev/null, which every host has
    (device / "scsi_generic/sg5").mkdir(parents=True)
    for name, text in {"type": CHANGER, "vendor": "HPE", "model": "MSL G3"}.items():
        (device / name).write_text(f"{text}\n")
    (device / "vpd_pg80").write_bytes(b"\x08\x80\0\3SN5")
    with opening("/dev/null") as library:
        assert (library.id, library.device) == ("HPE_MSL_G3_SN5", "/dev/sg5")
        assert library.identity.serial == "SN5"


def test_library_of_another_host_is_refused_before_store_and_device_with_what_names_it(
    tmp_path: Path, mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mocker.patch("pyudev.Context", side_effect=OSError)
    monkeypatch.setattr(discovery, "_SYS", tmp_path)
    request = Request(
        "the test",
        environment={"CHANGER_STATE": str(tmp_path / "none/state.db"), "CHANGER": "msl_7"},
        configuration=Configuration(libraries={"HP_MSL_7": THEIRS}),
        clock=HandClock(),
    )
    with pytest.raises(LibraryElsewhere) as raised:
        open_library(request)
    assert raised.value.message == (
        "library 'HP_MSL_7' is managed by owner.invalid, as the settings of this host say, and this"
        " request can't be passed on to it; $CHANGER names it"
    )
    assert not (tmp_path / "none").exists()


def test_device_that_this_user_may_not_open_is_not_asked(
    opening: Open, mocker: MockerFixture
) -> None:
    mocker.patch("os.access", return_value=False)
    asked = mocker.patch.object(Device, "execute")
    with pytest.raises((AccessDenied, DeviceNotAvailable), match="/dev/sg3"):
        opening()
    asked.assert_not_called()


@pytest.mark.parametrize("is_open", [True, False])
def test_scsi_device_of_any_kind_is_opened_by_its_sg_node_without_a_store(
    tmp_path: Path, mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch, *, is_open: bool
) -> None:
    monkeypatch.setattr(discovery, "_SYS", tmp_path)
    device = tmp_path / "dev/char/1:3/device"  # of /dev/null, which every host has
    (device / "scsi_generic/sg5").mkdir(parents=True)
    (device / "type").write_text(f"{TAPE}\n")
    mocker.patch("os.access", return_value=is_open)
    opened: list[str] = []

    def wrap(inner: Transport, name: str) -> Transport:
        opened.append(name)
        return inner

    request = Request(
        "the test",
        environment={"CHANGER_STATE": str(tmp_path / "none/state.db")},
        configuration=Configuration(),
        clock=HandClock(),
        library="/dev/null",
        wrap=wrap,
    )
    if is_open:
        open_device(request).close()
    else:
        with pytest.raises((AccessDenied, DeviceNotAvailable), match="/dev/sg5"):
            open_device(request)
    assert opened == (["/dev/sg5"] if is_open else [])
    with pytest.raises(NotAChanger, match="/dev/zero is not a SCSI generic device"):
        open_device(replace(request, library="/dev/zero"))
    assert not (tmp_path / "none").exists()


def test_right_to_the_store_is_asked_for_once_the_library_is_found(
    opening: Open, folder: Path
) -> None:
    opening(serial=b"SN1").close()  # what it imports is imported now
    with no_right_to(folder / "state"):
        with pytest.raises(NoLibrary, match="no library 'nosuch'"):
            opening("nosuch")
        with pytest.raises(AccessDenied, match="state"):
            opening(serial=b"SN1")
