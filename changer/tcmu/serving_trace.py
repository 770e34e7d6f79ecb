"""Trace of the commands and replies of a served device, in the format of the driver's traces."""

from __future__ import annotations

from changer.errors import CommandTimedOut
from changer.smc.command import Reply
from changer.transport.opening import drive_device
from changer.transport.trace_record import TraceRecord
from changer.transport.traced import TraceFile, utc

# SPC-4, SMC-3, SSC-3. Where the two kinds of device differ: of the changer, of a drive.
_NAMES = {
    0x00: "TEST UNIT READY",
    0x01: "REWIND",
    0x03: "REQUEST SENSE",
    0x05: "READ BLOCK LIMITS",
    0x07: "INITIALIZE ELEMENT STATUS",
    0x08: "READ(6)",
    0x0A: "WRITE(6)",
    0x10: "WRITE FILEMARKS(6)",
    0x11: "SPACE(6)",
    0x12: "INQUIRY",
    0x15: "MODE SELECT(6)",
    0x16: "RESERVE(6)",
    0x17: "RELEASE(6)",
    0x19: "ERASE(6)",
    0x1A: "MODE SENSE(6)",
    0x1E: "PREVENT ALLOW MEDIUM REMOVAL",
    0x34: "READ POSITION",
    0x37: "INITIALIZE ELEMENT STATUS WITH RANGE",
    0x44: "REPORT DENSITY SUPPORT",
    0x4D: "LOG SENSE",
    0x55: "MODE SELECT(10)",
    0x56: "RESERVE(10)",
    0x57: "RELEASE(10)",
    0x5A: "MODE SENSE(10)",
    0x5E: "PERSISTENT RESERVE IN",
    0x5F: "PERSISTENT RESERVE OUT",
    0x8C: "READ ATTRIBUTE",
    0x91: "SPACE(16)",
    0x92: "LOCATE(16)",
    0xA3: "MAINTENANCE IN",
    0xA5: "MOVE MEDIUM",
    0xA6: "EXCHANGE MEDIUM",
    0xB8: "READ ELEMENT STATUS",
    0xE7: "INITIALIZE ELEMENT STATUS WITH RANGE (vendor)",
}
_CHANGER_NAMES = {0x1B: "OPEN/CLOSE IMPORT/EXPORT ELEMENT", 0x2B: "POSITION TO ELEMENT"}
_DRIVE_NAMES = {0x1B: "LOAD UNLOAD", 0x2B: "LOCATE(10)"}


class ServingTrace:
    """Records the commands of the units of one library; ``library`` is its ``sim:NAME``."""

    def __init__(self, file: TraceFile, library: str) -> None:
        self._file = file
        self._library = library

    def record(
        self,
        unit: int | None,
        cdb: bytes,
        reply: Reply | None,
        *,
        at: float,
        milliseconds: float,
        data_out: bytes = b"",
    ) -> None:
        """A command and its reply; None: the initiator took it back before there was one.

        ``at``: when it came, seconds since the epoch.
        """
        record = TraceRecord(
            name=_name(unit, cdb),
            cdb=cdb,
            at=utc(at),
            milliseconds=milliseconds,
            status=int(reply.status) if reply else None,
            data=reply.data if reply else b"",
            sense=reply.sense if reply else b"",
            error=None if reply else CommandTimedOut.code,
            message=None if reply else "the initiator took it back before there was a reply",
            device=self._library if unit is None else drive_device(self._library, unit),
            data_out=data_out,
        )
        self._file.write(record)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _name(unit: int | None, cdb: bytes) -> str:
    own = _CHANGER_NAMES if unit is None else _DRIVE_NAMES
    return own.get(cdb[0]) or _NAMES.get(cdb[0]) or f"CDB {cdb[0]:02X}h"
