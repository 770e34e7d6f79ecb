"""Contract of what the processes that use a library share: a store, locks, and who still runs.

Parameters and errors of a host's own lock: ``changer.lock.flock.LibraryLock``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, Self

from changer.host.clock import Clock
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.store.protocol import Store
    from changer.store.records import Move, Operation

# What a store is opened for. It is made on demand to act, but for one that was named.
# act       to write to it.
# rehearse  to write to a copy in memory that is thrown away.
# read      for what is kept in it; where it can't be written, a copy in memory.
# look      at the library; where it can't even be read, without what is kept in it.
# hint      at what is kept in it, at once and as it is, or not at all.
# examine   at what is kept in it, in a copy in memory: nothing is made, migrated or written.
Purpose = Literal["act", "rehearse", "read", "look", "hint", "examine"]


class Grant(NamedTuple):
    """What a host got with the lock of a library that hosts share.

    epoch          rises whenever a host gets the lock.
    taken_from     the process of another host, in words, whose time was over; None: it gave it
                   back.
    generation     rises whenever a host notes that the library's elements may have changed.
    has_overtaken  a host that it was taken from has not come back: a process of it that was stopped
                   may still send a command.
    """

    epoch: int
    taken_from: str | None
    generation: int
    has_overtaken: bool = False


class LockUse(NamedTuple):
    """The use of a library's lock.

    holder   who holds it, in words; None: nobody, or that can't be told.
    waiting  how many wait for it, at most 100; None: that can't be told.
    """

    held: bool
    holder: str | None = None
    waiting: int | None = None


class Lock(Protocol):
    """The lock of one library, held inside ``with``."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...

    @property
    def grant(self) -> Grant | None:
        """What was got with it, while it is held; None: no other host has part in it."""

    def raise_epoch(self, epoch: int) -> None:
        """Go on under a higher epoch, which the library has shown; only where there is a grant.

        The store has lost who had the lock since: each host that took it before counts as
        overtaken, until it takes it again. Raises OwnershipLost where another host has it by now.
        """

    def descriptors(self) -> tuple[int, ...]:
        """Return what a child must inherit (``pass_fds``) to hold the lock as well."""

    def covering(self, timeout_seconds: float) -> AbstractContextManager[None]:
        """Hold the lock for a command that occupies the robot, sent within ``with``, to its end.

        Entering raises OwnershipLost where another host may have the lock by then.
        """


class Coordination(Protocol):
    """Store and locks of the processes that share a library. Made by ``coordinate``."""

    @property
    def clock(self) -> Clock:
        """The clock that it goes by."""

    @property
    def name(self) -> str:
        """The store's name, for people and for processes that are to open it."""

    @property
    def driver_folder(self) -> str | None:
        """Where a process finds what it needs besides Python to open the store; None: nothing."""

    @property
    def locks(self) -> Path:
        """The folder of this host's locks."""

    def prepare(self) -> None:
        """As root, make the folder that the group's members need, before any of them does.

        Raises AccessDenied, StoreUnreachable, StoreFull.
        """

    def open_store(
        self, purpose: Purpose = "act", *, warn: Callable[[str], None] = lambda _: None
    ) -> Store:
        """Open the store, migrated to the newest schema; the caller closes it.

        Raises as ``changer.store.sqlite.open_store``; StoreUnreachable where a store that was named
        is not there, but to look at a library.
        """

    def require_store(self) -> None:
        """Raise StoreUnreachable where a store that was named is not there."""

    def make_store(self, *, dry_run: bool) -> bool:
        """Make the store, or bring it up to date, and the folder of the locks.

        Return whether the store is new. Raises as opening, and as ``prepare``.
        """

    def lock(
        self,
        library_id: str,
        *,
        command: str,
        wait_seconds: float = 0.0,
        on_wait: Callable[[str, int], None] | None = None,
        store: Store | None = None,
        motion_seconds: float = 0.0,
    ) -> Lock:
        """Return the lock of a library, to be entered. Parameters and errors: ``LibraryLock``.

        store           what is written to it while the lock is held, is written by its holder.
        motion_seconds  the time-out of the motions that are put on record there.
        """

    def delivery_lock(self, *, wait_seconds: float = 1.0) -> Lock:
        """Return the lock of the process that delivers the store's events, to be entered.

        By itself it waits a moment only: another process that holds it delivers all there is.
        """

    def is_delivering(self) -> bool:
        """Whether a process delivers the store's events now."""

    def lock_use(self, library_id: str) -> LockUse:
        """Return who has the lock of a library now, as far as that can be told."""

    def is_news_of_damage(self, text: str) -> bool:
        """Whether this was not said of the store within a day; it is noted that it is said now."""

    def is_held(self, library_id: str) -> bool:
        """Whether another process holds the lock of a library now."""

    def under_way(self, library_id: str) -> AbstractContextManager[int | None]:
        """Mark an operation as under way; the mark's number, None where none can be held.

        Other processes see the end of it even if that can't be recorded.
        """

    def is_running(self, record: Operation | Move) -> bool:
        """Whether an operation, or a move, has no end, and is under way."""

    def ports(self, library_id: str, *, own: str | None = None) -> Mapping[str, str]:
        """Ports of a library that other hosts have noted, as text, by the names of the hosts.

        ``own``: this host's, which is noted first. Empty where no other host shares the store.
        """

    def awaited(self, library_id: str) -> tuple[str, ...]:
        """Hosts that were overtaken at a library and have not acted since, by name.

        Where they have a fence, the library stays reserved until each of them has.
        """

    def forget_host(self, name: str, *, dry_run: bool) -> tuple[str, ...]:
        """Believe that a host is gone for good; return the libraries of which it was on record.

        Raises UsageError where no other host has that name; LibraryBusy where it shows that it
        lives; what the store raises.
        """

    def note_change(self, library_id: str) -> None:
        """Let other hosts know that the library reported a change of its elements or drives."""
