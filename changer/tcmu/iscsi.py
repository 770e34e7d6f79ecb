"""Target of the kernel's own iSCSI (LIO), which offers the units of a library to other hosts.

One target for each library: logical unit 0 is the changer, then the drives. Its name follows from
the library's, as its loopback ports do. Whoever reaches the portal may log in and write; persistent
reservations are the target core's, which tells initiators apart by their names.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from changer.errors import AttachFailed, UsageError
from changer.tcmu.kernel_modules import CONFIGFS
from changer.values import dataclass

MODULE = "iscsi_target_mod"
_FABRIC = CONFIGFS / "target/iscsi"
# RFC 3720, 3.2.6.3.1: since when the domain, reversed, was ours; .internal is for private use.
_AUTHORITY = "iqn.2026-11.internal.changer"
_PORT = 3260
_PORTAL = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<four>[^\[\]:]+))(?::(?P<port>\d{1,5}))?")
# Everyone is let in, may write, and is known again after a logout, or a reservation would be lost.
_ATTRIBUTES = {
    "authentication": 0,
    "generate_node_acls": 1,
    "cache_dynamic_acls": 1,
    "demo_mode_write_protect": 0,
}


@dataclass(frozen=True, slots=True)
class Portal:
    """Where a target listens. ``address``: IPv4, or IPv6 in brackets; ``port``: TCP."""

    address: str
    port: int
    is_loopback: bool

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


def parse_portal(text: str) -> Portal:
    """ADDRESS[:PORT]; an IPv6 address stands in brackets. Raises UsageError."""
    import ipaddress

    parts = _PORTAL.fullmatch(text)
    port = int(parts["port"] or _PORT) if parts else 0
    try:
        address = ipaddress.ip_address((parts["four"] or parts["six"]) if parts else "")
    except ValueError:
        address = None
    if address is None or not 0 < port < 1 << 16:
        raise UsageError(
            f"{text!r} is not an IP address with or without a port",
            hint="write NAME before --export, and then 192.0.2.1, 192.0.2.1:3260 or [2001:db8::1]",
        )
    shown = f"[{address}]" if address.version == 6 else str(address)
    return Portal(shown, port, address.is_loopback)


@dataclass(frozen=True, slots=True)
class Target:
    """``folder``: in configfs, with the target's name."""

    folder: Path

    @property
    def name(self) -> str:
        """The iSCSI name, such as ``iqn.2026-11.internal.changer:demo``."""
        return self.folder.name

    @property
    def _group(self) -> Path:
        return self.folder / "tpgt_1"

    def create(self, backstores: list[Path]) -> None:
        """Make it, with these units behind it; nothing listens yet. Raises OSError."""
        _FABRIC.mkdir(exist_ok=True)
        self.folder.mkdir()
        self._group.mkdir()
        for name, value in _ATTRIBUTES.items():
            (self._group / "attrib" / name).write_text(str(value))
        for unit, backstore in enumerate(backstores):
            (self._group / f"lun/lun_{unit}").mkdir()
            self.link(unit, backstore)

    def listen(self, portal: Portal) -> None:
        """Listen, and let initiators log in. Raises AttachFailed, OSError."""
        _check_address(portal)
        try:
            (self._group / f"np/{portal}").mkdir()
        except OSError:  # which does not always say why
            if _is_free(portal):
                raise
            raise AttachFailed(
                f"the kernel's iSCSI target can't listen on {portal}: the port is in use",
                hint="ss -tlnp shows by what; --export ADDRESS:PORT names another port",
            ) from None
        self.offer(offered=True)

    def offer(self, *, offered: bool) -> None:
        """Let initiators log in, or end their sessions and let none in. Raises OSError."""
        (self._group / "enable").write_text(str(int(offered)))

    def link(self, unit: int, backstore: Path) -> None:
        """Plug a unit in. Raises OSError."""
        with suppress(FileExistsError):
            (self._group / f"lun/lun_{unit}/unit").symlink_to(backstore)

    def unlink(self, unit: int) -> None:
        """Unplug a unit. Commands under way must end by themselves."""
        with suppress(FileNotFoundError):
            (self._group / f"lun/lun_{unit}/unit").unlink()

    def remove(self) -> None:
        """Remove all that is there of it, and end its sessions. Raises OSError."""
        if not self.folder.is_dir():
            return
        for portal in self._group.glob("np/*"):
            portal.rmdir()
        with suppress(FileNotFoundError):
            self.offer(offered=False)
        for unit in self._group.glob("lun/lun_*"):
            self.unlink(int(unit.name.removeprefix("lun_")))
            unit.rmdir()
        for folder in (self._group, self.folder):
            with suppress(FileNotFoundError):
                folder.rmdir()
        with suppress(OSError):  # there are others
            _FABRIC.rmdir()


def _check_address(portal: Portal) -> None:
    """Raise AttachFailed if it is not of this host: the kernel would wait until it comes."""
    try:
        _bind(portal.address, 0)
    except OSError as error:
        raise AttachFailed(
            f"the kernel's iSCSI target can't listen on {portal}: {error.strerror}",
            hint="ip address shows the addresses of this host",
        ) from None


def _is_free(portal: Portal) -> bool:
    try:
        _bind(portal.address, portal.port)
    except OSError:
        return False
    return True


def _bind(address: str, port: int) -> None:
    """Take the port for a moment; 0 is any. Raises OSError."""
    import socket

    family = socket.AF_INET6 if address.startswith("[") else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address.strip("[]"), port))


def target_of(library: str) -> Target:
    """The target of a library, known from its name alone.

    iSCSI names have small letters, digits, dots, dashes and colons (RFC 3722); a library's name
    that has others is told apart by a number.
    """
    fit = re.sub(r"[^a-z0-9.-]", "-", library.lower())
    if fit != library:
        fit += f":{crc32(library.encode()):08x}"
    return Target(_FABRIC / f"{_AUTHORITY}:{fit}")
