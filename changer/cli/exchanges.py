"""Shows every SCSI exchange on standard error, for ``-vv``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from changer.errors import ChangerError
from changer.smc.command import Command, Reply
from changer.transport import Transport

__all__ = ["ShownTransport"]


@dataclass(frozen=True, slots=True)
class ShownTransport:
    """Tells ``say`` what the other transport sent and received, a line for each command."""

    inner: Transport
    say: Callable[[str], None]

    def execute(self, command: Command[Any]) -> Reply:
        """Let the other transport carry the command, and show what came of it."""
        try:
            reply = self.inner.execute(command)
        except ChangerError as error:
            self.say(f"{command.name} ({command.cdb.hex(' ')}): {error.message}")
            raise
        sense = f", sense {reply.sense.hex(' ')}" if reply.sense else ""
        self.say(
            f"{command.name} ({command.cdb.hex(' ')}): status {reply.status:02X}h, "
            f"{len(reply.data)} bytes{sense}"
        )
        return reply

    def close(self) -> None:
        """Close the other transport."""
        self.inner.close()
