"""A drive that answers by a script while a cartridge is in it, then as the virtual one does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from changer.smc.command import Command, Reply, Status
from changer.transport import Transport

from .cleaner_library import CleanerLibrary

TEST_UNIT_READY, LOG_SENSE, DRIVE_STATUS = 0x00, 0x4D, 0x11
# Bits of log page 11h: INXTN; RAA; MPRSNT; MSTD and MTHRD.
IN_TRANSITION, REACHABLE, PRESENT, THREADED = 0x80, 0x20, 0x10, 0x06
LOADING, UNLOADING = 0x02, 0x03
DINIT = 0x01


class Shown(NamedTuple):
    """For so many seconds it holds no cartridge (3A/00), or is busy (04/01) with an activity.

    ``medium``: of log page 11h; None: it has none.
    """

    seconds: float
    medium: int | None = None
    activity: int = 0


class ShownDrive:
    """Carries commands to a drive, and answers some of them itself."""

    def __init__(self, inner: Transport, library: CleanerLibrary, script: Sequence[Shown]) -> None:
        self._inner = inner
        self._library = library
        self._script = script
        self._began: float | None = None
        self.cdbs: list[bytes] = []

    def execute(self, command: Command[Any]) -> Reply:
        self.cdbs.append(command.cdb)
        shown = self._shown()
        if shown is not None and command.cdb[0] == TEST_UNIT_READY:
            asc, ascq = (0x04, 0x01) if shown.activity else (0x3A, 0x00)
            return _refusal(0x02, asc, ascq)
        is_status = command.cdb[0] == LOG_SENSE and command.cdb[2] & 0x3F == DRIVE_STATUS
        if shown is not None and is_status:
            if shown.medium is None:
                return _refusal(0x05, 0x24, 0x00)
            return Reply(Status.GOOD, data=_page(shown.medium, shown.activity))
        return self._inner.execute(command)

    def close(self) -> None:
        self._inner.close()

    def _shown(self) -> Shown | None:
        if self._library.tag_at("drive:0") is None:
            return None
        if self._began is None:
            self._began = self._library.clock.time
        left = self._library.clock.time - self._began
        for each in self._script:
            if left < each.seconds:
                return each
            left -= each.seconds
        return None


def _refusal(key: int, asc: int, ascq: int) -> Reply:
    sense = bytes([0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq, 0, 0, 0, 0])
    return Reply(Status.CHECK_CONDITION, sense=sense)


def _page(medium: int, activity: int) -> bytes:
    value = bytes([DINIT, medium, activity, 0])
    return bytes([DRIVE_STATUS, 0, 0, 8, 0, 0, 0x03, len(value)]) + value
