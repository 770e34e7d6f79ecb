"""Targets of tcm_loop, which show backstores as SCSI devices of this host, and their /dev nodes.

Each unit is a target of its own with one logical unit, as drives and changer of a library are.
A host adapter of tcm_loop has 32 targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from changer.host.clock import Clock
from changer.tcmu.kernel_modules import CONFIGFS
from changer.values import dataclass

_FABRIC = CONFIGFS / "target"
_LOOPBACK = _FABRIC / "loopback"
_TARGETS = 32
_DEVICES = Path("/sys/class/scsi_device")
_LIMIT_SECONDS = 20.0
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Port:
    """Where one unit is linked. ``adapter``: its folder; ``target``: 0 to 31."""

    adapter: Path
    target: int

    @property
    def _group(self) -> Path:
        return self.adapter / f"tpgt_{self.target}"

    @property
    def _lun(self) -> Path:
        return self._group / "lun/lun_0"

    def create(self) -> None:
        """Make adapter and target, with nothing behind them yet. Raises OSError."""
        while True:
            _LOOPBACK.mkdir(exist_ok=True)
            try:
                self.adapter.mkdir(exist_ok=True)
                break
            except FileNotFoundError:  # another library's end took the folder away just now
                if not _FABRIC.is_dir():
                    raise
        self._group.mkdir()
        (self._group / "nexus").write_text(f"{self.adapter.name[:-1]}f")
        self._lun.mkdir()

    def link(self, backstore: Path) -> None:
        """Plug the unit in: the kernel scans it before this returns. Raises OSError."""
        (self._lun / "unit").symlink_to(backstore)

    def unlink(self) -> None:
        """Unplug the unit: its devices go. Commands under way must end by themselves."""
        with suppress(FileNotFoundError):
            (self._lun / "unit").unlink()

    @property
    def is_linked(self) -> bool:
        """The unit is plugged in."""
        return (self._lun / "unit").is_symlink()

    @property
    def scsi_address(self) -> str:
        """Host, channel, target and logical unit, as ``2:0:1:0``. Raises OSError."""
        return f"{(self._group / 'address').read_text().strip()}:0"

    def disturb(self, *, lost: bool) -> None:
        """Lose the connection to the unit, or find it again. Raises OSError."""
        (self._group / "transport_status").write_text("offline" if lost else "online")

    def remove(self) -> None:
        """Remove all that is there of it. Raises OSError."""
        self.unlink()
        for folder in (self._lun, self._group):
            with suppress(FileNotFoundError):
                folder.rmdir()
        # The last one of its targets takes the adapter with it, the last adapter the fabric.
        with suppress(OSError):
            self.adapter.rmdir()
            _LOOPBACK.rmdir()


def port_of(library: str, unit: int) -> Port:
    """Where a unit goes, known from its name alone. NAA 3: locally assigned (SPC-4, 7.8.6.6)."""
    adapter, target = divmod(unit, _TARGETS)
    octets = library.encode()
    number = crc32(octets) << 16 | crc32(octets[::-1]) >> 16
    # Then which adapter of the library it is, and 0: a target's port; the initiator's has f.
    return Port(_LOOPBACK / f"naa.3{number:012x}{adapter:02x}0", target)


@dataclass(frozen=True, slots=True)
class DeviceNodes:
    """The nodes of a unit; None where the kernel has no driver that makes one.

    ``generic``: /dev/sgN. ``changer``: /dev/schN. ``tape``: /dev/stN. ``no_rewind``: /dev/nstN.
    """

    generic: Path | None = None
    changer: Path | None = None
    tape: Path | None = None
    no_rewind: Path | None = None


def _find_nodes(scsi_address: str) -> DeviceNodes:
    device = _DEVICES / scsi_address / "device"
    return DeviceNodes(
        generic=_node(device / "scsi_generic", "sg"),
        changer=_node(device / "scsi_changer", "sch"),
        tape=_node(device / "scsi_tape", "st"),
        no_rewind=_node(device / "scsi_tape", "nst"),
    )


def _node(folder: Path, stem: str) -> Path | None:
    """``nst0``, and not ``nst0a``, which is another mode of the same drive."""
    names = (each.name for each in folder.glob(f"{stem}*"))
    numbered = (name for name in names if name.removeprefix(stem).isdecimal())
    return next((Path("/dev") / name for name in numbered), None)


def wait_for_nodes(scsi_address: str, wanted: Sequence[str], *, clock: Clock) -> DeviceNodes:
    """The nodes, once those of the wanted fields are there, or what there is after 20 seconds."""
    deadline = clock.monotonic() + _LIMIT_SECONDS
    while True:
        nodes = _find_nodes(scsi_address)
        if all(getattr(nodes, each) for each in wanted) or clock.monotonic() >= deadline:
            return nodes
        clock.sleep(_PAUSE_SECONDS)
