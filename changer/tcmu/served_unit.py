"""Unit of an attached library: its ring, and the commands that wait for their replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from changer.smc.command import Reply
from changer.tcmu.ring import Ring, RingCommand, TaskManagement
from changer.values import dataclass


class Doorbell(Protocol):
    """What shares a ring with the kernel, and rings for attention: the file of a uio device."""

    @property
    def ring(self) -> Ring:
        """The shared memory."""

    def fileno(self) -> int:
        """Readable when commands have come."""

    def silence(self) -> None:
        """Take note that the bell rang."""

    def tell_kernel(self) -> None:
        """Have the kernel look at the replies."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A command without a reply. ``at``: when it came, epoch; ``since``: the same, monotonic.

    ``due``: when its reply is to be given, monotonic; None is never. ``reply``: what it will be.
    ``is_lost``: the connection is lost then.
    """

    unit: ServedUnit
    command: RingCommand
    at: float
    since: float
    due: float | None
    reply: Reply
    is_lost: bool = False


class ServedUnit:
    """``number``: of the drive; None is the changer."""

    def __init__(self, number: int | None, device: Doorbell) -> None:
        self.number = number
        self._device = device
        self._waiting: dict[int, Waiting] = {}

    def fileno(self) -> int:
        """For a selector."""
        return self._device.fileno()

    def arrivals(self) -> Iterator[RingCommand | TaskManagement]:
        """What has come."""
        self._device.silence()
        yield from self._device.ring.take()

    def wait(self, waiting: Waiting) -> None:
        """Keep a command."""
        self._waiting[waiting.command.id] = waiting

    def waiting(self, ids: tuple[int, ...] | None = None) -> list[Waiting]:
        """The commands of these ids that still wait; all of them without ids."""
        if ids is None:
            return list(self._waiting.values())
        return [self._waiting[number] for number in ids if number in self._waiting]

    def reply(self, command: RingCommand, reply: Reply) -> None:
        """End a command; the kernel sees it at the next ``tell``."""
        self._waiting.pop(command.id, None)
        data = reply.data[: command.room]
        self._device.ring.reply(command, reply.status, data, reply.sense)

    def tell(self) -> None:
        """Have the kernel look."""
        self._device.tell_kernel()
