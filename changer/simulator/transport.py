"""The transport to a virtual library: what ``sim:NAME`` is opened with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from changer.errors import CommandTimedOut, DeviceNotAvailable, NoSuchDrive, TransportFailed
from changer.host.clock import Clock
from changer.simulator.execution import SharedLibrary
from changer.simulator.request import Answer, Loss
from changer.smc.command import Command, Reply

__all__ = ["SimulatedTransport"]


class SimulatedTransport:
    """Carries commands to the changer of a virtual library, or to its drive ``unit``.

    Threads and processes may share a library, and threads a transport. The state is saved before
    the reply is given, and the time that a command takes passes on ``clock`` afterwards, without
    the lock: others see the robot busy, not the library gone.
    """

    def __init__(self, name: str, *, folder: Path, unit: int | None = None, clock: Clock) -> None:
        self._library = SharedLibrary(name, folder=folder)
        self._unit = unit
        self._clock = clock
        drives = self._library.profile.drives
        if unit is not None and not 0 <= unit < drives:
            self._library.close()
            raise NoSuchDrive(f"virtual library {name!r} has no drive {unit}: {drives} drives")

    def execute(self, command: Command[Any]) -> Reply:
        """The library's reply to one command."""
        given = self._library.execute(command.cdb, unit=self._unit, now=self._clock.now())
        self._raise_loss(given, command)
        if given.seconds > command.timeout_seconds:
            self._clock.sleep(command.timeout_seconds)
            raise self._timed_out(command)
        if given.seconds > 0:
            self._clock.sleep(given.seconds)
        # As a host adapter does: never more than the buffer holds.
        data = given.reply.data[: command.allocation_length]
        return Reply(given.reply.status, data, given.reply.sense)

    def close(self) -> None:
        """Let go of the library's files."""
        self._library.close()

    def _raise_loss(self, given: Answer, command: Command[Any]) -> None:
        if given.loss is Loss.HANG:
            # At once: whoever asked for a hang need not sit through the time-out.
            raise self._timed_out(command)
        if given.loss is Loss.GONE:
            raise TransportFailed(f"{command.name}: {self._device} went away without a reply")
        if given.loss is Loss.UNPLUGGED:
            raise DeviceNotAvailable(f"{self._device} is unplugged")

    def _timed_out(self, command: Command[Any]) -> CommandTimedOut:
        return CommandTimedOut(
            f"{command.name}: no reply from {self._device} in {command.timeout_seconds:g} s"
        )

    @property
    def _device(self) -> str:
        drive = "" if self._unit is None else f" drive {self._unit}"
        return f"sim:{self._library.name}{drive}"
