"""A virtual library behind the nodes of a host, with the commands that each of its drives got."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.simulator.operator_api import set_fault
from changer.simulator.transport import SharedLibrary
from changer.smc.command import Reply

NAME = "behind-nodes"
FIRST_NODE = 1


class VirtualUnit:
    """One drive. ``node``: of /dev/sgN; ``commands``: that it got."""

    def __init__(self, library: SharedLibrary, number: int) -> None:
        self._library = library
        self._number = number
        self.serial = library.serial_of(number) or ""
        self.nodes: tuple[int, ...] = (number + FIRST_NODE,)
        self.commands: list[bytes] = []

    def execute(self, cdb: bytes, *, is_loaded: Callable[[Any], bool]) -> Reply:
        self.commands.append(cdb)
        return self._library.execute(cdb, unit=self._number, now=SystemClock().now()).reply


class Virtual:
    """A library of a profile. As ``Host`` takes one."""

    def __init__(self, folder: Path, profile: str, **fields: Any) -> None:
        self.folder = folder
        create(NAME, folder=folder, profile=profile, **fields)
        self._shared = SharedLibrary(NAME, folder=folder)
        kind = self._shared.profile
        self.serial, self.maker = kind.serial, (kind.vendor, kind.product)
        self.at: dict[int, Any] = {}
        self.bays = {
            kind.drive_base + number: VirtualUnit(self._shared, number)
            for number in range(kind.drives)
        }
        self.commands: list[bytes] = []

    def execute(self, cdb: bytes) -> Reply:
        self.commands.append(cdb)
        return self._shared.execute(cdb, unit=None, now=SystemClock().now()).reply

    def bay_of(self, unit: VirtualUnit) -> int:
        return next(address for address, each in self.bays.items() if each is unit)

    def fault(self, words: str) -> None:
        set_fault(NAME, words, folder=self.folder, clock=SystemClock())
