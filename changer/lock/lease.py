"""Rules of a lease: which host holds a library, and when another may take it (pure).

A lease is a row that hosts share, with an epoch that rises whenever it is taken. Its times are of
one clock, the server's; what passes on a host is measured on that host, by a clock that goes on in
suspend. The end of a lease says nothing of a command that its holder sent before: a lease that was
not given back is another host's only when the time of that command has passed, too.
"""

from __future__ import annotations

from enum import Enum, auto

from changer.values import NamedTuple, dataclass

# From a renewal to the end of the lease. Its holder acts within the first half.
TERM_SECONDS = 60.0
# From one renewal to the next, while the lease is held.
RENEWAL_SECONDS = TERM_SECONDS / 4
# What a command may take beyond its own time-out: it is sent within half a term of the renewal.
MARGIN_SECONDS = TERM_SECONDS


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds a lease, or asks for one.

    process  ``BOOT:PID:START``.
    lock     the file, or folder, by which it has its own host's lock: ``DEVICE:INODE``.
    """

    host_id: str
    process: str
    lock: str

    @property
    def boot(self) -> str:
        """The boot of its host, which a restart ends, with every process."""
        return self.process.partition(":")[0]

    def has_same_lock(self, other: Holder) -> bool:
        """Whether whoever has one's lock knows that the other does not have it any more.

        The name of the host does not say so: copies of a virtual machine bear it, and containers of
        one host, which have neither the locks nor the processes of each other.
        """
        return (self.host_id, self.boot, self.lock) == (other.host_id, other.boot, other.lock)


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it stands; times are of the server's clock, in seconds.

    command_deadline  until when the last command that was announced may be under way; None: none.
    released_at       when its holder gave it back, with no command under way; None: it did not.
    """

    epoch: int
    holder: Holder
    granted_at: float
    renewed_at: float
    expires_at: float
    command_deadline: float | None
    released_at: float | None

    @property
    def free_at(self) -> float:
        """From when on another host may take it, unless it is renewed or given back."""
        return max(self.expires_at, self.command_deadline or self.expires_at)


class Grounds(Enum):
    """Why a lease may be taken.

    RELEASED  it was given back.
    ENDED     its holder had the lock of this host, and does not have it any more.
    EXPIRED   neither its holder nor a command of it has any time left.
    """

    RELEASED = auto()
    ENDED = auto()
    EXPIRED = auto()


def find_grounds(lease: Lease, asking: Holder, *, now: float) -> Grounds | None:
    """Why a process may take a lease now; None where it may not.

    ``asking``: holds the lock of its own host, which a command under way would hold as well.
    ``now``: of the server. Where that was set back, the lease lasts the longer.
    """
    if lease.released_at is not None:
        return Grounds.RELEASED
    if lease.holder.has_same_lock(asking):
        return Grounds.ENDED
    if now > lease.free_at:
        return Grounds.EXPIRED
    return None


def went_back(lease: Lease, *, now: float) -> bool:
    """Whether the server's clock shows a time before the last renewal."""
    return now < lease.renewed_at


class Renewal(NamedTuple):
    """A renewal that the server confirmed.

    ``sent_at``: when it was sent, in seconds of this host's clock that goes on in suspend;
    ``covers_seconds``: the time-out that it announced for the commands that follow it.
    """

    sent_at: float
    covers_seconds: float

    def allows(self, timeout_seconds: float, *, now: float) -> bool:
        """Whether a command with this time-out may be sent now, on this host's clock."""
        passed_seconds = now - self.sent_at
        return 0 <= passed_seconds < TERM_SECONDS / 2 and timeout_seconds <= self.covers_seconds
