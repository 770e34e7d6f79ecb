"""Transport: a command to a device, and its reply back."""

from __future__ import annotations

from typing import Any, Protocol

from changer.smc.command import Command, Reply


class Transport(Protocol):
    """Carries one command at a time.

    A SCSI failure (CHECK CONDITION, BUSY, RESERVATION CONFLICT) is a Reply. ``execute`` raises
    only when the host failed to carry the command: after CommandTimedOut and TransportFailed the
    device may have acted; DeviceNotAvailable, AccessDenied and ToolMissing mean that nothing was
    sent.
    """

    def execute(self, command: Command[Any]) -> Reply:
        """Send the command, wait for its end or its timeout, return the reply of the device."""
        ...

    def close(self) -> None:
        """Close the device. No command may follow."""
        ...
