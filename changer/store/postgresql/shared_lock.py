"""Lock of a library that hosts share: this host's own lock, and within it the lease.

The host's lock puts its processes in order, and lasts as long as a command that one of them left
behind; the lease does that among hosts. It is renewed while it is held, also by a process that only
waits; a process that is stopped does not renew it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import TYPE_CHECKING, Self

from changer.errors import ChangerError
from changer.host.clock import boot_time
from changer.lock.lease import RENEWAL_SECONDS
from changer.store.postgresql.heartbeat import repeated
from changer.store.postgresql.lease import Asking, HeldLease, Statements
from changer.store.postgresql.waiting import Bell, Turn
from changer.values import replace

if TYPE_CHECKING:
    from changer.host.clock import Clock
    from changer.lock.flock import LibraryLock
    from changer.store.sharing import Grant

_FORGOTTEN = "the library is reserved by an epoch that the state store has lost"


class SharedLock:
    """The lock of one library, held inside ``with``.

    ``own``: this host's lock, entered first. ``bind``: called with the lease while it is held, and
    with None when it is not any more. Entering raises as ``own``, and what the store raises.
    """

    def __init__(
        self,
        own: LibraryLock,
        statements: Statements,
        asking: Asking,
        *,
        clock: Clock,
        wait_seconds: float,
        on_wait: Callable[[str, int], None] | None,
        bell: Bell | None = None,
        require_writable: Callable[[], None] = lambda: None,
        bind: Callable[[HeldLease | None], None] = lambda _: None,
    ) -> None:
        self._own = own
        self._statements = statements
        self._asking = asking
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._on_wait = on_wait
        self._bell = bell
        self._require_writable = require_writable
        self._bind = bind
        self._lease: HeldLease | None = None
        self._grant: Grant | None = None
        self._held = ExitStack()
        self._process_id = 0

    @property
    def grant(self) -> Grant | None:
        """What was got with it, while it is held."""
        return self._grant

    def raise_epoch(self, epoch: int) -> None:
        """Go on under a higher epoch. Raises OwnershipLost, and what the store raises."""
        assert self._lease is not None and self._grant is not None, "the lock is held"
        grant = self._grant._replace(epoch=epoch)
        if self._lease.raise_epoch(epoch):
            taken_from = grant.taken_from or _FORGOTTEN
            grant = grant._replace(taken_from=taken_from, has_overtaken=True)
        self._grant = grant

    def descriptors(self) -> tuple[int, ...]:
        """Return ``pass_fds`` for a child that occupies the robot, for this host's own lock."""
        return self._own.descriptors()

    def covering(self, timeout_seconds: float) -> AbstractContextManager[None]:
        """Hold the lease for a command that occupies the robot, as ``HeldLease`` has it."""
        assert self._lease is not None, "a command is sent while the lock is held"
        return self._lease.covering(timeout_seconds)

    def __enter__(self) -> Self:
        deadline = self._clock.monotonic() + self._wait_seconds
        with ExitStack() as held:
            held.enter_context(self._own)
            self._require_writable()
            holder = replace(self._asking.holder, lock=self._own.identity)
            asking = self._asking._replace(holder=holder)
            turn = Turn(
                self._statements, asking, clock=self._clock, on_wait=self._on_wait, bell=self._bell
            )
            grant = turn.take(deadline=deadline, wait_seconds=self._wait_seconds)
            lease = HeldLease(
                self._statements, asking=asking, epoch=grant.epoch, boot_time=boot_time
            )
            held.callback(self._give_back, lease)
            held.enter_context(repeated(lease.renew, every_seconds=RENEWAL_SECONDS))
            self._bind(lease)
            held.callback(self._bind, None)
            self._held = held.pop_all()
        self._lease, self._grant, self._process_id = lease, grant, os.getpid()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._lease = self._grant = None
        self._held.close()

    def _give_back(self, lease: HeldLease) -> None:
        """Give it back, unless a command may be under way: then its time has to pass.

        A server that did not answer is not waited for: it ends by itself. That of a process which
        was forked from its holder is the holder's.
        """
        if lease.is_lost or lease.is_covering or lease.is_cut_off:
            return
        if os.getpid() != self._process_id:
            return
        with suppress(ChangerError):
            lease.release()
