"""mtx's commands to a device as such: inquiry, eject and erase of any, inventory and position."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from changer.cli.output import complain, write
from changer.errors import ChangerError, NotAChanger
from changer.hooks.mtx.failures import MtxFailure, reports_device
from changer.hooks.mtx.inquiry import inquiry_command, inquiry_lines
from changer.hooks.mtx.line import MtxInvocation
from changer.hooks.mtx.sense import request_sense_lines
from changer.hooks.numbers import SlotNumbers
from changer.library.initialize_status import initialize_elements
from changer.library.session import Session
from changer.moves.execute import position as position_before
from changer.smc.cdb import raw
from changer.smc.command import Status
from changer.transport import Transport

__all__ = ["eject", "erase", "inquiry", "inventory", "position"]

_TIMEOUT_SECONDS = 300.0
_EJECT = bytes((0x1B, 0, 0, 0, 2, 0))
_ERASE = bytes((0x19, 0, 0, 0, 0, 0))


def inquiry(line: MtxInvocation) -> None:
    """What the device says that it is."""
    with _acted_on(line, locked=False) as transport:
        session = Session(transport, clock=line.clock, may_initialize=lambda: False)
        data = session.send(inquiry_command())
    write("".join(f"{each}\n" for each in inquiry_lines(data)))


def eject(line: MtxInvocation) -> None:
    """LOAD UNLOAD, which means a cartridge to a tape drive, and a magazine to some loaders.

    As with mtx, a failure is told and is none.
    """
    try:
        _send_once(line, _EJECT)
    except MtxFailure as failure:
        for each in (*failure.lines, "Eject (0x1B) failed", "mtx:eject failed"):
            complain(each)


def erase(line: MtxInvocation) -> None:
    """ERASE, the short one: a tape ends where it stands."""
    _send_once(line, _ERASE)


def _send_once(line: MtxInvocation, cdb: bytes) -> None:
    """Whatever the device answers: repeated, it could meet another cartridge."""
    command = raw(cdb, allocation_length=0, timeout_seconds=_TIMEOUT_SECONDS)
    with _acted_on(line, locked=True) as transport:
        try:
            reply = transport.execute(command)
        except ChangerError as error:
            if not reports_device(error):
                raise
            raise MtxFailure(*request_sense_lines(None)) from error
    if reply.status != Status.GOOD:
        raise MtxFailure(*request_sense_lines(reply.sense))


@contextmanager
def _acted_on(line: MtxInvocation, *, locked: bool) -> Iterator[Transport]:
    """The device, a library's under its lock; a tape drive is as good."""
    try:
        library = line.library()
    except NotAChanger:
        with closing(line.other_device()) as transport:
            yield transport
        return
    if not locked:
        yield library.session.transport
        return
    library.require_usable()
    with library.locked():
        yield library.session.transport


def inventory(line: MtxInvocation) -> None:
    """The library looks at what is where."""
    try:
        initialize_elements(line.library(), None)
    except ChangerError as error:
        if not reports_device(error):
            raise
        raise MtxFailure(
            *request_sense_lines(error.sense),
            "Initialize Element Status (0x07) failed",
            "mtx:inventory failed",
        ) from error


def position(line: MtxInvocation, slot: int) -> None:
    """The transport before a slot, the first one if none is named."""
    library = line.library()
    numbers = SlotNumbers(line.read().assignment)
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
