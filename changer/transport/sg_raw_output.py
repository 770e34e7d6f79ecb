"""Output of one run of sg_raw as a Reply, or as the error that kept the device from replying.

Pure. For sg_raw of sg3_utils 1.42 to 1.48, run with exactly one ``-v`` and with ``-b``:
data-in is all of standard output, everything else is on standard error. What decides is the line
``SCSI Status:`` and the raw sense bytes. Exit statuses and descriptions differ between versions
(source: src/sg_raw.c, lib/sg_lib.c and lib/sg_pt_linux.c of each release).
"""

from __future__ import annotations

import errno
import re
from itertools import takewhile
from typing import NoReturn

from changer.errors import CommandTimedOut, TransportFailed
from changer.printable import printable
from changer.smc.command import Reply, Status
from changer.transport.host_status import (
    DID_ERROR,
    check_carried,
    opening_error,
    reply_of,
    sending_error,
)
from changer.values import dataclass

_STATUS_CODES = {
    "good": 0x00,
    "check condition": 0x02,
    "condition met": 0x04,
    "busy": 0x08,
    "intermediate (obsolete)": 0x10,
    "intermediate-condition met (obsolete)": 0x14,
    "reservation conflict": 0x18,
    "command terminated (obsolete)": 0x22,
    "task set full": 0x28,  # 1.42 spells it "Task set Full"
    "aca active": 0x30,
    "task aborted": 0x40,
}
_UNKNOWN_STATUS = re.compile(r"unknown status \[0x([0-9a-f]{1,2})\]")

# With status GOOD: 20 and 21 are "no sense" and "recovered error", whose sense data a host
# adapter delivered beside GOOD and sg_raw does not print.
_GOOD_EXIT_STATUSES = (0, 20, 21)

_HOST_STATUS = re.compile(r"Host_status=0x([0-9a-f]{1,4})\b")
_DRIVER_STATUS = re.compile(r"Driver_status=0x([0-9a-f]{1,4})\b")

# LC_ALL=C. sg_raw 1.42 exits 15 or 99 for all of them; later ones 50 + errno below 47.
_ERROR_NUMBERS = {
    "Operation not permitted": errno.EPERM,
    "No such file or directory": errno.ENOENT,
    "No such device or address": errno.ENXIO,
    "Permission denied": errno.EACCES,
    "Device or resource busy": errno.EBUSY,
    "No such device": errno.ENODEV,
    "Inappropriate ioctl for device": errno.ENOTTY,
}
_ERROR_NUMBER_BASE = 50

_HEX_LINE = re.compile(r" *[0-9a-f]{2}(?: {1,2}[0-9a-f]{2})* *")
_SENSE_LENGTHS = re.compile(r"sb_len=(\d{1,4})(?:, (?:embedded|calculated)_len=(\d{1,4}))?")
_SENSE_HEADINGS = ("Raw sense data (in hex)", "Vendor specific sense buffer, in hex:")
_NO_SENSE_REMARKS = ("status is CHECK CONDITION but no Sense", "sense buffer ")

_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class _Output:
    """Exit status and output; ``lines``: standard error, printable."""

    device: str
    exit_status: int
    data: bytes
    lines: tuple[str, ...]

    def after(self, start: str) -> str | None:
        """Rest of the only line that starts so; None without one."""
        found = [line for line in self.lines if line.startswith(start)]
        if len(found) > 1:
            self.contradicts(f"more than one line starts with {start!r}")
        return found[0].removeprefix(start).strip() if found else None

    def quote(self) -> str:
        """Standard error, for a message."""
        said = [line.strip() for line in self.lines if "cdb to send:" not in line]
        return "; ".join(line for line in said if line)[:_LONGEST_QUOTE] or "nothing"

    def contradicts(self, what: str) -> NoReturn:
        """Raise TransportFailed: the output is inconsistent."""
        raise TransportFailed(
            f"{self.device}: the output of sg_raw is inconsistent: {what} (exit status "
            f"{self.exit_status}; output: {self.quote()})"
        )


def parse_output(
    exit_status: int,
    stdout: bytes,
    stderr: bytes,
    *,
    device: str = "the device",
    allocation_length: int | None = None,
) -> Reply:
    """Reply of the device.

    ``exit_status``: negative for a signal, as in subprocess. ``device``: its name in messages.
    ``allocation_length``: bytes of data-in that were asked for, 0 for none, None if not known.

    Raises CommandTimedOut and TransportFailed (the device may have acted); AccessDenied,
    DeviceNotAvailable and NotAChanger (nothing was sent).
    """
    output = _Output(device, exit_status, stdout, _printable_lines(stderr))
    if exit_status < 0:
        raise TransportFailed(f"{device}: sg_raw was killed by signal {-exit_status}")
    _check_transport(output)
    status = _status(output)
    if status == Status.GOOD and exit_status not in _GOOD_EXIT_STATUSES:
        output.contradicts("status Good, but an exit status of failure")
    sense = _sense(output) if status == Status.CHECK_CONDITION else b""
    reply = reply_of(status, stdout, sense)
    _check_data(output, reply.status, allocation_length)
    return reply


