"""A picture of a library: what it showed last, and what is on record of it now. Pure."""

from __future__ import annotations

from typing import Literal

from changer.cleaning.read_stock import CleanerStock
from changer.cleaning.verdict import Verdict
from changer.library.addressing import Numbering
from changer.library.findings import Finding
from changer.library.model import Identity
from changer.library.status import LibraryStatus
from changer.store.records import EventRecord, Move, MoveTotal, Operation, OperationTotal
from changer.store.sharing import LockUse
from changer.values import dataclass, field

State = Literal["ok", "warning", "critical", "unknown"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the library showed when it was read as a whole.

    ``at``: the end of the reading, in seconds since the epoch. What is on record of its elements,
    such as reservations and cleanings left, is of that time, too.
    """

    at: float
    took_seconds: float
    status: LibraryStatus
    stock: CleanerStock
    verdict: Verdict
    numbering: Numbering


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the library, or its records, could not be read; ``since``: seconds since the epoch."""

    code: str
    message: str
    hint: str | None
    since: float


@dataclass(frozen=True, slots=True)
class OperatorTask:
    """What an operation waits for a person to do: ``put a cleaning cartridge into mail slot 1``.

    ``since``: when the operation began, in seconds since the epoch.
    """

    operation_id: str
    kind: str
    words: str
    since: float


@dataclass(frozen=True, slots=True)
class OperationShown:
    """An operation without an end; ``state``: as ``changer.library.history.state_of`` has it."""

    record: Operation
    state: str


@dataclass(frozen=True, slots=True)
class MoveShown:
    """A move without a known outcome: one that ``is_running`` now, or an open one."""

    record: Move
    is_running: bool


@dataclass(frozen=True, slots=True)
class Records:
    """What the state store has of a library, and who has its lock.

    totals, operation_totals  how many were settled, and have ended, of all time.
    last_event  the id of the last event of any library.
    numbering   as last read; None: not on record.
    at          when it was read. Records that are read again without change are the same.
    """

    attention: tuple[Finding, ...] = ()
    operations: tuple[OperationShown, ...] = ()
    moves: tuple[MoveShown, ...] = ()
    lasting: tuple[EventRecord, ...] = ()
    totals: tuple[MoveTotal, ...] = ()
    operation_totals: tuple[OperationTotal, ...] = ()
    last_event: int = 0
    numbering: Numbering | None = None
    lock: LockUse | None = None
    at: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Overview:
    """A library as it is known now.

    identity          by the last reading, or by what is on record; None: it was never seen.
    alias, device     by the settings, and as it was opened; None: not known.
    reading           None: it has not been read since the reader began.
    trouble           there is no newer reading: what ``reading`` has may not be true any more.
    records_trouble   there are no newer records.
    interval_seconds  from one reading to the next, at least.
    """

    library_id: str
    identity: Identity | None
    alias: str | None
    device: str | None
    interval_seconds: float
    reading: Reading | None = None
    trouble: Trouble | None = None
    records: Records | None = None
    records_trouble: Trouble | None = None

    @property
    def state(self) -> State:
        """The judgement; ``unknown`` where the library, or its records, can't be read."""
        if self.reading is None or self.trouble is not None or self.records_trouble is not None:
            return "unknown"
        found = {each.level for each in self.attention} | {
            each.level for each in self.reading.verdict.findings
        }
        if "critical" in found:
            return "critical"
        return "warning" if "warning" in found else "ok"

    @property
    def attention(self) -> tuple[Finding, ...]:
        """What wants attention, by the reading and by what is on record now."""
        return () if self.records is None else self.records.attention

    def place_of(self, address: int | None) -> str | None:
        """``12``, ``drive:0``: an element as a person writes it; None for None."""
        if address is None:
            return None
        numbering = None if self.records is None else self.records.numbering
        return f"@{address}" if numbering is None else str(numbering.place_of(address))

    @property
    def tasks(self) -> tuple[OperatorTask, ...]:
        """What people have to do, in the order in which the operations began."""
        return tuple(
            OperatorTask(
                each.record.id,
                each.record.kind,
                each.record.message or f"look at the terminal where {each.record.kind} runs",
                each.record.started_at,
            )
            for each in (() if self.records is None else self.records.operations)
            if each.state == "waiting"
        )
