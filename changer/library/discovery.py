"""Discovery of changers and tape drives from udev and sysfs, without a SCSI command.

sysfs keeps the INQUIRY strings and the VPD pages 80h and 83h that the kernel read when it found
the device, and is enough where libudev is missing. The only module that imports pyudev.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from changer.errors import AccessDenied, DeviceNotAvailable, MalformedData, NotAChanger
from changer.host.trust import real_path
from changer.library.model import Identity
from changer.smc.inquiry import Designator, parse_device_identification, parse_unit_serial_number
from changer.smc.reader import device_text
from changer.values import NamedTuple, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    import pyudev

    from changer.host.device_use import DeviceUsers, TapeCounters

MEDIUM_CHANGER = 8
SEQUENTIAL_ACCESS = 1
_SYS = Path("/sys")
_UDEV = Path("/run/udev/control")
_HOST = re.compile(r"host[0-9]+")
_ATA = re.compile(r"ata[0-9]+")  # numbered as they are found
_UNIT = re.compile(r"[0-9]+:([0-9]+:[0-9]+:[0-9]+)")


@dataclass(frozen=True, slots=True)
class ScsiDevice:
    """A SCSI device as the kernel shows it.

    ``device``: its /dev/sg node. ``tape``: the non-rewinding /dev/nst node of a drive. ``links``:
    the links that udev made to its nodes, where udev was asked. ``folder``: the kernel's, in sysfs.
    ``identity.serial`` is None where the kernel kept no VPD page.
    """

    device: Path
    peripheral_device_type: int
    identity: Identity
    tape: Path | None = None
    links: tuple[Path, ...] = ()
    folder: Path | None = None

    @property
    def target(self) -> str | None:
        """Where its SCSI target is attached: its port without the logical unit; None: not known."""
        return self.identity.port.rpartition(":")[0] if self.identity.port else None

    @property
    def tape_by_id(self) -> Path | None:
        """Link in by-id to the non-rewinding node of a tape drive."""
        stable = sorted(link for link in self.links if "by-id" in link.parts)
        return next((link for link in stable if link.name.endswith("-nst")), None)

    @property
    def by_id(self) -> Path | None:
        """Link in by-id; the one named after the changer where it shares one with a drive."""
        stable = sorted(link for link in self.links if "by-id" in link.parts)
        return next((link for link in stable if link.name.endswith("-changer")), None) or next(
            iter(stable), None
        )


class TapeHost(Protocol):
    """Another host, whose tape drives this process means: the one that it works a library for."""

    def tape_drives(self) -> tuple[ScsiDevice, ...]:
        """Its tape drives, in order of their sg nodes."""

    def device_at(self, path: Path) -> ScsiDevice | None:
        """As ``device_at``, there."""

    def users_of(self, folders: Iterable[Path]) -> DeviceUsers:
        """As ``changer.host.device_use.users_of``, there."""

    def tape_counters(self, folder: Path) -> TapeCounters:
        """As ``changer.host.device_use.tape_counters``, there."""

    def hold(self, nodes: Iterable[Path]) -> AbstractContextManager[HoldFailure | None]:
        """Open nodes there, and keep them open; the first that can't be opened, and why."""


class HoldFailure(NamedTuple):
    """A node that could not be opened, and the system's number of the error."""

    node: Path
    number: int


class _Means:
    """Whose tape drives this process means; there is one state, as there is one process."""

    tape_host: TapeHost | None = None


def mean_tapes_of(host: TapeHost | None) -> None:
    """Mean the tape drives of another host from now on; None: those of this one."""
    _Means.tape_host = host


def tape_host() -> TapeHost | None:
    """The other host whose tape drives are meant; None: this one."""
    return _Means.tape_host


def find_changers() -> tuple[ScsiDevice, ...]:
    """Every medium changer of the host, in order of its sg node."""
    return tuple(_find(MEDIUM_CHANGER))


def find_tape_drives() -> tuple[ScsiDevice, ...]:
    """Every tape drive of the host that is meant, in order of its sg node."""
    if _Means.tape_host is not None:
        return _Means.tape_host.tape_drives()
    return tuple(_find(SEQUENTIAL_ACCESS))


def udev_trouble() -> str | None:
    """What is not known without udev's library, and how to install it; None where it works."""
    if _udev_context() is not None:
        return None
    return (
        "udev's library libudev can't be used: links, and serial numbers that only udev knows, are"
        " missing; install libudev1 (Debian, Ubuntu, SUSE) or systemd-libs (Red Hat, Fedora)"
    )


def with_udev_trouble(hint: str) -> str:
    """A hint for what was not found, with udev's trouble, which may be the cause."""
    trouble = udev_trouble()
    return f"{hint}; {trouble}" if trouble else hint


class _Node(NamedTuple):
    """An sg node, the kernel's folder of its device, and what udev adds to it."""

    device: Path
    parent: Path
    links: tuple[Path, ...] = ()
    serial: str | None = None


def _find(device_type: int) -> Iterator[ScsiDevice]:
    for node in _nodes():
        if _number(node.parent / "type") == device_type:
            yield _with_serial(_read_device(node.parent, node.device, node.links), node.serial)


def _udev_context() -> pyudev.Context | None:
    """None where libudev is not installed, or can't be found without a process or /dev/null."""
    try:
        import pyudev

        return pyudev.Context()
    except (ImportError, OSError):
        return None


def _nodes() -> list[_Node]:
    if (context := _udev_context()) is not None:
        with suppress(OSError):
            return list(_nodes_of_udev(context))
    return list(_nodes_of_sysfs())