def _printable_lines(stderr: bytes) -> tuple[str, ...]:
    return tuple(map(printable, stderr.decode("ascii", "replace").split("\n")))


def _check_transport(output: _Output) -> None:
    """Raise if the host's driver or adapter failed the command."""
    failure = output.after(">>> transport error: ")
    if failure is not None:
        check_carried(
            output.device,
            # sg_raw calls it an error: no host status is then not a good one.
            host_status=_number(_HOST_STATUS, failure) or DID_ERROR,
            driver_status=_number(_DRIVER_STATUS, failure),
            said=failure[:_LONGEST_QUOTE],
        )


def _number(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.search(text)
    return int(match[1], 16) if match else 0


def _status(output: _Output) -> int:
    """SCSI status; raises the error that kept the command from getting one."""
    name = output.after("SCSI Status: ")
    if name is None:
        _raise_without_status(output)
    code = _STATUS_CODES.get(name.lower())
    if code is not None:
        return code
    match = _UNKNOWN_STATUS.fullmatch(name.lower())
    if match is None:
        output.contradicts("that is not a SCSI status")
    return int(match[1], 16)


def _raise_without_status(output: _Output) -> NoReturn:
    """Raise the error of opening or sending. sg_raw prints the CDB once the device is open."""
    if any("cdb to send:" in line for line in output.lines):
        _raise_from_sending(output)
    reasons = [line.rpartition(": ")[2].strip() for line in output.lines if ": " in line]
    numbers = {_error_number(output, reason) for reason in reasons}
    if (error := opening_error(output.device, numbers)) is not None:
        raise error
    output.contradicts("no SCSI status")


def _raise_from_sending(output: _Output) -> NoReturn:
    """Raise the error of the ioctl SG_IO."""
    failure = output.after("do_scsi_pt: ") or ""
    number = _error_number(output, failure) if failure else 0
    if failure == "timeout":
        raise CommandTimedOut(f"{output.device}: no reply in time")
    if (error := sending_error(output.device, number)) is not None:
        raise error
    output.contradicts("no SCSI status")


def _error_number(output: _Output, reason: str) -> int:
    """Error number by its words, else (another C library) by the exit status."""
    return _ERROR_NUMBERS.get(reason, output.exit_status - _ERROR_NUMBER_BASE)


def _sense(output: _Output) -> bytes:
    """Raw sense bytes; empty when sg_raw reports that there were none."""
    for at, line in enumerate(output.lines):
        if any(heading in line for heading in _SENSE_HEADINGS):
            printed = takewhile(_HEX_LINE.fullmatch, output.lines[at + 1 :])
            return _cut_sense(output, line, bytes.fromhex("".join(printed)))
    remarks = (remark in line for remark in _NO_SENSE_REMARKS for line in output.lines)
    if not any(remarks):
        output.contradicts("Check Condition, but sense data is not mentioned")
    return b""


def _cut_sense(output: _Output, heading: str, printed: bytes) -> bytes:
    """The sense bytes that the device sent.

    Since 1.43 sg_raw prints as many bytes as the additional sense length says, even past those
    that it received (``sb_len``): bytes of its own stack.
    """
    match = _SENSE_LENGTHS.search(heading)
    received = int(match[1]) if match else len(printed)
    told = int(match[2]) if match and match[2] else received
    if not printed or len(printed) < min(received, told):
        output.contradicts("the sense data is cut short")
    return printed[:received]


def _check_data(output: _Output, status: int, allocation_length: int | None) -> None:
    """Raise unless standard output is what sg_raw announced, and no more than was asked for."""
    announced = output.after("Writing ")
    size = len(output.data)
    if announced != (f"{size} bytes of data to stdout" if size else None):
        output.contradicts(f"standard output has {size} bytes")
    if allocation_length is None:
        return
    if size > allocation_length:
        output.contradicts(f"{size} bytes of data, but at most {allocation_length} were requested")
    no_data = output.after("No data received") is not None
    if status == Status.GOOD and allocation_length and not size and not no_data:
        output.contradicts("status Good, but data is not mentioned")
