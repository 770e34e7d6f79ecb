"""A library that scans, and answers readings meanwhile as it remembers them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import Any

from scsi_bytes import check

from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.command import Command, Reply, Status
from changer.transport import Transport

from .virtual_library import NAME, READ_ELEMENT_STATUS, TEST_UNIT_READY, VirtualLibrary

SCAN_SECONDS = 90


@dataclass
class FromMemory:
    """Transport to a library that scans after each motion, and whenever it is made to.

    Until its scan has ended, it says what it knew before, of all that it was ever asked.
    """

    library: VirtualLibrary
    inner: Transport
    ready_at: float = 0.0
    asked: dict[bytes, Command[Any]] = field(default_factory=dict)
    known: dict[bytes, Reply] = field(default_factory=dict)

    def execute(self, command: Command[Any]) -> Reply:
        scans = self.library.clock.time < self.ready_at
        if scans and command.cdb[0] == TEST_UNIT_READY:
            return check(0x02, 0x04, 0x01)
        if scans and command.cdb in self.known:
            return self.known[command.cdb]
        reply = self.inner.execute(command)
        if command.cdb[0] == READ_ELEMENT_STATUS:
            self.asked[command.cdb] = command
            self.known[command.cdb] = reply
        elif command.moves_medium:
            self.scan()
        return reply

    def look(self) -> None:
        """What it will say while it scans is what is true now."""
        for cdb, each in self.asked.items():
            while (reply := self.inner.execute(each)).status != Status.GOOD:
                pass  # a unit attention, which is its own affair
            self.known[cdb] = reply

    def scan(self) -> None:
        """It scans from now on."""
        self.ready_at = self.library.clock.time + SCAN_SECONDS

    def close(self) -> None:
        self.inner.close()


@dataclass
class Rescanning:
    """Transport to a library in which a person did something, and which scans since.

    Until its scan has ended, every reading of its elements says what was before.
    """

    library: VirtualLibrary
    inner: Transport
    words: tuple[str, ...]  # what the person did
    memory: SimulatedTransport | None = None
    ready_at: float = 0.0

    def begin(self) -> None:
        """They do it now."""
        before = self.library.folder / "before"
        shutil.copytree(self.library.simulated, before)
        self.memory = SimulatedTransport(
            SharedLibrary(NAME, folder=before), clock=self.library.clock
        )
        for each in self.words:
            self.library.operate(each, noticed=False)
        self.ready_at = self.library.clock.time + SCAN_SECONDS

    def execute(self, command: Command[Any]) -> Reply:
        if self.memory is not None and self.library.clock.time < self.ready_at:
            if command.cdb[0] == TEST_UNIT_READY:
                return check(0x02, 0x04, 0x01)
            if command.cdb[0] == READ_ELEMENT_STATUS:
                return self.memory.execute(command)
        return self.inner.execute(command)

    def close(self) -> None:
        self.inner.close()
        if self.memory is not None:
            self.memory.close()
