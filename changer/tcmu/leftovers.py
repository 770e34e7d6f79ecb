"""Leftovers of a killed process in the kernel: found, and removed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from changer.errors import AttachFailed, SimulatorRefused
from changer.tcmu.backstore import Backstore, find_backstores, remove_hba
from changer.tcmu.iscsi import target_of
from changer.tcmu.loopback import port_of


def leftover_names() -> tuple[str, ...]:
    """The libraries that the kernel has objects of, served or not."""
    return tuple(sorted({each.library for each in find_backstores()}))


def refuse_leftovers(name: str) -> None:
    """Raise SimulatorRefused if the kernel has objects of that library."""
    for backstore in find_backstores(name):
        state = "shown by another process" if _is_served(backstore) else "left by a killed process"
        raise SimulatorRefused(
            f"the kernel has sim:{name} already, {state}: {backstore.folder}",
            hint=f"changer sim detach {name} --cleanup",
        )


def remove_leftovers(name: str) -> int:
    """Remove the library's objects; returns how many units there were.

    Raises SimulatorRefused when a process serves them, AttachFailed when the kernel refuses.
    """
    backstores = list(find_backstores(name))
    for backstore in backstores:
        if _is_served(backstore):
            raise SimulatorRefused(
                f"a process still serves {backstore.folder}; no owner is known here",
                hint="end it, then try again; fuser -v /dev/uio* shows it",
            )
    try:
        for backstore in backstores:
            backstore.abandon_commands()
        target_of(name).remove()
        for backstore in backstores:
            port_of(name, backstore.unit).remove()
        for backstore in backstores:
            backstore.remove()
        for hba in {backstore.folder.parent for backstore in backstores}:
            remove_hba(hba)
    except OSError as error:
        raise AttachFailed(
            f"the kernel does not let sim:{name} go: {error.strerror or error} ({error.filename})",
            hint="dmesg says more",
        ) from error
    return len(backstores)


def _is_served(backstore: Backstore) -> bool:
    """Whether a process has the ring open: the kernel refuses a second one with EBUSY."""
    device = backstore.find_uio()
    if device is None:
        return False
    try:
        os.close(os.open(Path("/dev") / device, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return error.errno == errno.EBUSY
    return False
