"""Coordination of hosts that share libraries: a store in PostgreSQL, and leases in it.

What concerns this host alone, its locks and its processes, is coordinated as on one host.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import randrange
from typing import TYPE_CHECKING

from changer.host.clock import Clock
from changer.host.processes import LONGEST_COMMAND, host_id, own_identity
from changer.lock.flock import LibraryLock
from changer.lock.lease import Holder
from changer.store.postgresql.hosts import holds, is_held, is_marked, is_marked_elsewhere, marked
from changer.store.postgresql.lease import Asking, HeldLease
from changer.store.postgresql.link import Link
from changer.store.postgresql.opening import make_store, open_database, open_for
from changer.store.postgresql.server_clock import ServerClock
from changer.store.postgresql.shared_lock import SharedLock
from changer.store.postgresql.store import PostgresStore
from changer.store.records import Move

if TYPE_CHECKING:
    from changer.store.protocol import Store
    from changer.store.records import Operation
    from changer.store.sharing import Coordination, LockUse, Purpose

_EVENTS = "delivery of events"
_PORTS = "SELECT host, port FROM ports WHERE name = :name AND host_id <> :host_id"
_NOTE_PORT = (
    "WITH noted AS (INSERT INTO ports (name, host_id, host, port)"
    " VALUES (:name, :host_id, :host, :port)"
    " ON CONFLICT (name, host_id) DO UPDATE SET host = :host, port = :port)"
    " SELECT host, port FROM ports WHERE name = :name AND host_id <> :host_id"
)
_NOTE_CHANGE = (
    "INSERT INTO generations (library_id, number) VALUES (:name, 1)"
    " ON CONFLICT (library_id) DO UPDATE SET number = generations.number + 1"
)


class SharedCoordination:
    """Contracts: ``changer.store.sharing.Coordination``. ``url``: of the store.

    own          of this host, for its locks and its processes.
    allow_async  what is written may be lost when the server fails.
    """

    def __init__(self, url: str, own: Coordination, *, allow_async: bool) -> None:
        self._url = url
        self._own = own
        self._allow_async = allow_async
        self._link = Link(url, clock=own.clock, allow_async=allow_async)
        self._clock = ServerClock(own.clock, self._link, url=url)

    @property
    def clock(self) -> Clock:
        """The clock of the server, by which hosts can compare what they record."""
        return self._clock

    @property
    def name(self) -> str:
        """The URL of the store, in which there is no password."""
        return self._url

    @property
    def driver_folder(self) -> str:
        """Where psycopg was found."""
        import psycopg

        return str(Path(psycopg.__file__).parents[1])

    @property
    def locks(self) -> Path:
        """The folder of this host's locks."""
        return self._own.locks

    def prepare(self) -> None:
        """As root, make the folder of this host's locks."""
        self._own.prepare()

    def open_store(
        self, purpose: Purpose = "act", *, warn: Callable[[str], None] = lambda _: None
    ) -> Store:
        """Open the store, or a copy of it in memory."""
        return open_for(
            purpose, self._url, clock=self.clock, allow_async=self._allow_async, warn=warn
        )

    def require_store(self) -> None:
        """Raise StoreUnreachable where no store was made."""
        open_database(self._url, clock=self.clock, allow_async=self._allow_async).close()

    def make_store(self, *, dry_run: bool) -> bool:
        """Make the tables, or bring them up to date, and the folder of this host's locks."""
        is_new = make_store(self._url, dry_run=dry_run)
        if not dry_run:
            self.prepare()
        return is_new

    def lock(
        self,
        library_id: str,
        *,
        command: str,
        wait_seconds: float = 0.0,
        on_wait: Callable[[str, int], None] | None = None,
        store: Store | None = None,
        motion_seconds: float = 0.0,
    ) -> SharedLock:
        """Return the lock of a library among all hosts."""

        def bind(lease: HeldLease | None) -> None:
            if isinstance(store, PostgresStore):
                store.hold(lease, motion_seconds=motion_seconds)

        asking = Asking(library_id, _holder(), _words(command))
        own = self._own_lock(library_id, command, wait_seconds, on_wait)
        return SharedLock(
            own,
            self._link,
            asking,
            clock=self.clock,
            wait_seconds=wait_seconds,
            on_wait=on_wait,
            bell=self._link.listening,
            require_writable=self._link.require_writable,
            bind=bind,
        )

    def _own_lock(
        self,
        name: str,
        command: str,
        wait_seconds: float,
        on_wait: Callable[[str, int], None] | None = None,
    ) -> LibraryLock:
        return LibraryLock(
            name,
            folder=self.locks,
            command=command,
            wait_seconds=wait_seconds,
            clock=self.clock,
            on_wait=on_wait,
        )

    def delivery_lock(self, *, wait_seconds: float = 1.0) -> SharedLock:
        """Return the lock of the process that delivers the store's events, on whatever host."""
        asking = Asking(_EVENTS, _holder(), _words(_EVENTS))
        own = self._own_lock(f"{_EVENTS} {_digest(self._url)}", _EVENTS, wait_seconds)
        return SharedLock(
            own, self._link, asking, clock=self.clock, wait_seconds=wait_seconds, on_wait=None
        )

    def is_delivering(self) -> bool:
        """Whether a process of any host delivers the store's events now."""
        return is_held(self._link, _EVENTS)

    def is_held(self, library_id: str) -> bool:
        """Whether a process of any host holds the lock of a library now."""
        return is_held(self._link, library_id)

    def lock_use(self, library_id: str) -> LockUse:
        """Whether a process of any host has the lock of a library; who waits is not told."""
        from changer.store.sharing import LockUse

        return LockUse(held=self.is_held(library_id))

    def is_news_of_damage(self, text: str) -> bool:
        """Whether this host did not say this within a day; it is noted that it is said now."""
        return self._own.is_news_of_damage(text)

    @contextmanager
    def under_way(self, library_id: str) -> Iterator[int | None]:
        """Mark an operation as under way, for this host's processes and for other hosts."""
        with self._own.under_way(library_id) as own:
            number = randrange(1, 1 << 62) if own is None else own  # noqa: S311 # to differ
            with marked(self._link, number, _holder(self._lock_folder())):
                yield number

    def is_running(self, record: Operation | Move) -> bool:
        """Whether an operation, or a move, has no end, and is under way on whatever host."""
        if record.finished_at is not None:
            return False
        if isinstance(record, Move):
            if record.host_id in (None, host_id()):
                return self._own.is_running(record)
            return holds(self._link, record.library_id, record.host_id)
        process, mark = record.process
        own = _holder(self._lock_folder())
        holder = Holder(record.host_id or own.host_id, process or "", own.lock)
        if not holder.has_same_lock(own):
            return mark is not None and is_marked(self._link, mark)
        # A container of this host has its name, and can have locks and processes of its own.
        return self._own.is_running(record) or (
            mark is not None and is_marked_elsewhere(self._link, mark, own.lock)
        )

    def _lock_folder(self) -> str:
        """Device and inode of the folder of this host's locks; empty where there is none yet."""
        try:
            status = self.locks.stat()
        except OSError:
            return ""
        return f"{status.st_dev}:{status.st_ino}"

    def ports(self, library_id: str, *, own: str | None = None) -> Mapping[str, str]:
        """Ports of the library that other hosts have noted; this host's ``own`` is noted first."""
        values = {"name": library_id, "host_id": host_id()}
        if own is None:
            rows = self._link.execute(_PORTS, values)
        else:
            told = {**values, "host": os.uname().nodename, "port": own}
            rows = self._link.execute(_NOTE_PORT, told)
        return {str(row["host"]): str(row["port"]) for row in rows}

    def awaited(self, library_id: str) -> tuple[str, ...]:
        """Hosts that were overtaken, and have not acted since, by name."""
        from changer.store.postgresql.known_hosts import awaited

        return awaited(self._link, library_id)

    def forget_host(self, name: str, *, dry_run: bool) -> tuple[str, ...]:
        """Believe that a host is gone for good."""
        from changer.store.postgresql.known_hosts import forget_host

        return forget_host(self._link, name, own_host_id=host_id(), dry_run=dry_run)

    def note_change(self, library_id: str) -> None:
        """Let other hosts know that the library reported a change of its elements or drives."""
        self._link.execute(_NOTE_CHANGE, {"name": library_id})


def _holder(lock: str = "") -> Holder:
    return Holder(host_id(), own_identity(), lock)


def _digest(url: str) -> str:
    """A name for this host's lock of what the store has one process for."""
    from hashlib import sha256

    return sha256(url.encode()).hexdigest()[:16]


def _words(command: str) -> str:
    """This process, for people of other hosts."""
    return f"pid {os.getpid()} ({command[:LONGEST_COMMAND]}) on {os.uname().nodename}"
