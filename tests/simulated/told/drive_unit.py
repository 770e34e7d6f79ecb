"""A tape drive of the library: what it answers, and every command that it got."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from scsi_bytes import check

from changer.smc.command import Reply, Status

TEST_UNIT_READY, LOAD_UNLOAD, LOG_SENSE, INQUIRY = 0x00, 0x1B, 0x4D, 0x12
_CLEAN_NOW = 20
_GOOD = Reply(Status.GOOD)
_CLEANING, _NOT_PRESENT = check(2, 0x30, 0x03), check(2, 0x3A, 0x00)
_DONE = check(2, 0x04, 0x02)
_INVALID_OPCODE, _INVALID_FIELD = check(5, 0x20, 0x00), check(5, 0x24, 0x00)
_POLLS_OF_A_CLEANING = 2


@dataclass
class Unit:
    """``told_serial``: what its library calls it, with a prefix or cut short. ``node``: its number
    among the host's devices; ``other_nodes``: of other paths to it. ``ejects``: a cleaner that it
    has done with, by itself.
    """

    serial: str
    told_serial: str
    node: int
    ejects: bool = True
    wants_cleaning: bool = False
    holds: bool = False
    is_threaded: bool = False
    polls_left: int = 0
    other_nodes: tuple[int, ...] = ()
    commands: list[bytes] = field(default_factory=list, repr=False)

    @property
    def nodes(self) -> tuple[int, ...]:
        return (self.node, *self.other_nodes)

    def take(self, *, is_cleaner: bool) -> None:
        """A cartridge is put in; a cleaner cleans."""
        self.polls_left = _POLLS_OF_A_CLEANING if is_cleaner else 0
        self.holds, self.is_threaded = is_cleaner, True
        self.wants_cleaning = self.wants_cleaning and not is_cleaner

    def execute(self, cdb: bytes, *, is_loaded: Callable[[Unit], bool]) -> Reply:
        self.commands.append(cdb)
        if cdb[0] == INQUIRY:
            return self._inquiry(cdb)
        if cdb[0] == TEST_UNIT_READY:
            return self._readiness(is_loaded(self))
        if cdb[0] == LOAD_UNLOAD:
            self.holds = self.is_threaded = False
            return _GOOD
        return self._log(cdb) if cdb[0] == LOG_SENSE else _INVALID_OPCODE

    def _readiness(self, is_loaded: bool) -> Reply:
        if not (is_loaded and self.is_threaded):
            return _NOT_PRESENT
        if self.polls_left:
            self.polls_left -= 1
            return _CLEANING
        if self.holds and self.ejects:
            self.holds = self.is_threaded = False
            return _NOT_PRESENT
        return _DONE if self.holds else _GOOD

    def _inquiry(self, cdb: bytes) -> Reply:
        if cdb[1] & 1:
            serial = self.serial.encode()
            page = bytes((1, 0x80, 0, len(serial))) + serial
            return Reply(Status.GOOD, page) if cdb[2] == 0x80 else _INVALID_FIELD
        texts = b"TEST".ljust(8) + b"ULT3580-TD8".ljust(16) + b"0001"
        return Reply(Status.GOOD, bytes((1, 0x80, 5, 2, 31, 0, 0, 0)) + texts)

    def _log(self, cdb: bytes) -> Reply:
        if cdb[2] & 0x3F != 0x2E:
            return _INVALID_FIELD
        flags = b"".join(
            number.to_bytes(2, "big") + bytes((0, 1, number == _CLEAN_NOW and self.wants_cleaning))
            for number in range(1, 65)
        )
        return Reply(Status.GOOD, b"\x2e\x00" + len(flags).to_bytes(2, "big") + flags)
