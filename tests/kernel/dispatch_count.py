"""SCSI commands that reach a device: how many, and where something says so, which.

The kernel counts them in sysfs. Its own trace has each; in User-mode Linux, which has no such
trace, an attached library says what it was sent, and of any other device there is the number alone.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from waiting import wait_until

from changer.transport.trace_record import TraceHeader, TraceRecord, parse_line

SYSFS = Path("/sys/class/scsi_generic")
TRACING = Path("/sys/kernel/tracing")
EVENT = Path("events/scsi/scsi_dispatch_cmd_start")

# ... scsi_dispatch_cmd_start: host_no=0 ... cmnd=(INQUIRY raw=12 00 00 00 24 00)
RAW_CDB = re.compile(r" scsi_dispatch_cmd_start: .*\braw=([0-9a-f]{2}(?: [0-9a-f]{2})*)")

SERVED: dict[Path, Path] = {}
"""The changers of attached libraries, and the traces that those write."""


@dataclass(slots=True)
class Sent:
    """Filled in at the end. ``cdbs``: in order; None where nothing says which they were."""

    number: int = 0
    cdbs: list[bytes] | None = None

    @property
    def opcodes(self) -> list[int] | None:
        return None if self.cdbs is None else [cdb[0] for cdb in self.cdbs]


Dispatched = Callable[[], AbstractContextManager[Sent]]
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
    address = _sysfs(device).resolve().name
    host, channel, target, lun = (int(part) for part in address.split(":"))
    return ScsiAddress(host, channel, target, lun)


def _sysfs(device: str) -> Path:
    return SYSFS / Path(device).resolve().name / "device"


def dispatched_number(device: str) -> int:
    """How many commands the kernel has sent to it so far."""
    return int((_sysfs(device) / "iorequest_cnt").read_text(), 16)


def _trace_of(device: str) -> Path | None:
    """Of a library that is attached; numbers of nodes are given anew to others that come."""
    host = Path(f"/sys/class/scsi_host/host{scsi_address(device).host}")
    is_attached = "tcm_loop" in (host / "proc_name").read_text()
    return SERVED.get(Path(device).resolve()) if is_attached else None


@contextmanager
def dispatched_to(device: str) -> Iterator[Sent]:
    """What reaches it inside ``with``. Needs root."""
    sent, before = Sent(), dispatched_number(device)
    if (TRACING / EVENT).exists():
        with _seen_by_kernel(device) as cdbs:
            yield sent
        sent.cdbs = cdbs
    elif (trace := _trace_of(device)) is not None:
        with _seen_by_library(trace, device) as cdbs:
            yield sent
        sent.cdbs = cdbs
    else:
        yield sent
    sent.number = dispatched_number(device) - before
    assert sent.cdbs is None or len(sent.cdbs) == sent.number, (sent, "two witnesses differ")


def parse_cdbs(trace: str) -> list[bytes]:
    """Every dispatched command of the kernel's trace, in order."""
    return [bytes.fromhex(match[1]) for match in RAW_CDB.finditer(trace)]


@contextmanager
def _seen_by_kernel(device: str) -> Iterator[list[bytes]]:
    """The trace is an instance of its own, so it disturbs no other."""
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


@contextmanager
def _seen_by_library(trace: Path, device: str) -> Iterator[list[bytes]]:
    cdbs: list[bytes] = []
    seen, before = len(_served(trace)), dispatched_number(device)
    yield cdbs
    # It writes a command down when it has answered it.
    number = dispatched_number(device) - before
    wait_until(lambda: len(_served(trace)) - seen >= number)
    cdbs += _served(trace)[seen:]


def _served(trace: Path) -> list[bytes]:
    """The commands to the changer, whose device the header names, and not to its drives."""
    lines = trace.read_text().rpartition("\n")[0].splitlines()
    header, *records = (parse_line(line) for line in lines)
    assert isinstance(header, TraceHeader)
    commands = (each for each in records if isinstance(each, TraceRecord))
    return [each.cdb for each in commands if each.device == header.device]
