"""Command and reply: the seam between protocol and transport."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Generic, TypeVar

from changer.values import NamedTuple, dataclass

ResultT = TypeVar("ResultT")


class Status(IntEnum):
    """SCSI status codes (SAM-5)."""

    GOOD = 0x00
    CHECK_CONDITION = 0x02
    BUSY = 0x08
    RESERVATION_CONFLICT = 0x18
    TASK_SET_FULL = 0x28
    TASK_ABORTED = 0x40


@dataclass(frozen=True, slots=True)
class Command(Generic[ResultT]):
    """One SCSI command, and the parser of its data-in.

    ``name``: as the standard names it. ``allocation_length``: bytes of data-in, 0 for none.
    ``data_out``: what goes to the device; a command with some has no data-in.
    ``parse``: data-in to a value; raises MalformedData.
    ``moves_medium``: its outcome is unknown after a failure, and it is never repeated blindly.
    ``occupies_robot``: the robot moves while it runs, with a medium or without: it is waited for,
    and the library's lock goes with it.
    """

    name: str
    cdb: bytes
    allocation_length: int
    timeout_seconds: float
    parse: Callable[[bytes], ResultT]
    moves_medium: bool = False
    occupies_robot: bool = False
    data_out: bytes = b""


class Reply(NamedTuple):
    """Reply of a device: SCSI status, data-in as received, raw sense data (may be empty)."""

    status: int
    data: bytes = b""
    sense: bytes = b""
