"""What the kernel and udev know of a device without a command to it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import pyudev
from pytest_mock import MockerFixture
from users import no_right_to

from changer.errors import AccessDenied, NotAChanger
from changer.library import discovery
from changer.library.discovery import (
    ScsiDevice,
    device_at,
    find_changers,
    find_tape_drives,
    udev_links,
)
from changer.library.model import Identity


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


LOGICAL_UNIT, TARGET_PORT = 0, 1
T10, EUI_64, NAA = (2, 1, b"HPE     MSL"), (1, 2, bytes(range(8))), (1, 3, bytes.fromhex("5001"))


def page_83h(*designators: tuple[int, int, bytes], association: int = LOGICAL_UNIT) -> bytes:
    """Of designators by their code set, their type and what they are."""
    body = b"".join(
        bytes((code_set, association << 4 | kind, 0, len(content))) + content
        for code_set, kind, content in designators
    )
    return b"\x08\x83" + len(body).to_bytes(2, "big") + body


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("page", "serial", "t10_vendor"),
    [
        (page_83h(T10, EUI_64, NAA), "5001", "HPE"),
        (page_83h(T10, EUI_64), "0001020304050607", "HPE"),
        (page_83h(T10), "HPE     MSL", "HPE"),
        (page_83h(EUI_64, T10), "0001020304050607", "HPE"),
        (page_83h((2, 1, b"")), "", None),
        (page_83h((2, 0, b"own"), (3, 8, b"naa.5001")), None, None),
        (page_83h(T10, EUI_64, NAA, association=TARGET_PORT), None, None),
        (page_83h(T10)[:9], None, None),
    ],
)
def test_changer_without_a_serial_number_is_known_by_the_best_designator_of_its_unit(
    sysfs: Path, mocker: MockerFixture, page: bytes, serial: str | None, t10_vendor: str | None
) -> None:
    (sysfs / "vpd_pg83").write_bytes(page)
    identity = Identity("ADIC", "FastStor DLT", "", serial, t10_vendor)
    assert found(sysfs, mocker, None).identity == identity
    (sysfs / "vpd_pg80").write_bytes(b"\x08\x80\x00\x064711AB")
    assert found(sysfs, mocker, None).identity.serial == "4711AB"


def sg_node(folder: Path, number: int, *links: str, kind: int = 1) -> SimpleNamespace:
    """A device of that kind, as udev shows the node of the kernel's number."""
    parent = folder / f"{number}:0:0:0"
    parent.mkdir()
    (parent / "type").write_text(f"{kind}\n")
    return SimpleNamespace(
        sys_number=str(number),
        parent=SimpleNamespace(sys_path=str(parent)),
        device_node=f"/dev/sg{number}",
        device_links=links,
        properties={},
    )


def test_devices_come_in_order_with_all_their_links(tmp_path: Path, mocker: MockerFixture) -> None:
    nodes = [sg_node(tmp_path, number, "/dev/b") for number in (10, 9, 1)]
    nodes += [sg_node(tmp_path, 2, "/dev/tape/by-id/it-sg", kind=8)]
    alone = SimpleNamespace(sys_number="0", parent=None)
    below = {
        id(nodes[1].parent): [SimpleNamespace(device_links=["/dev/c", "/dev/a"])],
        id(nodes[3].parent): [SimpleNamespace(device_links=["/dev/tape/by-id/it"])],
    }
    context = mocker.patch("pyudev.Context").return_value
    context.list_devices = lambda subsystem=None, parent=None: (
        below.get(id(parent), []) if parent else [alone, *nodes]
    )
    told = [(str(each.device), [*map(str, each.links)]) for each in find_tape_drives()]
    assert told == [
        ("/dev/sg1", ["/dev/b"]),
        ("/dev/sg9", ["/dev/a", "/dev/b", "/dev/c"]),
        ("/dev/sg10", ["/dev/b"]),
    ]
    (changer,) = find_changers()
    assert (str(changer.device), str(changer.by_id)) == ("/dev/sg2", "/dev/tape/by-id/it")


