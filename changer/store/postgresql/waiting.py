"""Waiting for a lease: hosts take turns in the order in which they came.

A host that waits has a ticket, which it renews; one that is not renewed counts no more. Processes
of one host wait for their own host's lock first, so that each host has one ticket.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from random import uniform
from typing import TYPE_CHECKING

from changer.errors import ChangerError, LibraryBusy
from changer.host.clock import time_of_day
from changer.lock.lease import TERM_SECONDS, Grounds, find_grounds, went_back
from changer.store.postgresql.lease import (
    NOW,
    Asking,
    Seen,
    Statements,
    look,
    make_lease,
    take_as_seen,
    take_own,
    take_released,
)
from changer.store.sharing import Grant

if TYPE_CHECKING:
    from changer.host.clock import Clock

_TICKET_SECONDS = TERM_SECONDS / 2
_LONG_GONE_SECONDS = 3600.0
Bell = Callable[[], AbstractContextManager[Callable[[float], None]]]

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 5.0

_JOIN = (
    "WITH left_behind AS (DELETE FROM tickets WHERE name = :name"
    f" AND (host_id = :host_id OR expires_at < {NOW} - {_LONG_GONE_SECONDS}))"
    " INSERT INTO tickets (name, host_id, process, expires_at)"
    f" VALUES (:name, :host_id, :process, {NOW} + {_TICKET_SECONDS}) RETURNING sequence"
)
_STAY = f"UPDATE tickets SET expires_at = {NOW} + {_TICKET_SECONDS} WHERE sequence = :ticket"
_LEAVE = "DELETE FROM tickets WHERE sequence = :ticket"


def join(statements: Statements, asking: Asking) -> Asking:
    """Take a ticket, behind all others; tickets that this host left behind are thrown away."""
    rows = statements.execute(_JOIN, asking.values())
    return asking._replace(ticket=int(rows[0]["sequence"]))


class Turn:
    """A process that takes a lease when it is its turn; it holds its own host's lock.

    on_wait  called for each new holder, as LibraryLock has it.
    bell     while it waits: gives what pauses, for so many seconds at most.
    """

    def __init__(
        self,
        statements: Statements,
        asking: Asking,
        *,
        clock: Clock,
        on_wait: Callable[[str, int], None] | None,
        bell: Bell | None = None,
    ) -> None:
        self._statements = statements
        self._asking = asking
        self._clock = clock
        self._on_wait = on_wait
        self._bell = bell or (lambda: nullcontext(clock.sleep))
        self._told: str | None = None
        self._pause_seconds = _FIRST_PAUSE_SECONDS

    def take(self, *, deadline: float, wait_seconds: float) -> Grant:
        """Take the lease; ``deadline``: of the clock's monotonic time. Raises LibraryBusy."""
        if (taken := take_released(self._statements, self._asking)) is not None:
            return Grant(taken.epoch, None, taken.generation, taken.has_overtaken)
        seen, ahead = look(self._statements, self._asking)
        if (grant := self._try(seen, ahead)) is not None:
            return grant
        if self._clock.monotonic() >= deadline:
            raise _busy(self._asking.name, seen, wait_seconds)
        return self._wait(deadline, wait_seconds)

    def _wait(self, deadline: float, wait_seconds: float) -> Grant:
        self._asking = join(self._statements, self._asking)
        try:
            with self._bell() as pause:
                return self._wait_with(pause, deadline, wait_seconds)
        finally:
            with suppress(ChangerError):  # it counts no more when it is not renewed
                self._statements.execute(_LEAVE, self._asking.values())

    def _wait_with(
        self, pause: Callable[[float], None], deadline: float, wait_seconds: float
    ) -> Grant:
        while True:
            seen, ahead = look(self._statements, self._asking)
            if (grant := self._try(seen, ahead)) is not None:
                return grant
            self._tell(seen, ahead)
            left_seconds = deadline - self._clock.monotonic()
            if left_seconds <= 0:
                raise _busy(self._asking.name, seen, wait_seconds)
            pause(min(left_seconds, uniform(0.5, 1.0) * self._pause_seconds))  # noqa: S311
            self._pause_seconds = min(2 * self._pause_seconds, _LONGEST_PAUSE_SECONDS)
            self._statements.execute(_STAY, self._asking.values())

    def _try(self, seen: Seen | None, ahead: int) -> Grant | None:
        """Take it where that is allowed now, and nobody else has.

        What a process of this host left behind is not left to those that came before: they would
        have to wait for its time, and get it as soon as this one has settled it.
        """
        if seen is None:
            grounds = None
            taken = None if ahead else make_lease(self._statements, self._asking)
        else:
            grounds = find_grounds(seen.lease, self._asking.holder, now=seen.now)
            if grounds is None or (ahead and grounds is not Grounds.ENDED):
                return None
            take = take_own if grounds is Grounds.ENDED else take_as_seen
            taken = take(self._statements, self._asking, seen.version)
        if taken is None:
            return None
        taken_from = seen.described() if seen and grounds is Grounds.EXPIRED else None
        return Grant(taken.epoch, taken_from, taken.generation, taken.has_overtaken)

    def _tell(self, seen: Seen | None, ahead: int) -> None:
        words = _holder_words(seen)
        if self._on_wait is not None and words != self._told:
            self._told = words
            self._pause_seconds = _FIRST_PAUSE_SECONDS
            self._on_wait(words, ahead)


def _holder_words(seen: Seen | None) -> str:
    """Who has it, and from when on it can be taken from a host that does not answer."""
    if seen is None or seen.lease.released_at is not None:
        return "a process of another host is next"
    words = seen.described()
    if seen.now <= seen.lease.expires_at:
        return words
    free_at = time_of_day(seen.lease.free_at, now=seen.now)
    return f"{words}; that host does not answer, and can be replaced from {free_at} on"


def _busy(name: str, seen: Seen | None, wait_seconds: float) -> LibraryBusy:
    message = f"library {name} is busy: {_holder_words(seen)}"
    if seen is not None and went_back(seen.lease, now=seen.now):
        message += "; the clock of the database server was set back"
    if wait_seconds > 0:
        return LibraryBusy(f"{message}; waited {wait_seconds:g} s")
    return LibraryBusy(message, hint="wait for it with --wait SECONDS")
