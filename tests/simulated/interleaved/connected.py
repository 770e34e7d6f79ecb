"""What a process is connected to: the store, each write of which can be struck, and the drive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from changer.smc.command import Command, Reply
from changer.store.protocol import Store

if TYPE_CHECKING:
    from .process import Process

# What is written; a process may die before and after it.
_WRITES = frozenset(
    {"begin_move", "finish_move", "begin_operation", "finish_operation", "count_use"}
)


class WatchedStore:
    """The store, as one process uses it."""

    def __init__(self, process: Process, store: Store) -> None:
        self._process = process
        self._store = store

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._store, name)
        if name not in _WRITES:
            self._process.live()
            return function
        return lambda *given, **named: self._process.writing(
            name, lambda: function(*given, **named)
        )


class DriveTransport:
    """The transport to the drive."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def execute(self, command: Command[Any]) -> Reply:
        return self._process.carry_to_drive(command)

    def close(self) -> None:
        """Nothing is open."""