def _nodes_of_udev(context: pyudev.Context) -> Iterator[_Node]:
    found = list(context.list_devices(subsystem="scsi_generic"))
    for device in sorted(found, key=lambda each: int(each.sys_number or 0)):
        parent = device.parent
        if parent is None:
            continue
        names = [device, *context.list_devices(parent=parent)]
        links = {Path(link) for each in names for link in each.device_links}
        yield _Node(
            Path(device.device_node),
            Path(parent.sys_path),
            tuple(sorted(links)),
            device.properties.get("ID_SCSI_SERIAL"),
        )


def _nodes_of_sysfs() -> Iterator[_Node]:
    found = (_SYS / "class/scsi_generic").glob("sg[0-9]*")
    for each in sorted(found, key=lambda each: (len(each.name), each.name)):
        yield _Node(Path("/dev") / each.name, each / "device")


def _with_serial(device: ScsiDevice, told: str | None) -> ScsiDevice:
    """The kernel keeps VPD pages from SPC-2 on only; udev asks every changer for page 80h."""
    if device.identity.serial is not None or not told or not told.strip():
        return device
    return replace(device, identity=replace(device.identity, serial=told.strip()))


def device_at(path: Path) -> ScsiDevice | None:
    """The SCSI device of a node or link, from sysfs; None where that has nothing.

    A ``/dev/sch`` or ``/dev/st`` node stands for the sg node of the same device.
    Raises DeviceNotAvailable, AccessDenied, NotAChanger for a file that is not a device.
    """
    try:
        status = path.stat()
    except PermissionError as error:
        raise AccessDenied(
            f"{path}: permission denied",
            hint="you have no access to a folder above it; try as root",
        ) from error
    except (OSError, ValueError) as error:
        raise DeviceNotAvailable(
            f"{path}: no such device", hint="changer list shows the libraries of this host"
        ) from error
    if not stat.S_ISCHR(status.st_mode):
        raise NotAChanger(
            f"{path} is not a device", hint="changer list shows the libraries of this host"
        )
    number = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    parent = _SYS / "dev/char" / number / "device"
    generic = sorted((parent / "scsi_generic").glob("sg*"))
    if not generic:
        return None
    return _read_device(parent, Path("/dev") / generic[0].name, ())


def tape_device_at(path: Path) -> ScsiDevice | None:
    """As device_at, on the host whose tape drives are meant."""
    return device_at(path) if _Means.tape_host is None else _Means.tape_host.device_at(path)


def _read_device(parent: Path, device: Path, links: tuple[Path, ...]) -> ScsiDevice:
    tapes = sorted((parent / "scsi_tape").glob("nst[0-9]*"), key=lambda each: len(each.name))
    return ScsiDevice(
        device=device,
        peripheral_device_type=_number(parent / "type") or 0,
        identity=_identity(parent),
        tape=Path("/dev") / tapes[0].name if tapes else None,
        links=links,
        folder=parent,
    )


def _identity(parent: Path) -> Identity:
    """INQUIRY strings and VPD pages as the kernel kept them."""
    designators: tuple[Designator, ...] = ()
    serial: str | None = None
    with suppress(MalformedData):
        designators = parse_device_identification(_bytes(parent / "vpd_pg83"))
    with suppress(MalformedData):
        serial = parse_unit_serial_number(_bytes(parent / "vpd_pg80"))
    return Identity(
        vendor=_text(parent / "vendor"),
        product=_text(parent / "model"),
        revision=_text(parent / "rev"),
        serial=serial or designated_serial(designators),
        t10_vendor=t10_vendor(designators),
        port=port_of(parent),
    )


def port_of(parent: Path) -> str | None:
    """Where a SCSI device is attached, the same after a reboot: ``0000:00:1f.2-0:0:1:0``.

    The device that its host adapter hangs from, then the number of the host among those there
    (host numbers themselves change), channel, target and logical unit. None: sysfs has it not.
    """
    place = real_path(parent)
    host = next((each for each in place.parents if _HOST.fullmatch(each.name)), None)
    numbers = _UNIT.fullmatch(place.name)
    if host is None or numbers is None:
        return None
    hosts = (int(each.name[4:]) for each in host.parent.glob("host*") if _HOST.fullmatch(each.name))
    first = min(hosts, default=int(host.name[4:]))
    above = next(each for each in host.parents if not _ATA.fullmatch(each.name))
    return f"{above.name}-{int(host.name[4:]) - first}:{numbers[1]}"


def designated_serial(designators: tuple[Designator, ...]) -> str | None:
    """The designator that names the logical unit best: NAA, EUI-64, then T10 vendor ID."""
    for wanted in (3, 2, 1):
        for each in designators:
            if each.association == 0 and each.designator_type == wanted:
                return each.text
    return None


def t10_vendor(designators: tuple[Designator, ...]) -> str | None:
    """The T10 vendor identification of the logical unit: 8 bytes of its type 1 designator."""
    for each in designators:
        if each.association == 0 and each.designator_type == 1:
            return device_text(each.identifier[:8]) or None
    return None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _text(path: Path) -> str:
    return device_text(_bytes(path).strip())


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None


def udev_links(node: Path) -> tuple[Path, ...] | None:
    """The links that udev made to a node; None while udev has not dealt with it yet.

    Empty where no udev runs, as in a container, and without libudev.
    """
    if not _UDEV.exists():
        return ()
    if (context := _udev_context()) is None:
        return ()
    import pyudev

    try:
        device = pyudev.Devices.from_device_file(context, str(node))
    except (pyudev.DeviceNotFoundError, OSError, ValueError):
        return None
    if not device.is_initialized:
        return None
    return tuple(sorted(Path(link) for link in device.device_links))
