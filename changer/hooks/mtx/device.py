"""mtx's commands to a device as such: inquiry, eject and erase of any, inventory and position."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from changer.cli.output import complain, write
from changer.errors import ChangerError, NotAChanger
from changer.hooks.mtx.failures import MtxFailure, reports_device, request_sense_lines
from changer.hooks.mtx.invocation import MtxInvocation
from changer.hooks.numbers import SlotNumbers
from changer.library.initialize_status import initialize_elements
from changer.library.session import Session
from changer.moves.execute import position as position_before
from changer.smc.cdb import raw
from changer.smc.command import Command, Reply, Status
from changer.transport import Transport

_TIMEOUT_SECONDS = 300.0
_EJECT = bytes((0x1B, 0, 0, 0, 2, 0))
_ERASE = bytes((0x19, 0, 0, 0, 0, 0))
_INQUIRY_SIZE = 36  # the standard data that every device has (SPC-4, INQUIRY, 12h)
_INQUIRY_TIMEOUT_SECONDS = 30.0
_ATTACHED_CHANGER = 0x08  # byte 6, MCHNGR
_TYPES = (
    *("Disk Drive", "Tape Drive", "Printer", "Processor", "Write-once", "CD-ROM", "Scanner"),
    *("Optical", "Medium Changer", "Communications", "ASC IT8", "ASC IT8", "RAID Array"),
    *("Enclosure Services", "RBC Simplified Disk", "OCR/W", "Bridging Expander"),
    *(*("Reserved",) * 14, "Unknown"),
)


def inquiry(invocation: MtxInvocation) -> None:
    """Print the standard INQUIRY data of any device."""
    cdb = bytes((0x12, 0, 0, 0, _INQUIRY_SIZE, 0))
    command = raw(cdb, allocation_length=_INQUIRY_SIZE, timeout_seconds=_INQUIRY_TIMEOUT_SECONDS)
    with _opened(invocation) as transport:
        session = Session(transport, clock=invocation.clock, may_initialize=lambda: False)
        data = session.send(command)
    write("".join(f"{each}\n" for each in inquiry_lines(data)))


def inquiry_lines(data: bytes) -> list[str]:
    """Type, vendor, product and revision, each in full width; what was not sent is blank."""
    standard = data.ljust(_INQUIRY_SIZE, b" ") if data else bytes(_INQUIRY_SIZE)
    text = standard.decode("latin-1")
    return [
        f"Product Type: {_TYPES[standard[0] & 0x1F]}",
        f"Vendor ID: '{text[8:16]}'",
        f"Product ID: '{text[16:32]}'",
        f"Revision: '{text[32:36]}'",
        f"Attached Changer API: {'Yes' if standard[6] & _ATTACHED_CHANGER else 'No'}",
    ]


def eject(invocation: MtxInvocation) -> None:
    """Send LOAD UNLOAD, which ejects a drive's cartridge, and the magazine of some loaders.

    As with mtx, the exit status is 0 even after a failure, which is printed.
    """
    try:
        _send_once(invocation, _EJECT)
    except MtxFailure as failure:
        for each in (*failure.lines, "Eject (0x1B) failed", "mtx:eject failed"):
            complain(each)


def erase(invocation: MtxInvocation) -> None:
    """Send the short ERASE: a tape ends where it stands."""
    _send_once(invocation, _ERASE)


def _send_once(invocation: MtxInvocation, cdb: bytes) -> None:
    """Send a command without a retry, which could meet another cartridge. Raises MtxFailure."""
    command = raw(cdb, allocation_length=0, timeout_seconds=_TIMEOUT_SECONDS)
    with _sender(invocation) as send:
        try:
            reply = send(command)
        except ChangerError as error:
            if not reports_device(error):
                raise
            raise MtxFailure(*request_sense_lines(None)) from error
    if reply.status != Status.GOOD:
        raise MtxFailure(*request_sense_lines(reply.sense))


@contextmanager
def _opened(invocation: MtxInvocation) -> Iterator[Transport]:
    """Open the device, a library or a tape drive, to look at it."""
    try:
        library = invocation.library()
    except NotAChanger:
        with closing(invocation.other_device()) as transport:
            yield transport
    else:
        yield library.session.transport


@contextmanager
def _sender(invocation: MtxInvocation) -> Iterator[Callable[[Command[Any]], Reply]]:
    """What sends one command: to a library under its lock, or to a tape drive."""
    try:
        library = invocation.library()
    except NotAChanger:
        with closing(invocation.other_device()) as transport:
            yield transport.execute
        return
    library.require_usable()
    with library.locked():
        yield library.session.carry


def inventory(invocation: MtxInvocation) -> None:
    """Make the library scan its elements with the robot."""
    try:
        initialize_elements(invocation.library(), None)
    except ChangerError as error:
        if not reports_device(error):
            raise
        raise MtxFailure(
            *request_sense_lines(error.sense),
            "Initialize Element Status (0x07) failed",
            "mtx:inventory failed",
        ) from error


def position(invocation: MtxInvocation, slot: int) -> None:
    """Move the transport to a slot, the first one if none is named."""
    library = invocation.library()
    numbers = SlotNumbers(invocation.read().assignment)
    address = numbers.address_of_slot(slot if slot >= 0 else 1)
    failure = MtxFailure("Could not position transport")
    if address is None:
        raise failure
    try:
        position_before(library, SlotNumbers.place(address))
    except ChangerError as error:
        if not reports_device(error):
            raise
        raise failure from error
