"""Fence in a library: a reservation that lets one host of several act (SPC-4, 5.13).

A lease says who owns a library, and can't stop a host that was overtaken and does not know it yet.
The library can: it refuses the commands of every initiator but the one that holds its reservation.
A host reserves under a key that has its epoch in it. Who comes next, with a higher epoch, ends that
registration by its key, and the commands that came with it.

Type 3h, Exclusive Access: with 6h, whoever is registered may act, as the overtaken host still is.
Registrations of lower epochs are ended, too: else one that was stopped between its two commands
would reserve a library that was given back since. And it is not given back while a host that was
overtaken may still send what it was about to send: it is kept from one owner to the next until that
host has taken its turn again, so that the process that was stopped has ended.

Keys of other programs are never pre-empted: where one is registered, there is no fence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from zlib import crc32

from changer.errors import (
    ChangerError,
    CommandTimedOut,
    MalformedData,
    OwnershipLost,
    ReservationConflict,
    TransportFailed,
    UnsupportedByLibrary,
)
from changer.library.fence_type import TYPE, find_lack, lack_words
from changer.library.reservation import (
    FenceKey,
    Seen,
    key_words,
    parse_key,
    reservation_words,
    seen,
)
from changer.library.session import Session
from changer.smc.command import Command
from changer.smc.persistent_reserve import (
    Reservation,
    ReservationCapabilities,
    preempt_and_abort,
    read_keys,
    read_reservation,
    register_and_ignore_existing_key,
    release,
    report_capabilities,
    reserve,
    unregister,
)

# Steps of a take: three, one more for each registration that is left over, and for each command
# that another host, or a lost reply, made to be looked at again.
_MOST_STEPS = 24
_ATTEMPTS = 3
_DO_WITHOUT = "set fence = false for it: hosts then take turns by the lease in the store alone"


class Fence:
    """The fence of one host at one library. ``host``: its number, 0 to 65535.

    Commands are sent again after a lost reply: each does what it says once, or a second time
    nothing. Whether it was done is read, not guessed.
    """

    def __init__(self, session: Session, *, host: int) -> None:
        self._session = session
        self._host = host
        self._own: FenceKey | None = None
        self._is_doubtful = False

    @property
    def own(self) -> FenceKey | None:
        """The key under which this host has the library; None: it has no fence."""
        return self._own

    def look(self) -> Seen:
        """Who is registered and who has reserved the library; allowed whoever has.

        Raises UnsupportedByLibrary where the library has no persistent reservations.
        """
        send = self._session.send
        try:
            return seen(send(read_keys()), send(read_reservation()))
        except UnsupportedByLibrary as error:
            raise UnsupportedByLibrary(
                lack_words(self._session.model), hint=_DO_WITHOUT, sense=error.sense
            ) from error

    def highest_epoch(self) -> int | None:
        """The highest epoch that the library shows: a memory beside the state store's."""
        return self.look().highest_epoch

    def take(self, epoch: int) -> None:
        """Have the library refuse everyone else, until it is given back or a higher epoch comes.

        Raises OwnershipLost where a host of ours has as high an epoch; ReservationConflict where
        another program is registered; UnsupportedByLibrary, also without the type; what the
        transport raises. Then this host is not registered, as far as the library could be told.
        """
        own = FenceKey(self._host, epoch)
        key = own.to_bytes()
        capabilities = self._capabilities()
        _require_right(self.look(), own)
        if (lack := find_lack(capabilities, self._session.model)) is not None:
            raise UnsupportedByLibrary(lack, hint=_DO_WITHOUT)
        persist = capabilities is not None and capabilities.persists
        try:
            self._repeat(register_and_ignore_existing_key(key, persist=persist))
            self._reserve(own)
        except BaseException:
            with suppress(ChangerError):
                self._unregister(key)
            raise
        self._own, self._is_doubtful = own, False

    def _reserve(self, own: FenceKey) -> None:
        """Once registered: end what lower epochs left, and reserve, until that is seen to hold."""
        key, reserved = own.to_bytes(), False
        for _ in range(_MOST_STEPS):
            now = self.look()
            _require_right(now, own)
            if (other := _overtaken(now, own)) is not None:
                self._try(preempt_and_abort(key, other, TYPE))
            elif not reserved:
                # Also where it is ours already: it tells whether this path is the holder's.
                reserved = self._try(reserve(key, TYPE))
            elif _holds(now.held, key):
                return
            else:
                reserved = False
        raise ReservationConflict(
            f"the library does not keep a reservation: {_state_words(self.look().held)}",
            hint="another program changes its reservations at the same time: find out which",
        )

    def doubt(self) -> None:
        """Take note that the reservation may be gone: a reset, or a unit attention about it."""
        self._is_doubtful = True

    def verify(self, *, always: bool = True) -> None:
        """Raise OwnershipLost unless the library still has this host's reservation.

        ``always``: False: only where that was put in doubt since it was last seen.
        """
        if self._own is None or not (always or self._is_doubtful):
            return
        held = self._session.send(read_reservation()).held
        if not _holds(held, self._own.to_bytes()):
            raise self._lost(held)
        self._is_doubtful = False

    def give_back(self) -> bool:
        """Release, and end the registration. False: another host has taken the library over.

        Raises what the session raises, when the library can't be told; whoever takes it next ends
        what is left.
        """
        own, self._own = self._own, None
        if own is None:
            return False
        key = own.to_bytes()
        is_ours = self._repeat(release(key, TYPE))
        self._unregister(key)
        return is_ours

    def explained(self, conflict: ChangerError) -> ChangerError:
        """What a RESERVATION CONFLICT means: the loss of the library where this host had a fence.

        The error says who holds it now, if the library tells.
        """
        if self._own is None:
            return conflict
        try:
            held = self._session.send(read_reservation()).held
        except ChangerError:
            return self._lost(())
        return self._lost(held)

    def _lost(self, held: tuple[Reservation, ...]) -> OwnershipLost:
        return OwnershipLost(
            f"this host does not own the library any more: {_state_words(held)}",
            hint="that host settles what was under way; look: changer status, changer history",
        )

    def _capabilities(self) -> ReservationCapabilities | None:
        try:
            return self._session.send(report_capabilities())
        except (UnsupportedByLibrary, MalformedData):
            return None  # without them it is not asked to outlive a loss of power

    def _try(self, command: Command[None]) -> bool:
        """Whether it was executed; False: refused, or its end was not seen. A look tells."""
        with suppress(CommandTimedOut, TransportFailed):
            return self._send(command)
        return False

    def _unregister(self, key: bytes) -> None:
        """A refusal is an end as well: nobody has this key on this path."""
        self._repeat(unregister(key))

    def _repeat(self, command: Command[None]) -> bool:
        """Send it until its end is seen; False: refused."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(CommandTimedOut, TransportFailed):
                return self._send(command)
        return self._send(command)

    def _send(self, command: Command[None]) -> bool:
        """Whether it was executed; False: refused."""
        try:
            self._session.send(command)
        except ReservationConflict:
            return False
        return True


def host_number(host_id: str) -> int:
    """A host's number in its keys: for people, since no two hosts ever have the same epoch."""
    return crc32(host_id.encode()) & 0xFFFF


