"""Coordination of the processes that use a library: store, locks, and which of them still run.

The only module that knows how. Those of one host have SQLite, flock(2) and /proc.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from changer.errors import ChangerError, StoreUnreachable, UsageError
from changer.host.clock import Clock
from changer.host.processes import exists, is_alive
from changer.store.records import Move
from changer.values import dataclass

if TYPE_CHECKING:
    from changer.lock.flock import LibraryLock
    from changer.store.protocol import Store
    from changer.store.records import Operation
    from changer.store.sharing import Coordination, Lock, LockUse, Purpose

_DAY_SECONDS = 86400.0


def coordinate(
    state: Path | str,
    *,
    locks: Path,
    clock: Clock,
    state_is_given: bool = False,
    allow_async: bool = False,
) -> Coordination:
    """Return the coordination of those that use this store: a file, or the URL of a database.

    The other parameters as ``HostCoordination`` and ``SharedCoordination`` have them.
    """
    if isinstance(state, Path):
        return HostCoordination(state, locks, clock, state_is_given)
    from changer.store.postgresql.shared import SharedCoordination

    own = HostCoordination(Path(state), locks, clock)
    return SharedCoordination(state, own, allow_async=allow_async)


@dataclass(frozen=True, slots=True)
class HostCoordination:
    """Coordination on one host. ``state``: the store's file. ``locks``: the folder of the locks.

    ``state_is_given``: the file was named by the user, and is not made on demand. Contracts of its
    methods: ``Coordination``.
    """

    state: Path
    locks: Path
    clock: Clock
    state_is_given: bool = False

    def prepare(self) -> None:
        """As root, make the folder of the locks."""
        if os.geteuid() == 0:
            from changer.host.shared_files import GROUP, prepare_folder

            prepare_folder(self.locks, group=GROUP)

    def open_store(
        self, purpose: Purpose = "act", *, warn: Callable[[str], None] = lambda _: None
    ) -> Store:
        """Open the store's file, or a copy of it in memory."""
        if purpose == "hint":
            from changer.store.glance import open_at_a_glance

            return open_at_a_glance(self.state, clock=self.clock)
        if purpose == "examine":
            from changer.store.looking import open_copy

            return open_copy(self.state, clock=self.clock, warn=warn)
        if purpose in ("read", "look"):
            from changer.store.looking import open_to_look

            return open_to_look(
                self.state,
                clock=self.clock,
                is_given=self.state_is_given,
                warn=warn,
                at_all=purpose == "look",
            )
        from changer.store.sqlite import is_missing, open_store

        self.require_store()
        if purpose == "rehearse" and is_missing(self.state):
            from changer.store.looking import empty_store

            return empty_store(self.state, clock=self.clock)
        store = open_store(self.state, clock=self.clock)
        if purpose == "act":
            return store
        with store:
            return store.scratch()

    def require_store(self) -> None:
        """Raise StoreUnreachable where a store that was named is not there."""
        if self.state_is_given:
            from changer.store.sqlite import is_missing, missing

            if is_missing(self.state):
                raise missing(self.state)

    def make_store(self, *, dry_run: bool) -> bool:
        """Make the store's file, or bring it up to date, and the folder of the locks."""
        from changer.store.sqlite import is_missing, open_store

        is_new = is_missing(self.state)
        if not dry_run:
            self.prepare()
            open_store(self.state, clock=self.clock).close()
        return is_new

    def lock(
        self,
        library_id: str,
        *,
        command: str,
        wait_seconds: float = 0.0,
        on_wait: Callable[[str, int], None] | None = None,
        store: Store | None = None,  # noqa: ARG002 # whatever is written, is of this host
        motion_seconds: float = 0.0,  # noqa: ARG002
    ) -> Lock:
        """Return the lock of a library, which this host's kernel keeps."""
        from changer.lock.flock import LibraryLock

        return LibraryLock(
            library_id,
            folder=self.locks,
            command=command,
            wait_seconds=wait_seconds,
            clock=self.clock,
            on_wait=on_wait,
        )

    def delivery_lock(self, *, wait_seconds: float = 1.0) -> Lock:
        """Return the lock of the process that delivers the store's events."""
        return self.lock(
            self._name_beside("events"), command="delivering events", wait_seconds=wait_seconds
        )

    def is_delivering(self) -> bool:
        """Whether a process delivers the store's events now."""
        return self.is_held(self._name_beside("events"))

    def is_news_of_damage(self, text: str) -> bool:
        """Whether this was not said of the store within a day; it is noted that it is said now."""
        from changer.lock.note import is_news

        note = self._lock_file(self._name_beside("damage"))
        return is_news(note, text, now=self.clock.now(), again_seconds=_DAY_SECONDS)

    def _name_beside(self, purpose: str) -> str:
        """A name for a lock of the store, which no library has: ids have no blanks."""
        from hashlib import sha256

        from changer.host.trust import real_path

        digest = sha256(os.fsencode(real_path(self.state, StoreUnreachable))).hexdigest()
        return f"{purpose} {digest[:16]}"

    def is_held(self, library_id: str) -> bool:
        """Whether another process holds the lock of a library now; asks the kernel's list alone."""
        from changer.lock.holder import holding_process

        return holding_process(self._lock_file(library_id).path) is not None

    def lock_use(self, library_id: str) -> LockUse:
        """Who has the lock of a library, by its file and the kernel's list."""
        from changer.lock.use import holder_and_waiters
        from changer.store.sharing import LockUse

        if not self.is_held(library_id):
            return LockUse(held=False, waiting=0)
        path = self._lock_file(library_id).path
        holder, waiting = holder_and_waiters(path, now=self.clock.now())
        return LockUse(held=True, holder=holder, waiting=waiting)

    def _lock_file(self, name: str) -> LibraryLock:
        """A lock that is not taken: its file, for what else is kept in it or shown by it."""
        from changer.lock.flock import LibraryLock

        return LibraryLock(name, folder=self.locks, command="", clock=self.clock)

    @property
    def driver_folder(self) -> None:
        """Nothing: SQLite comes with Python."""
        return None

    @property
    def name(self) -> str:
        """The path of the store's file."""
        from changer.host.trust import absolute_path

        return str(absolute_path(self.state))

    def ports(self, library_id: str, *, own: str | None = None) -> Mapping[str, str]:  # noqa: ARG002
        """Nothing: there are no other hosts."""
        return {}

    def awaited(self, library_id: str) -> tuple[str, ...]:  # noqa: ARG002
        """Nobody: there are no other hosts."""
        return ()

    def forget_host(self, name: str, *, dry_run: bool) -> tuple[str, ...]:  # noqa: ARG002
        """Raise UsageError: no other host is on record."""
        raise UsageError(
            f"no host {name} is on record", hint=f"the state store {self.name} is this host's alone"
        )

    def note_change(self, library_id: str) -> None:
        """Do nothing: no other host has read of the library what is stale now."""

    @contextmanager
    def under_way(self, library_id: str) -> Iterator[int | None]:
        """Mark an operation as under way, by a byte of the library's lock file."""
        from changer.lock.mark import marked

        lock = self._lock_file(library_id)
        with ExitStack() as stack:
            mark: int | None = None
            with suppress(ChangerError, OSError):  # what needs the lock will say so
                mark = stack.enter_context(marked(lock))
            yield mark

    def is_running(self, record: Operation | Move) -> bool:
        """Whether an operation, or a move, has no end, and is under way on this host."""
        if record.finished_at is not None:
            return False
        if isinstance(record, Move):
            return exists(record.process_id, host=record.host_id)
        process, mark = record.process
        if not is_alive(process, host=record.host_id):
            return False
        if mark is None:
            return True
        from changer.lock.mark import is_marked

        return is_marked(self._lock_file(record.library_id).path, mark)
