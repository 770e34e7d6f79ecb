"""A library that scans, and answers readings meanwhile as it remembers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scsi_bytes import check

from changer.smc.command import Command, Reply, Status
from changer.transport import Transport

from .virtual_library import READ_ELEMENT_STATUS, TEST_UNIT_READY, VirtualLibrary

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
