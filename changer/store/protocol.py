"""The contract of the state store, which keeps what must outlive a process.

Reads are of what is committed. Every write is one transaction, on disk when it returns; one that
fails leaves everything as it was. Times come from the clock given at opening.

Errors of every method: StoreFailed (damaged, I/O error, locked for too long, closed), StoreFull,
StoreUnreachable (its file system became read-only), AccessDenied. Writes that name a library not
remembered: NoLibrary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, Self

from changer.errors import NtmsResult
from changer.store.records import (
    Cleaner,
    CleaningRequest,
    DriveCondition,
    DriveIdentity,
    FinalState,
    LibraryRecord,
    Move,
    MoveKind,
    MoveOutcome,
    Operation,
    OperationKind,
    Reservation,
)

__all__ = ["Store"]


class Store(Protocol):
    """Safe to use from several threads; not to be carried over a fork."""

    def remember_library(
        self,
        library_id: str,
        *,
        vendor: str,
        product: str,
        revision: str,
        serial: str | None,
        device: str | None,
    ) -> None:
        """Record that the library was seen; writes only what changed, and at most once an hour."""
        ...

    def libraries(self) -> tuple[LibraryRecord, ...]:
        """Every library remembered, in order of id."""
        ...

    def library(self, library_id: str) -> LibraryRecord | None:
        """One library, or None when not remembered."""
        ...

    def forget_library(self, library_id: str) -> bool:
        """Delete everything about a library, its model's if it was the last; was it known?"""
        ...

    def prevent_removal(self, library_id: str, *, prevented: bool) -> None:
        """Keep whether people are to be kept from taking media out, which a reset undoes."""
        ...

    def reservation(self, library_id: str) -> Reservation | None:
        """The slot reserved for the cleaning cartridge."""
        ...

    def cleaner(self, library_id: str) -> Cleaner | None:
        """The cleaning cartridge that was brought in."""
        ...

    def begin_operation(
        self,
        library_id: str,
        kind: OperationKind,
        *,
        slot_address: int | None = None,
        drive_address: int | None = None,
        volume_tag: str | None = None,
    ) -> Operation:
        """Record an operation of this process as in progress."""
        ...

    def finish_operation(
        self, operation_id: str, *, state: FinalState, result: NtmsResult, message: str | None
    ) -> Operation:
        """Record how an operation ended. One that has ended stays as it is, and is returned."""
        ...

    def reserve(self, operation_id: str, *, slot_address: int) -> Reservation:
        """Reserve the slot and complete the operation, as one. Raises AlreadyReserved."""
        ...

    def release(self, operation_id: str) -> None:
        """Remove reservation and cleaner, complete the operation, as one. Raises NoSlotReserved."""
        ...

    def operations(
        self, library_id: str | None = None, *, limit: int = 100
    ) -> tuple[Operation, ...]:
        """The history, newest first; of all libraries when none is named."""
        ...

    def operation(self, operation_id: str) -> Operation | None:
        """One operation, or None when there is none of that id."""
        ...

    def describe_operation(
        self,
        operation_id: str,
        *,
        slot_address: int | None = None,
        drive_address: int | None = None,
        volume_tag: str | None = None,
        cleans_left: int | None = None,
    ) -> None:
        """Record what became known of an operation under way; None leaves what is there."""
        ...

    def set_waiting(self, operation_id: str, *, waiting: bool) -> None:
        """Record that an operation waits for a person, or goes on."""
        ...

    def request_stop(self, operation_id: str) -> None:
        """Have an operation end where it can; one that has ended stays as it is."""
        ...

    def insert_cleaner(
        self, operation_id: str, *, volume_tag: str | None, cleans_left: int | None
    ) -> Cleaner:
        """Record the reserved slot's cartridge, complete the insert. Raises NoSlotReserved."""
        ...

    def eject_cleaner(self, operation_id: str) -> None:
        """Forget the cartridge, complete the eject, as one. Raises NoSlotReserved."""
        ...

    def count_use(self, operation_id: str, *, spent: bool = False) -> Cleaner | None:
        """Count the use that a clean made of the cleaner, once however often this is called.

        ``spent``: the drive says that none is left. The cleaner afterwards, if one is known.
        """
        ...

    def count_no_use(self, operation_id: str) -> None:
        """Record that a clean did not use the cleaner: no use is counted for it any more."""
        ...

    def drive_condition(self, drive: str) -> DriveCondition | None:
        """What is kept of the cleaning of a drive, by its serial number."""
        ...

    def drive_conditions(self, library_id: str | None) -> tuple[DriveCondition, ...]:
        """The drives of a library that something is kept of; None: the stand-alone ones."""
        ...

    def note_drive(
        self,
        drive: str,
        *,
        library_id: str | None,
        wish: CleaningRequest | None,
        flags: Iterable[int] = (),
    ) -> DriveCondition:
        """Keep what a drive said; flags are added to those that are kept already."""
        ...

    def drive_cleaned(self, drive: str, *, library_id: str | None) -> DriveCondition:
        """A cleaning succeeded: nothing that was read before counts any more."""
        ...

    def unfinished_operations(self, library_id: str) -> tuple[Operation, ...]:
        """Operations without a result, oldest first: running, or their process died."""
        ...

    def begin_move(
        self,
        library_id: str,
        *,
        kind: MoveKind = "move",
        source_address: int,
        destination_address: int,
        second_destination_address: int | None = None,
        volume_tag: str | None = None,
        second_volume_tag: str | None = None,
        operation_id: str | None = None,
    ) -> Move:
        """Write an intent to the journal; it is on disk when this returns."""
        ...

    def finish_move(
        self,
        move_id: int,
        *,
        outcome: MoveOutcome,
        final_address: int | None = None,
        message: str | None = None,
    ) -> Move:
        """Record how a move ended; ``unknown`` keeps it open. A settled one stays as it is."""
        ...

    def unsettled_moves(self, library_id: str) -> tuple[Move, ...]:
        """Moves without an outcome, or with an unknown one, oldest first."""
        ...

    def moves_of_operation(self, operation_id: str) -> tuple[Move, ...]:
        """The moves that an operation began, oldest first."""
        ...

    def moves(self, library_id: str | None = None, *, limit: int = 100) -> tuple[Move, ...]:
        """The journal, newest first; of all libraries when none is named."""
        ...

    def drives(self, library_id: str) -> tuple[DriveIdentity, ...] | None:
        """The drives as last read, in order of address; None: not read, or forgotten."""
        ...

    def replace_drives(self, library_id: str, identities: Sequence[DriveIdentity]) -> None:
        """Keep these drives instead of what was kept; no write when they are the same."""
        ...

    def forget_drives(self, library_id: str) -> None:
        """The drives must be read again."""
        ...

    def capabilities(self, *, vendor: str, product: str, revision: str) -> dict[str, str]:
        """What a model has shown that it can or can't do, by name."""
        ...

    def learn_capability(
        self, name: str, value: str, *, vendor: str, product: str, revision: str
    ) -> None:
        """Keep one thing that a model has shown; no write when it is known."""
        ...

    def forget_capabilities(self, *, vendor: str, product: str, revision: str) -> None:
        """The model must be tried again."""
        ...

    def scratch(self) -> Store:
        """A copy in memory, to write to and throw away; this one stays as it is."""
        ...

    def close(self) -> None:
        """Give the store back; closing twice is harmless."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...
