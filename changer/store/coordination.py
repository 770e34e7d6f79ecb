"""Coordination of the processes that use a library: store, locks, and which of them still run.

The only module that knows how: on one host with SQLite, flock(2) and /proc.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from changer.host.clock import Clock
from changer.host.processes import is_alive

if TYPE_CHECKING:
    from changer.store.protocol import Store
    from changer.store.records import Operation


class Lock(Protocol):
    """The lock of one library, held inside ``with``."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...

    def descriptors(self) -> tuple[int, ...]:
        """Return what a child must inherit (``pass_fds``) to hold the lock as well."""


@dataclass(frozen=True, slots=True)
class Coordination:
    """Coordination on one host. ``state``: the store's file. ``locks``: the folder of the locks."""

    state: Path
    locks: Path
    clock: Clock

    def prepare(self) -> None:
        """As root, make the folder that the group's members need, before any of them does.

        Raises AccessDenied, StoreUnreachable, StoreFull.
        """
        if os.geteuid() == 0:
            from changer.host.shared_files import GROUP, prepare_folder

            prepare_folder(self.locks, group=GROUP)

    def open_store(self, *, scratch: bool = False) -> Store:
        """Open the store, made on demand and migrated to the newest schema; the caller closes it.

        ``scratch``: a copy in memory instead, to write to and throw away. Raises as
        ``changer.store.sqlite.open_store``.
        """
        from changer.store.sqlite import open_store

        store = open_store(self.state, clock=self.clock)
        if not scratch:
            return store
        with store:
            return store.scratch()

    def lock(
        self,
        library_id: str,
        *,
        command: str,
        wait_seconds: float = 0.0,
        on_wait: Callable[[str, int], None] | None = None,
    ) -> Lock:
        """Return the lock of a library, to be entered. Parameters and errors: ``LibraryLock``."""
        from changer.lock.flock import LibraryLock

        return LibraryLock(
            library_id,
            folder=self.locks,
            command=command,
            wait_seconds=wait_seconds,
            clock=self.clock,
            on_wait=on_wait,
        )

    def is_running(self, operation: Operation) -> bool:
        """Whether an operation has not ended and its process runs on this host."""
        if operation.finished_at is not None:
            return False
        return is_alive(operation.process_identity, host=operation.host_id)
