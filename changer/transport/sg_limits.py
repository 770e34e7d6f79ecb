"""Limits of what goes through Linux' sg driver: shapes of CDBs, bytes, seconds."""

from __future__ import annotations

import math
import time
from typing import Any

from changer.errors import UsageError
from changer.smc.command import Command

GRACE_SECONDS = 30.0

# sg_raw takes 64 KiB up to 1.45 and 1 MiB since; some libraries honour only the low 16 bits.
_LARGEST_TRANSFER = 0xFFFF
# sg_raw multiplies by 1000 in an int, and the kernel reads the milliseconds as one.
_LONGEST_TIMEOUT_SECONDS = 2_000_000
_LONGEST_WAIT_SECONDS = 0.1  # until the next look for signals

# SPC-4, 4.2.5.1: length of a CDB by the group code, the upper three bits of its opcode. sg_raw
# takes anything else for an NVMe command, and then prints no SCSI status.
_CDB_LENGTHS = ((6,), (10,), (10,), (), (16,), (12,), (6, 10, 12, 16), (6, 10, 12, 16))


def check_cdb(cdb: bytes) -> None:
    """Raise UsageError unless the length of a CDB is that of its opcode."""
    lengths = _CDB_LENGTHS[cdb[0] >> 5] if cdb else ()
    if len(cdb) not in lengths:
        wanted = " or ".join(str(length) for length in lengths)
        reason = (
            f"it has {len(cdb)} bytes, not {wanted}"
            if wanted
            else "its opcode has no defined length"
        )
        raise UsageError(f"{cdb.hex(' ')!r} is not a SCSI command: {reason}")


def check_data_out(command: Command[Any]) -> None:
    """Raise ValueError for data-out that can't be sent: a mistake of the program."""
    if command.data_out and command.allocation_length:
        raise ValueError(f"{command.name}: data can't go out and come in by one command")
    if len(command.data_out) > _LARGEST_TRANSFER:
        raise ValueError(f"{command.name}: {len(command.data_out)} bytes of data-out are too many")


def transfer_length(command: Command[Any]) -> int:
    """Bytes of data-in that are asked for."""
    return min(command.allocation_length, _LARGEST_TRANSFER)


def timeout_seconds(command: Command[Any]) -> int:
    """Time after which the kernel gives up on a command, in whole seconds."""
    return max(1, math.ceil(min(command.timeout_seconds, _LONGEST_TIMEOUT_SECONDS)))


def next_wait_seconds(deadline: float) -> float:
    """Time to wait until the next look for signals. Raises TimeoutError after the deadline."""
    if (left := deadline - time.monotonic()) <= 0:
        raise TimeoutError
    return min(left, _LONGEST_WAIT_SECONDS)
