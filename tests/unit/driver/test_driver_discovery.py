"""What the kernel and udev know of a device without a command to it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_mock import MockerFixture
from users import no_right_to

from changer.errors import AccessDenied, NotAChanger
from changer.library.discovery import ScsiDevice, device_at, find_changers, find_tape_drives


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """A changer of the time before SPC-2, of which the kernel keeps no VPD page."""
    for name, text in {"type": "8", "vendor": "ADIC", "model": "FastStor DLT"}.items():
        (tmp_path / name).write_text(f"{text}\n")
    return tmp_path


def found(sysfs: Path, mocker: MockerFixture, serial: str | None) -> ScsiDevice:
    """The device, where udev has that for its serial number."""
    node = SimpleNamespace(
        sys_number="3",
        parent=SimpleNamespace(sys_path=str(sysfs)),
        device_node="/dev/sg3",
        device_links=[],
        properties={} if serial is None else {"ID_SCSI_SERIAL": serial},
    )
    listed = {"subsystem": [node], "parent": []}
    context = SimpleNamespace(list_devices=lambda **by: listed[next(iter(by))])
    mocker.patch("pyudev.Context", return_value=context)
    assert find_tape_drives() == ()
    (device,) = find_changers()
    return device


@pytest.mark.parametrize(("told", "serial"), [(" 9Z4711 ", "9Z4711"), ("  ", None), (None, None)])
def test_serial_number_that_udev_alone_knows_is_the_changer_s(
    sysfs: Path, mocker: MockerFixture, told: str | None, serial: str | None
) -> None:
    assert found(sysfs, mocker, told).identity.serial == serial


def test_serial_number_that_the_kernel_keeps_is_not_udev_s(
    sysfs: Path, mocker: MockerFixture
) -> None:
    (sysfs / "vpd_pg80").write_bytes(b"\x08\x80\x00\x064711AB")
    assert found(sysfs, mocker, "OTHER").identity.serial == "4711AB"


def test_device_in_a_folder_of_others_is_denied_and_not_said_to_be_missing(folder: Path) -> None:
    (folder / "sg3").touch()
    with no_right_to(folder), pytest.raises(AccessDenied, match="permission denied"):
        device_at(folder / "sg3")
    with pytest.raises(NotAChanger, match="is not a device"):
        device_at(folder / "sg3")
