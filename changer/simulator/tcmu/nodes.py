"""Which nodes of /dev the kernel made for a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from changer.host.clock import Clock

__all__ = ["DeviceNodes", "find_nodes", "wait_for_nodes"]

_DEVICES = Path("/sys/class/scsi_device")
_LIMIT_SECONDS = 20.0
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class DeviceNodes:
    """The nodes of a unit; None where the kernel has no driver that makes one.

    ``generic``: /dev/sgN. ``changer``: /dev/schN. ``tape``: /dev/stN. ``no_rewind``: /dev/nstN.
    """

    generic: Path | None = None
    changer: Path | None = None
    tape: Path | None = None
    no_rewind: Path | None = None


def find_nodes(scsi_address: str) -> DeviceNodes:
    """The nodes that are there now."""
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


def wait_for_nodes(
    scsi_address: str, *, complete: Callable[[DeviceNodes], bool], clock: Clock
) -> DeviceNodes:
    """The nodes, once they are complete, or what there is of them after 20 seconds."""
    deadline = clock.monotonic() + _LIMIT_SECONDS
    while not complete(nodes := find_nodes(scsi_address)) and clock.monotonic() < deadline:
        clock.sleep(_PAUSE_SECONDS)
    return nodes