def test_devices_come_in_order_where_the_kernel_alone_shows_them(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    mocker.patch("pyudev.Context", side_effect=OSError)
    mocker.patch.object(discovery, "_SYS", tmp_path)
    for number in (10, 9, 1):
        device = tmp_path / f"class/scsi_generic/sg{number}/device"
        for tape in ("st0", "nst0a", "nst12", "nst0"):
            (device / f"scsi_tape/{tape}").mkdir(parents=True)
        (device / "type").write_text("1\n")
    told = [(str(each.device), str(each.tape), each.links) for each in find_tape_drives()]
    assert told == [(f"/dev/sg{number}", "/dev/nst0", ()) for number in (1, 9, 10)]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("links", "tape_by_id", "by_id"),
    [
        ([], None, None),
        (["tape/by-path/a-nst", "tape/by-path/a-changer"], None, None),
        (["tape/by-id/z", "tape/by-id/b-changer", "tape/by-id/a"], None, "tape/by-id/b-changer"),
        (["tape/by-id/z-nst", "tape/by-id/b-nst"], "tape/by-id/b-nst", "tape/by-id/b-nst"),
        (["tape/by-id/a", "tape/by-id/b-nst"], "tape/by-id/b-nst", "tape/by-id/a"),
    ],
)
def test_link_by_id_is_that_of_the_changer_or_of_the_tape(
    links: list[str], tape_by_id: str | None, by_id: str | None
) -> None:
    identity = Identity("IBM", "ULT3580-TD8", "", None)
    device = ScsiDevice(Path("/dev/sg3"), 1, identity, links=tuple(map(Path, links)))
    named = (tape_by_id and Path(tape_by_id), by_id and Path(by_id))
    assert (device.tape_by_id, device.by_id) == named


@pytest.mark.parametrize(
    ("is_initialized", "links"), [(False, None), (True, (Path("/dev/a"), Path("/dev/b")))]
)
def test_links_of_a_node_are_told_once_udev_has_dealt_with_it(
    tmp_path: Path, mocker: MockerFixture, is_initialized: bool, links: tuple[Path, ...] | None
) -> None:
    mocker.patch.object(discovery, "_UDEV", tmp_path)
    mocker.patch("pyudev.Context")
    told = SimpleNamespace(is_initialized=is_initialized, device_links=["/dev/b", "/dev/a"])
    mocker.patch("pyudev.Devices.from_device_file", return_value=told)
    assert udev_links(Path("/dev/sg3")) == links


@pytest.mark.parametrize("error", [pyudev.DeviceNotFoundByFileError, OSError, ValueError])
def test_node_that_udev_does_not_know_has_no_links_yet(
    tmp_path: Path, mocker: MockerFixture, error: type[Exception]
) -> None:
    mocker.patch.object(discovery, "_UDEV", tmp_path)
    mocker.patch("pyudev.Context")
    mocker.patch("pyudev.Devices.from_device_file", side_effect=error)
    assert udev_links(Path("/dev/sg3")) is None
    mocker.patch.object(discovery, "_UDEV", tmp_path / "missing")
    assert udev_links(Path("/dev/sg3")) == ()


def test_device_in_a_folder_of_others_is_denied_and_not_said_to_be_missing(folder: Path) -> None:
    (folder / "sg3").touch()
    with no_right_to(folder), pytest.raises(AccessDenied, match="permission denied"):
        device_at(folder / "sg3")
    with pytest.raises(NotAChanger, match="is not a device"):
        device_at(folder / "sg3")


def test_devices_that_udev_can_not_list_are_those_that_the_kernel_shows(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    listing = mocker.patch("pyudev.Context").return_value.list_devices
    listing.side_effect = OSError("no netlink")
    mocker.patch.object(discovery, "_SYS", tmp_path)
    device = tmp_path / "class/scsi_generic/sg3/device"
    device.mkdir(parents=True)
    (device / "type").write_text("8\n")
    (changer,) = find_changers()
    assert str(changer.device) == "/dev/sg3"
    listing.assert_called_once()
