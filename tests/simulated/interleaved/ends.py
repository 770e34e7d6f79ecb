"""Ends of a motion command, as its caller meets them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scsi_bytes import check

from changer.smc.command import Reply, Status


@dataclass(frozen=True)
class Replied:
    """The device ended it with this status, and nothing moves any more."""

    words: str
    reply: Reply

    def __repr__(self) -> str:
        return self.words


class Lost(Enum):
    """Its end is not seen: the robot goes on, or not, for a move time at most."""

    PATH = "the path is lost"
    TIME = "it times out"


class Death(Enum):
    """Its process dies, with the child that carries the command or without it."""

    BOTH = "the process and its child die"
    PROCESS = "the process dies, and its child lives on"


End = Replied | Lost | Death

GOOD = Replied("GOOD", Reply(Status.GOOD))
# Some libraries report GOOD before their element status has caught up.
GOOD_SEEN_LATE = Replied("GOOD, and the elements show it later", Reply(Status.GOOD))
_CODES = {
    "00/16": check(0, 0x00, 0x16),
    "door open": check(2, 0x04, 0x83),
    "becoming ready": check(2, 0x04, 0x01),
    "no medium": check(2, 0x3A),
    "hardware error": check(4, 0x15, 0x01),
    "deferred error": check(4, 0x15, 0x01, deferred=True),
    "source empty": check(5, 0x3B, 0x0E),
    "removal prevented": check(5, 0x53, 0x02),
    "reset": check(6, 0x29),
    "medium changed": check(6, 0x28),
    "vendor's own": check(9, 0x80),
    "aborted": check(0x0B, 0x00),
    "other port busy": check(0x0B, 0x08),
}
BUSY = Replied("BUSY", Reply(Status.BUSY))
REPLIED = (
    BUSY,
    Replied("TASK ABORTED", Reply(Status.TASK_ABORTED)),
    Replied("RESERVATION CONFLICT", Reply(Status.RESERVATION_CONFLICT)),
    Replied("CHECK CONDITION without sense data", Reply(Status.CHECK_CONDITION)),
    *(Replied(words, reply) for words, reply in _CODES.items()),
)
RESET = next(each for each in REPLIED if each.words == "reset")
HARDWARE_ERROR = next(each for each in REPLIED if each.words == "hardware error")
EVERY_END: tuple[End, ...] = (GOOD, GOOD_SEEN_LATE, *REPLIED, *Lost, *Death)
