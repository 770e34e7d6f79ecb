"""Transports of the doctor: they keep each exchange for the report, and send what reads alone."""

from __future__ import annotations

from typing import Any

from changer.errors import ChangerError, UnsupportedByLibrary
from changer.smc.cdb import only_reads
from changer.smc.command import Command, Reply
from changer.transport import Transport
from changer.values import NamedTuple


class Exchange(NamedTuple):
    """A command and its reply; ``failure``: why there was none."""

    device: str
    name: str
    cdb: bytes
    reply: Reply | None
    failure: str = ""


class ReadingTransport:
    """Carries commands that change nothing, and adds each exchange to ``exchanges``."""

    def __init__(self, inner: Transport, device: str, exchanges: list[Exchange]) -> None:
        self._inner = inner
        self._device = device
        self._exchanges = exchanges

    def execute(self, command: Command[Any]) -> Reply:
        """As the transport below; UnsupportedByLibrary for what would do more than read."""
        if command.data_out or command.occupies_robot or not only_reads(command.cdb):
            raise UnsupportedByLibrary(
                f"{command.name} was not sent: the doctor sends commands that only read"
            )
        try:
            reply = self._inner.execute(command)
        except ChangerError as error:
            self._keep(command, None, error.message)
            raise
        self._keep(command, reply, "")
        return reply

    def _keep(self, command: Command[Any], reply: Reply | None, failure: str) -> None:
        exchange = Exchange(self._device, command.name, command.cdb, reply, failure)
        self._exchanges.append(exchange)

    def close(self) -> None:
        """As the transport below."""
        self._inner.close()
