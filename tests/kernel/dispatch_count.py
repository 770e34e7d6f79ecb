"""A count of the SCSI commands that reach a device, by the kernel's own trace."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

TRACING = Path("/sys/kernel/tracing")
EVENT = Path("events/scsi/scsi_dispatch_cmd_start")

# ... scsi_dispatch_cmd_start: host_no=0 ... cmnd=(INQUIRY raw=12 00 00 00 24 00)
RAW_CDB = re.compile(r" scsi_dispatch_cmd_start: .*\braw=([0-9a-f]{2}(?: [0-9a-f]{2})*)")


Dispatched = Callable[[], AbstractContextManager[list[int]]]
"""The fixture ``dispatched``."""


@dataclass(frozen=True, slots=True)
class ScsiAddress:
    """Host, channel, target and logical unit: how the kernel names a SCSI device."""

    host: int
    channel: int
    target: int
    lun: int

    @property
    def filter(self) -> str:
        """The expression that keeps only this device's events."""
        return (
            f"host_no == {self.host} && channel == {self.channel}"
            f" && id == {self.target} && lun == {self.lun}"
        )


def scsi_address(device: str) -> ScsiAddress:
    """The address behind /dev/sgN, or behind any link to it."""
    node = Path(device).resolve().name
    address = (Path("/sys/class/scsi_generic") / node / "device").resolve().name
    host, channel, target, lun = (int(part) for part in address.split(":"))
    return ScsiAddress(host, channel, target, lun)


def parse_cdbs(trace: str) -> list[bytes]:
    """Every dispatched command, in order."""
    return [bytes.fromhex(match[1]) for match in RAW_CDB.finditer(trace)]


@contextmanager
def dispatched_opcodes(device: str) -> Iterator[list[int]]:
    """Fill the list that it yields, on leaving, with the operation codes that the device got."""
    opcodes: list[int] = []
    with dispatched_cdbs(device) as cdbs:
        yield opcodes
    opcodes += [cdb[0] for cdb in cdbs]


@contextmanager
def dispatched_cdbs(device: str) -> Iterator[list[bytes]]:
    """The same with whole commands.

    Needs root. The trace is an instance of its own, so it disturbs no other.
    """
    cdbs: list[bytes] = []
    instance = TRACING / "instances" / f"changer-{os.getpid()}-{id(cdbs)}"
    instance.mkdir()
    try:
        (instance / EVENT / "filter").write_text(scsi_address(device).filter)
        (instance / EVENT / "enable").write_text("1")
        yield cdbs
        (instance / EVENT / "enable").write_text("0")
        cdbs += parse_cdbs((instance / "trace").read_text())
    finally:
        instance.rmdir()