@contextmanager
def fenced(
    fence: Fence, epoch: int, *, keep: bool = False, warn: Callable[[str], None] = lambda _: None
) -> Iterator[Fence]:
    """Hold the fence within ``with``. Entering raises as ``Fence.take``.

    ``keep``: leave the library reserved at the end, until the next one takes it.
    """
    fence.take(epoch)
    try:
        yield fence
    finally:
        try:
            if not keep:
                fence.give_back()
        except ChangerError as error:
            warn(
                f"the library may stay reserved for this host, which could not give it back:"
                f" {error.message}; the next command of changer on any host ends that"
            )


def _require_right(now: Seen, own: FenceKey) -> None:
    """Raise where the library is another's: of a program that is not ours, or of a later host."""
    if now.foreign:
        raise ReservationConflict(
            f"the library is shared by reservations of {', '.join(map(key_words, now.foreign))}",
            hint="changer does not end what others reserve: stop that program, or do without fence",
        )
    newer = [each for each in now.fences if each != own and each.epoch >= own.epoch]
    if newer:
        raise OwnershipLost(
            f"the library is owned by {max(newer, key=lambda each: each.epoch)}; "
            f"this is epoch {own.epoch}",
            hint="that host settles what was under way; look: changer status, changer history",
        )


def _overtaken(now: Seen, own: FenceKey) -> bytes | None:
    """The key of a host whose epoch is over: the holder's first, then of one that is registered."""
    held = [each.key for each in now.held]
    return next((key for key in (*held, *now.keys) if parse_key(key) not in (None, own)), None)


def _holds(held: tuple[Reservation, ...], key: bytes) -> bool:
    return held == (Reservation(key, scope=0, type=TYPE),)


def _state_words(held: tuple[Reservation, ...]) -> str:
    if not held:
        return "it is not reserved"
    return f"it is reserved by {reservation_words(held[0])}"
