"""A program that stands in for sg_raw: it prints what a virtual device answered, or anything else.

It is run as sg_raw is, one process for each command; what it prints, and how it ends, is written
beside it before it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scsi_bytes import CDB_LINE, said_by_sg_raw

from changer import errors
from changer.errors import ChangerError
from changer.smc.command import Command, Reply, Status
from changer.transport.sg_raw import SgRaw

from .bench import Bench, Strike

DEVICE = Path("/dev/null")
# Beside the shortest timeout that sg_raw takes, 1 s.
GRACE_SECONDS, NO_GRACE_SECONDS = 120.0, -0.9


@dataclass(frozen=True)
class ProgramFault:
    """``script``: what it does instead, given what it should have said on both outputs.

    ``error``: what that means. ``in_doubt``: whether the command may have been executed.
    """

    script: Callable[[str, bytes], str]
    error: type[ChangerError] = errors.TransportFailed
    in_doubt: bool = True
    missing: bool = False
    hangs: bool = False
    mode: int = 0o755


def printing(stderr: str, stdout: bytes = b"", exit_status: int = 0) -> str:
    """A script of nothing but what the shell itself can do."""
    octal = "".join(f"\\{byte:03o}" for byte in stdout)
    said = "".join(f"\\{byte:03o}" for byte in stderr.encode("latin-1"))
    return f"printf '{said}' >&2\nprintf '{octal}'\nexit {exit_status}\n"


def _instead(script: str) -> Callable[[str, bytes], str]:
    return lambda stderr, stdout: script


def _transport_error(words: str, exit_status: int = 99) -> Callable[[str, bytes], str]:
    return _instead(printing(CDB_LINE + words + "\n", exit_status=exit_status))


def _half(stderr: str, stdout: bytes) -> str:
    announced = stderr if stdout else stderr + "Writing 8 bytes of data to stdout\n"
    return printing(announced, (stdout or bytes(8))[: len(stdout or bytes(8)) // 2])


FAULTS = {
    "killed": ProgramFault(_instead("kill -9 $$")),
    "terminated": ProgramFault(_instead("kill -15 $$")),
    "killed when it had said all": ProgramFault(
        lambda stderr, stdout: printing(stderr, stdout).replace("exit 0", "kill -9 $$")
    ),
    "missing": ProgramFault(_instead(""), errors.ToolMissing, in_doubt=False, missing=True),
    "not to be run": ProgramFault(_instead(""), errors.ToolMissing, in_doubt=False, mode=0o644),
    "garbage": ProgramFault(_instead("echo garbage; echo more of it >&2")),
    "garbage that is no text": ProgramFault(
        _instead(printing("\xff\x00\x1b[2J\r\x07" * 20, bytes(range(256))))
    ),
    "half the data": ProgramFault(_half),
    "everything twice": ProgramFault(
        lambda stderr, stdout: printing(stderr + stderr, stdout + stdout)
    ),
    "nothing, and success": ProgramFault(_instead("exit 0")),
    "nothing, and failure": ProgramFault(_instead("exit 1")),
    "a failure without sense": ProgramFault(
        _instead(printing(CDB_LINE + "SCSI Status: Check Condition \n", exit_status=6))
    ),
    "no status": ProgramFault(_instead(printing(CDB_LINE, exit_status=99))),
    "no end": ProgramFault(_instead("exec cat /dev/zero")),
    "hanging": ProgramFault(_instead("exec sleep 60"), errors.CommandTimedOut, hangs=True),
    "the kernel's time-out": ProgramFault(
        _transport_error(">>> transport error: Host_status=0x03 [DID_TIME_OUT]"),
        errors.CommandTimedOut,
    ),
    "the adapter's failure": ProgramFault(
        _transport_error(">>> transport error: Host_status=0x01 [DID_NO_CONNECT]")
    ),
    "device that went away": ProgramFault(_transport_error("do_scsi_pt: No such device", 69)),
    "device that is offline": ProgramFault(
        _transport_error("do_scsi_pt: No such device or address", 56),
        errors.DeviceNotAvailable,
        in_doubt=False,
    ),
}


class ProgramBench(Bench):
    """A library whose commands are carried by a program, until the fault is over."""

    def __init__(self, folder: Path, prepare: Callable[[Bench], None]) -> None:
        super().__init__(folder, prepare)
        self._fault: ProgramFault | None = None
        self._program = folder / "sg_raw"
        self._script = folder / "script"
        self._is_carrying = self._is_carried = False

    @contextmanager
    def carrying(self, fault: ProgramFault | None) -> Iterator[None]:
        """The program has this fault at the commands that are struck, and carries those alone;
        without a fault it carries every one.
        """
        self._is_carrying, self._fault = True, fault
        yield
        self._is_carrying = False

    def begin_again(self, *strikes: Strike) -> None:
        super().begin_again(*strikes)
        self._is_carried = self._is_carrying

    def end_fault(self) -> None:
        """From now on nothing is between the driver and the device."""
        super().end_fault()
        self._is_carried = False

    def deliver(
        self, command: Command[Any], end: Reply | ChangerError, *, struck: bool
    ) -> Reply | ChangerError:
        """What SgRaw makes of what the program prints."""
        fault = self._fault
        if not self._is_carried or not isinstance(end, Reply) or (fault and not struck):
            return end
        data = end.data[: command.allocation_length]
        said = said_by_sg_raw(end._replace(data=data), command.allocation_length)
        honest = printing(said, data, 0 if end.status == Status.GOOD else 6)
        self._script.write_text(fault.script(said, data) if fault else honest)
        self._install(fault)
        grace = NO_GRACE_SECONDS if fault and fault.hangs else GRACE_SECONDS
        transport = SgRaw(DEVICE, program=str(self._program), grace_seconds=grace)
        try:
            return transport.execute(replace(command, timeout_seconds=1.0))
        except ChangerError as error:
            return error

    def _install(self, fault: ProgramFault | None) -> None:
        self._program.unlink(missing_ok=True)
        if fault is None or not fault.missing:
            self._program.write_text(f"#!/bin/sh\n. {self._script}\n")
            self._program.chmod(fault.mode if fault else 0o755)
