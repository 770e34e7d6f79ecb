"""Contract of the state store, which keeps what must outlive a process.

Reads return committed data. Every write is one transaction, on disk when it returns; a failed one
changes nothing. Times come from the clock given at opening.

Every method raises StoreFailed (damaged, I/O error, locked for too long, closed), StoreFull,
StoreUnreachable (its file system became read-only), AccessDenied; writes for a library that is not
in the store raise NoLibrary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, Self, Unpack

from changer.errors import NtmsResult
from changer.store.records import (
    Claim,
    Cleaner,
    CleaningRequest,
    DriveCondition,
    DriveIdentity,
    EventRecord,
    FinalState,
    JournalQuery,
    LabelSighting,
    LibraryRecord,
    Move,
    MoveOutcome,
    MoveTotal,
    Operation,
    OperationKind,
    OperationTotal,
    Pruned,
    Reservation,
    TransferOutcome,
    TransferRecord,
)

if TYPE_CHECKING:
    from changer.store.event_tables import Decide
    from changer.store.fields import Details, Intent, Seen


class Events(Protocol):
    """The events of a store."""

    def record(
        self, library_id: str, decide: Decide, *, to_deliver: bool
    ) -> tuple[EventRecord, ...]:
        """Record events in one transaction, and return them.

        ``decide``: called within it with those that last; returns those to record, and the ids of
        those that are over. ``to_deliver``: there are programs to give them to. A store in memory
        records none.
        """

    def lasting(self, library_id: str) -> tuple[EventRecord, ...]:
        """Return the events of a library that are not over, oldest first."""

    def last_id(self) -> int:
        """Return the id of the last event of all libraries, 0 if there is none."""

    def after(
        self, event_id: int, *, library_id: str, since: float | None = None
    ) -> tuple[EventRecord, ...]:
        """Return the events of a library after one, oldest first; ``since``: of that time on."""

    def undelivered(self, *, limit: int) -> tuple[EventRecord, ...]:
        """Return the events of all libraries that are to be delivered, oldest first."""

    def delivered(self, event_id: int) -> None:
        """Record that an event was delivered."""


class Store(Protocol):
    """A state store. Threads may share it; a process made by fork may not use it."""

    def keeps(self) -> bool:
        """Return whether what is written outlives this process: it is not a copy in memory."""

    def remember_library(self, library_id: str, **seen: Unpack[Seen]) -> None:
        """Record that the library was seen; write only changes, and the time once an hour.

        With other INQUIRY data than before, its capabilities are deleted: its firmware changed.
        """

    def libraries(self) -> tuple[LibraryRecord, ...]:
        """Return every library, by id."""

    def library(self, library_id: str) -> LibraryRecord | None:
        """Return one library, or None."""

    def forget_library(self, library_id: str) -> bool:
        """Delete a library with everything that is kept of it; return whether it existed."""

    def rename_library(self, library_id: str, new_id: str) -> None:
        """Give a library another id; nothing is written if it is not known."""

    def prevent_removal(self, library_id: str, *, prevented: bool) -> None:
        """Record whether medium removal is to be prevented, which a reset of the library undoes."""

    def reservations(self, library_id: str) -> tuple[Reservation, ...]:
        """Return the slots reserved for cleaning cartridges, in the order of their reservation."""

    def cleaners(self, library_id: str) -> tuple[Cleaner, ...]:
        """Return the cleaning cartridges, as they first came, also those that are away."""

    def claims(self, library_id: str) -> tuple[Claim, ...]:
        """Return the claims of operations without an end, by address."""

    def claim(self, operation_id: str, *addresses: int) -> None:
        """Claim elements until the operation ends. Raises BeingCleaned for one that is claimed."""

    def begin_operation(
        self,
        library_id: str,
        kind: OperationKind,
        *,
        mark: int | None = None,
        **details: Unpack[Details],
    ) -> Operation:
        """Record an operation of this process as in progress; ``mark``: held while it is."""

    def finish_operation(
        self, operation_id: str, *, state: FinalState, result: NtmsResult, message: str | None
    ) -> Operation:
        """Record the end of an operation, and return it. A finished one stays as it is."""

    def reserve(self, operation_id: str, *, slot_address: int) -> Reservation:
        """Reserve the slot and complete the operation. Raises AlreadyReserved."""

    def release(self, operation_id: str, *, slot_address: int) -> None:
        """Delete a reservation; its cleaner is away. Complete it. Raises NoSlotReserved."""

    def operations(
        self, library_id: str | None = None, *, limit: int = 100
    ) -> tuple[Operation, ...]:
        """Return operations, newest first; None: of all libraries."""

    def find_operations(self, query: JournalQuery, *, limit: int) -> tuple[Operation, ...]:
        """Return the newest operations that are meant, newest first."""

    def cleanings_since(self, library_id: str, since: float) -> tuple[Operation, ...]:
        """Return the cleans that used a cleaner or were completed, newest first.

        ``since``: seconds since the epoch; those that had ended before are left out.
        """

    def cleaning_trials(self, library_id: str) -> tuple[Operation, ...]:
        """Return what tells of cleaners whether they clean, oldest first.

        Cleans after which a drive reported whether it still requests cleaning, and the inserts that
        were completed.
        """

    def operation(self, operation_id: str) -> Operation | None:
        """Return one operation, or None."""

    def describe_operation(self, operation_id: str, **details: Unpack[Details]) -> None:
        """Record details of an operation under way; None changes nothing."""

    def set_waiting(self, operation_id: str, *, waiting_for: str | None) -> None:
        """Record what an operation waits for a person to do, as its message; None: it goes on."""

    def request_stop(self, operation_id: str) -> None:
        """Ask an operation to end where it can; a finished one stays as it is."""

    def begin_transfers(
        self, operation_id: str, transfers: Iterable[tuple[str | None, str | None]]
    ) -> tuple[TransferRecord, ...]:
        """Record cartridges that an export or import is to move: a word and a volume tag of each.

        They follow what the operation has already.
        """

    def end_transfer(
        self, operation_id: str, position: int, *, outcome: TransferOutcome, why: str | None = None
    ) -> None:
        """Record what came of a cartridge of an export or import; the last word counts."""

    def transfers(self, operation_id: str) -> tuple[TransferRecord, ...]:
        """Return the cartridges of an export or import, in its order."""

    def insert_cleaner(
        self,
        operation_id: str,
        *,
        slot_address: int,
        volume_tag: str | None,
        family: str | None,
        cleans_left: int | None,
        known: Cleaner | None = None,
    ) -> Cleaner:
        """Record the cartridge of a reserved slot, complete the operation. Raises NoSlotReserved.

        ``known``: what is on record of this cartridge, which goes on: it is usable again if
        ``cleans_left`` differs from the number there, or the operation has it that a person said
        the number (``cleans_told``).
        """

    def eject_cleaner(
        self, operation_id: str, *, slot_address: int, cleaner_id: int | None = None
    ) -> None:
        """Record that a slot's cartridge is away, complete the operation. Raises NoSlotReserved.

        ``cleaner_id``: of the row that is meant; one that took its place since is left alone.
        """

    def lose_cleaner(self, library_id: str, *, slot_address: int) -> None:
        """Record that a slot's cartridge is away; nothing is written where there is none."""

    def drop_long_gone(self, library_id: str, *, kept_days: int) -> tuple[Cleaner, ...]:
        """Delete the cleaners that left more than ``kept_days`` ago, and return them.

        Only days around which the store was used count: a clock may be set ahead by mistake.
        """

    def count_use(
        self,
        operation_id: str,
        *,
        spent: bool = False,
        rejected: bool = False,
        why: str | None = None,
        still_requested: bool | None = None,
    ) -> Cleaner | None:
        """Count one use of the cleaner for a clean, however often this is called.

        The cleaner: that of the operation's slot. ``spent``: a device reports it as expired;
        ``rejected``: it is not to be used any more; ``why``: of either. ``still_requested``: as
        ``Operation`` has it; None changes nothing. Returns the cleaner, if it is known.
        """

    def reject_cleaner(self, operation_id: str, *, why: str) -> None:
        """Record that a drive does not take the operation's cleaner, and count no use of it."""

    def count_no_use(self, operation_id: str) -> None:
        """Record that a clean did not use the cleaner, so that no use is counted for it."""

    def drive_condition(self, drive: str) -> DriveCondition | None:
        """Return the cleaning record of a drive, by its serial number."""

    def drive_conditions(self, library_id: str | None) -> tuple[DriveCondition, ...]:
        """Return the cleaning records of a library's drives; None: of stand-alone drives."""

    def note_drive(
        self,
        drive: str,
        *,
        library_id: str | None,
        cleaning_request: CleaningRequest | None,
        flags: Iterable[int] = (),
    ) -> DriveCondition:
        """Record what a drive reported; flags are added to the earlier ones."""

    def drive_cleaned(self, drive: str, *, library_id: str | None) -> DriveCondition:
        """Record a successful cleaning, and delete what was reported before."""

    def unfinished_operations(self, library_id: str) -> tuple[Operation, ...]:
        """Return operations without a result, oldest first: running, or left by a dead process."""

    def begin_move(self, library_id: str, **intent: Unpack[Intent]) -> Move:
        """Write an intended move to the journal."""

    def finish_move(
        self,
        move_id: int,
        *,
        outcome: MoveOutcome,
        final_address: int | None = None,
        message: str | None = None,
    ) -> Move:
        """Record the outcome of a move; ``unknown`` keeps it open. A settled one stays as it is."""

    def unsettled_moves(self, library_id: str) -> tuple[Move, ...]:
        """Return moves without an outcome, or with an unknown one, oldest first."""

    def moves_of_operation(self, operation_id: str) -> tuple[Move, ...]:
        """Return the moves of an operation, oldest first."""

    def moves(self, library_id: str | None = None, *, limit: int = 100) -> tuple[Move, ...]:
        """Return the journal, newest first; None: of all libraries."""

    def find_moves(self, query: JournalQuery, *, limit: int) -> tuple[Move, ...]:
        """Return the newest moves that are meant, newest first."""

    def prune_history(self, library_id: str, *, before: float) -> Pruned:
        """Delete the moves, operations and sightings that ended before that time.

        Those stay that are open, or say where a cartridge is, or belongs. Those that are deleted
        stay in the totals.
        """

    def move_totals(self, library_id: str) -> tuple[MoveTotal, ...]:
        """Return how many moves were settled, by kind, outcome and duration, in that order.

        Of all time, also of those that were pruned: a number never falls. A move without an
        outcome, or with an unknown one, is not counted yet.
        """

    def operation_totals(self, library_id: str) -> tuple[OperationTotal, ...]:
        """Return how many operations have ended, by kind and state; of all time, as moves."""

    def label_mark(self, library_id: str, first: int, last: int) -> tuple[int, int]:
        """Return how many labels are shown in these elements, and the sum of their marks."""

    def shown_labels(self, library_id: str, first: int, last: int) -> tuple[tuple[str, int], ...]:
        """Return the labels that are shown in these elements, each with its address."""

    def record_labels(
        self,
        library_id: str,
        *,
        shown: Sequence[tuple[str, int, int]],
        missed: Sequence[tuple[str, int]],
        read_at: float,
        is_whole: bool,
        element_addresses: str,
    ) -> None:
        """Record what a reading, begun at ``read_at``, changes of the labels that are shown.

        shown     labels that are not on record there: label, address, mark.
        missed    labels on record that are not shown any more: label, address.
        is_whole  it covered every element where a label is on record.

        What a later reading has changed meanwhile stays. Other writers are hardly waited for, nor
        is the disk: a loss of power may undo it.
        """

    def sightings(self, library_id: str, volume_tag: str) -> tuple[LabelSighting, ...]:
        """Return where a label was shown: where it still is first, then the last seen."""

    def labels(self, library_id: str) -> tuple[str, ...]:
        """Return every label that was ever shown, in order."""

    def drives(self, library_id: str) -> tuple[DriveIdentity, ...] | None:
        """Return the drives as last read, by address; None: not read, or forgotten."""

    def replace_drives(self, library_id: str, identities: Sequence[DriveIdentity]) -> None:
        """Replace the drives of a library; nothing is written if they are the same."""

    def forget_drives(self, library_id: str) -> None:
        """Delete the drives of a library, so that they are read again."""

    def capabilities(self, library_id: str) -> dict[str, str]:
        """Return what a library was seen to be able to do, or not, within a day, by name."""

    def learn_capability(self, library_id: str, name: str, value: str) -> None:
        """Record a capability of a library; nothing is written if it is known."""

    def forget_capabilities(self, library_id: str) -> None:
        """Delete the capabilities of a library, so that they are tried again."""

    def events(self) -> Events:
        """Return the events, as ``Events`` has them."""

    def lasts(self, library_id: str, *kinds: str) -> bool:
        """Return whether an event of one of these kinds is not over."""

    def scratch(self) -> Store:
        """Return a copy in memory, to write to and throw away."""

    def close(self) -> None:
        """Close the store; closing twice is harmless."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...
