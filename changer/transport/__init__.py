"""What carries a command to a device and its reply back."""

from __future__ import annotations

from typing import Any, Protocol

from changer.smc.command import Command, Reply

__all__ = ["Transport"]


class Transport(Protocol):
    """Carries one command at a time.

    A SCSI failure (check condition, busy, reservation conflict) is a Reply. ``execute`` raises
    only when the host failed to carry the command: CommandTimedOut and TransportFailed leave it
    unknown whether the device acted; DeviceNotAvailable, AccessDenied and ToolMissing mean that
    nothing was sent.
    """

    def execute(self, command: Command[Any]) -> Reply:
        """Send the command, wait for its end or its time-out, return what the device said."""
        ...

    def close(self) -> None:
        """Let go of the device. No command may follow."""
        ...
