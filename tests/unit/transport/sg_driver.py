"""Linux' sg driver in a thread, behind a socket that stands for an open node.

A request is read from the memory of this process by the addresses in it, as the kernel does, and
its data and sense data are put there, before the header comes back.
"""

from __future__ import annotations

import ctypes
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sg_header import SgIoHdr

from changer.smc.command import Reply

SG_DXFER_TO_DEV = -2


@dataclass(frozen=True)
class Outcome:
    """What the driver makes of a command. ``left``: bytes that did not come; None: the rest."""

    status: int = 0
    data: bytes = b""
    sense: bytes = b""
    host_status: int = 0
    driver_status: int = 0
    left: int | None = None
    header_size: int = 88


class Request(NamedTuple):
    """A command as the driver was given it."""

    cdb: bytes
    length: int
    timeout_milliseconds: int
    header: SgIoHdr
    data_out: bytes = b""


@dataclass
class SgDriver:
    """``outcome``: of every command; None: none ever comes back."""

    outcome: Outcome | None = field(default_factory=Outcome)
    requests: list[Request] = field(default_factory=list)
    opened: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._may_go = threading.Event()
        self._may_go.set()

    def open(self, device: Path) -> int:
        """A descriptor of the node, as open(2) with O_NONBLOCK gives it."""
        self.opened.append(device)
        node, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        node.setblocking(False)
        self._threads.append(threading.Thread(target=self._serve, args=(ours,)))
        self._threads[-1].start()
        return node.detach()

    def answer(self, reply: Reply) -> None:
        """From now on the device replies so."""
        self.outcome = Outcome(reply.status, reply.data, reply.sense)

    def hang(self) -> None:
        """From now on no command ends before ``go``."""
        self._may_go.clear()

    def go(self) -> None:
        """Let what hung end."""
        self._may_go.set()

    def has_closed(self) -> bool:
        """Whether every node that was opened is closed, and the driver done with it."""
        for each in self._threads:
            each.join(60)
        return not any(each.is_alive() for each in self._threads)

    def _serve(self, node: socket.socket) -> None:
        with node:
            while packet := node.recv(4096):
                header = SgIoHdr.from_buffer_copy(packet)
                cdb = ctypes.string_at(header.cmdp, header.cmd_len)
                goes_out = header.dxfer_direction == SG_DXFER_TO_DEV
                data_out = ctypes.string_at(header.dxferp, header.dxfer_len) if goes_out else b""
                length = 0 if goes_out else header.dxfer_len
                self.requests.append(Request(cdb, length, header.timeout, header, data_out))
                if self._is_to_end(node) and self.outcome is not None:
                    node.send(self._end(header, self.outcome))

    def _is_to_end(self, node: socket.socket) -> bool:
        """Wait for ``go``. False once the node is closed: its memory is no more."""
        while not self._may_go.wait(0.01):
            with suppress(BlockingIOError):
                if not node.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    return False
        return True

    def _end(self, header: SgIoHdr, outcome: Outcome) -> bytes:
        data = outcome.data[: header.dxfer_len]
        sense = outcome.sense[: min(header.mx_sb_len, 96)]  # SCSI_SENSE_BUFFERSIZE
        ctypes.memmove(header.dxferp, data, len(data))
        ctypes.memmove(header.sbp, sense, len(sense))
        header.status, header.sb_len_wr = outcome.status, len(sense)
        header.host_status, header.driver_status = outcome.host_status, outcome.driver_status
        left = header.dxfer_len - len(data) if outcome.left is None else outcome.left
        header.resid = left
        return bytes(header)[: outcome.header_size]
