"""Transport through Linux' sg driver itself, without a process for each command.

A command is a struct sg_io_hdr (<scsi/sg.h>, interface "S"), the one that the ioctl SG_IO takes. It
is written to the node, and read from there with its reply. The ioctl is not used, since its wait
can't be left and taken up again: a signal with a handler loses the reply, and after a stop, a
freeze or a debugger the kernel makes the call anew, which sends the command a second time.
"""

from __future__ import annotations

import errno
import os
import select
import struct
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changer.errors import (
    AccessDenied,
    ChangerError,
    CommandTimedOut,
    DeviceNotAvailable,
    TransportFailed,
)
from changer.host import interrupts
from changer.host.trust import absolute_path
from changer.smc.command import Command, Reply, Status
from changer.transport.device_node import access_hint, check_node, is_offline, open_generic
from changer.transport.host_status import (
    check_carried,
    opening_error,
    reply_of,
    sending_error,
    statuses_in_words,
)
from changer.transport.sg_limits import (
    GRACE_SECONDS,
    check_cdb,
    check_data_out,
    next_wait_seconds,
    timeout_seconds,
    transfer_length,
)

if TYPE_CHECKING:
    from changer.transport.sg_raw import SgRaw

# struct sg_io_hdr: interface_id, dxfer_direction, cmd_len, mx_sb_len, iovec_count, dxfer_len,
# dxferp, cmdp, sbp, timeout, flags, pack_id, usr_ptr; then the driver's: status, masked_status,
# msg_status, sb_len_wr, host_status, driver_status, resid, duration, info.
HEADER = struct.Struct("@iiBBHIPPPIIiP4B2HiII0P")
_OF_THE_DRIVER = (0,) * 9
_INTERFACE = ord("S")
# SG_DXFER_NONE, SG_DXFER_TO_DEV, SG_DXFER_FROM_DEV
_NO_DATA, _DATA_OUT, _DATA_IN = -1, -2, -3
_LONGEST_SENSE = 252  # SPC-4, 4.5
_STATUS_BITS = 0x7E  # SAM-5: the others are reserved, and were a vendor's once


class SgIo:
    """Transport to ``device``, as SgRaw is, for all commands that leave the robot at rest.

    A command with ``occupies_robot``, and any to a node that is not the sg driver's, goes through
    SgRaw: only a process of its own can hold the library's lock until the robot stands still, when
    this one is killed.

    Signals are held while the device works. One whose handler raises ends the wait, and the reply
    is lost. The kernel writes into this process only while the reply is read from the node: with
    the node closed, what it is still to receive goes nowhere.
    """

    def __init__(
        self,
        device: Path,
        *,
        program: str = "sg_raw",
        grace_seconds: float = GRACE_SECONDS,
        descriptors: Callable[[], tuple[int, ...]] = tuple,
        open_node: Callable[[Path], int | None] = open_generic,
    ) -> None:
        """Does not touch the device.

        ``program``, ``grace_seconds``, ``descriptors``: as SgRaw has them. ``open_node``: returns
        a descriptor of the device's node, opened without waiting, None if it is not the sg
        driver's; raises OSError.
        """
        self._device = absolute_path(device, DeviceNotAvailable)
        self._program = program
        self._grace_seconds = grace_seconds
        self._descriptors = descriptors
        self._open_node = open_node

    def execute(self, command: Command[Any]) -> Reply:
        """Send the command and wait for its end. Returns and raises as SgRaw does."""
        if command.occupies_robot:
            return self._sg_raw().execute(command)
        check_node(self._device)
        check_cdb(command.cdb)
        check_data_out(command)
        with interrupts.held():  # whatever raised between two steps here would lose the descriptor
            node = self._open()
            if node is None:
                return self._sg_raw().execute(command)
            try:
                return self._exchange(node, command)
            finally:
                os.close(node)

    def close(self) -> None:
        """Does nothing: no file is open between commands."""

    def _sg_raw(self) -> SgRaw:
        from changer.transport.sg_raw import SgRaw

        return SgRaw(
            self._device,
            program=self._program,
            grace_seconds=self._grace_seconds,
            descriptors=self._descriptors,
        )

    def _open(self) -> int | None:
        try:
            return self._open_node(self._device)
        except OSError as error:
            raise self._known(
                opening_error(str(self._device), (error.errno or 0,)), error
            ) from None

    def _exchange(self, node: int, command: Command[Any]) -> Reply:
        """Write the request, wait until its reply can be read, and read it."""
        request = DriverRequest(command)
        try:
            if is_offline(node):  # the ioctl waits for an error recovery, and then looks for that
                raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
            os.write(node, request.header)
            deadline = time.monotonic() + timeout_seconds(command) + self._grace_seconds
            self._wait(node, deadline)
            return request.reply(os.read(node, HEADER.size), str(self._device))
        except TimeoutError:
            what = f"{command.name} on {self._device}"
            raise CommandTimedOut(f"{what}: the kernel did not complete it in time") from None
        except OSError as error:
            raise self._known(sending_error(str(self._device), error.errno or 0), error) from None

    def _wait(self, node: int, deadline: float) -> None:
        """Return once there is a reply. Raises TimeoutError after the deadline, OSError."""
        waiting = select.poll()
        waiting.register(node, select.POLLIN)
        while True:
            ready = waiting.poll(next_wait_seconds(deadline) * 1000)
            if ready and ready[0][1] & select.POLLIN:
                return
            if ready:  # POLLHUP: the driver lets go of the device, with the command on its way
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            interrupts.checkpoint()

    def _known(self, known: ChangerError | None, error: OSError) -> ChangerError:
        """The error that stands for one of the kernel's."""
        if known is None:
            return TransportFailed(f"{self._device}: {error.strerror}")
        if isinstance(known, AccessDenied):
            known.add_context(hint=access_hint(self._device))
        return known


class DriverRequest:
    """One command in memory, where the driver reads it and puts what the device replied.

    ``header``: written to a node, it sends the command. ``data``: room for what comes in, or what
    goes out.
    """

    def __init__(self, command: Command[Any]) -> None:
        self._room = transfer_length(command)
        self._cdb = array("B", command.cdb)
        self.data = array("B", command.data_out or bytes(self._room))
        length = len(self.data)
        self._sense = array("B", bytes(_LONGEST_SENSE))
        self.header = HEADER.pack(
            _INTERFACE,
            _DATA_IN if self._room else _DATA_OUT if length else _NO_DATA,
            len(self._cdb),
            len(self._sense),
            0,
            length,
            self.data.buffer_info()[0] if length else 0,
            self._cdb.buffer_info()[0],
            self._sense.buffer_info()[0],
            timeout_seconds(command) * 1000,
            0,
            0,
            0,
            *_OF_THE_DRIVER,
        )

    def reply(self, header: bytes, device: str) -> Reply:
        """The reply of the device, now that the driver has put it here. Raises as SgRaw does."""
        if len(header) != HEADER.size:
            raise TransportFailed(f"{device}: the kernel's reply has {len(header)} bytes")
        status, _, _, sense_length, host, driver, left, _, _ = HEADER.unpack(header)[13:]
        said = statuses_in_words(host_status=host, driver_status=driver)
        check_carried(device, host_status=host, driver_status=driver, said=said)
        if not 0 <= left <= len(self.data):
            raise TransportFailed(
                f"{device}: the kernel reports that {left} of {len(self.data)} bytes are missing"
            )
        status &= _STATUS_BITS
        data = self.data[: self._room - left].tobytes() if self._room else b""
        sense = self._sense[:sense_length].tobytes() if status == Status.CHECK_CONDITION else b""
        return reply_of(status, data, sense)
