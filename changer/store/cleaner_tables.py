"""Cleaner management: the reserved slot, its cartridge, and the operations on both."""

from __future__ import annotations

import os

from changer.errors import AlreadyReserved, NoSlotReserved, NtmsResult, StoreFailed
from changer.store.ownership import user_name
from changer.store.records import Cleaner, FinalState, Operation, OperationKind, Reservation
from changer.store.tables import Tables

__all__ = ["CleanerTables"]

_SUCCESS = NtmsResult("ERROR_SUCCESS", 0)


class CleanerTables(Tables):
    """Contracts: ``changer.store.Store``."""

    def reservation(self, library_id: str) -> Reservation | None:
        """The slot reserved for the cleaning cartridge."""
        return self._database.record(
            Reservation, "SELECT * FROM reservations WHERE library_id = ?", (library_id,)
        )

    def cleaner(self, library_id: str) -> Cleaner | None:
        """The cleaning cartridge that was brought in."""
        return self._database.record(
            Cleaner, "SELECT * FROM cleaners WHERE library_id = ?", (library_id,)
        )

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
        from uuid import uuid4

        operation_id = str(uuid4())
        with self._database.transaction():
            self._require_library(library_id)
            self._database.execute(
                "INSERT INTO operations (id, library_id, kind, state, started_at, slot_address,"
                " drive_address, volume_tag, process_id, user)"
                " VALUES (?, ?, ?, 'in-progress', ?, ?, ?, ?, ?, ?)",
                (
                    operation_id,
                    library_id,
                    kind,
                    self._clock.now(),
                    slot_address,
                    drive_address,
                    volume_tag,
                    os.getpid(),
                    user_name(),
                ),
            )
            return self._operation(operation_id)

    def finish_operation(
        self, operation_id: str, *, state: FinalState, result: NtmsResult, message: str | None
    ) -> Operation:
        """Record how an operation ended; one that has ended stays as it is."""
        with self._database.transaction():
            self._finish(operation_id, state=state, result=result, message=message)
            return self._operation(operation_id)

    def reserve(self, operation_id: str, *, slot_address: int) -> Reservation:
        """Reserve the slot and complete the operation, as one."""
        with self._database.transaction():
            library_id = self._running(operation_id, "reserve").library_id
            known = self.reservation(library_id)
            if known is not None:
                raise AlreadyReserved(
                    f"library {library_id} has a reserved slot already: element address"
                    f" {known.slot_address}",
                    hint="release it first: changer cleaner release",
                )
            reservation = Reservation(library_id, slot_address, self._clock.now())
            self._database.execute(
                "INSERT INTO reservations (library_id, slot_address, reserved_at) VALUES (?, ?, ?)",
                (library_id, slot_address, reservation.reserved_at),
            )
            self._complete(operation_id, slot_address=slot_address)
        return reservation

    def release(self, operation_id: str) -> None:
        """Remove reservation and cleaner, complete the operation, as one."""
        with self._database.transaction():
            library_id = self._running(operation_id, "release").library_id
            known = self.reservation(library_id)
            if known is None:
                raise NoSlotReserved(
                    f"library {library_id} has no reserved slot",
                    hint="reserve one: changer cleaner reserve SLOT",
                )
            self._database.execute("DELETE FROM cleaners WHERE library_id = ?", (library_id,))
            self._database.execute("DELETE FROM reservations WHERE library_id = ?", (library_id,))
            self._complete(operation_id, slot_address=known.slot_address)

    def operations(
        self, library_id: str | None = None, *, limit: int = 100
    ) -> tuple[Operation, ...]:
        """The history, newest first."""
        if library_id is None:
            return self._database.records(
                Operation, "SELECT * FROM operations ORDER BY sequence DESC LIMIT ?", (limit,)
            )
        return self._database.records(
            Operation,
            "SELECT * FROM operations WHERE library_id = ? ORDER BY sequence DESC LIMIT ?",
            (library_id, limit),
        )

    def unfinished_operations(self, library_id: str) -> tuple[Operation, ...]:
        """Operations without a result, oldest first."""
        return self._database.records(
            Operation,
            "SELECT * FROM operations WHERE library_id = ? AND finished_at IS NULL"
            " ORDER BY sequence",
            (library_id,),
        )

    def _complete(self, operation_id: str, *, slot_address: int) -> None:
        self._database.execute(
            "UPDATE operations SET slot_address = ? WHERE id = ?", (slot_address, operation_id)
        )
        self._finish(operation_id, state="completed", result=_SUCCESS, message=None)

    def _finish(
        self, operation_id: str, *, state: FinalState, result: NtmsResult, message: str | None
    ) -> None:
        self._database.execute(
            "UPDATE operations SET state = ?, result_name = ?, result_code = ?, message = ?,"
            " finished_at = ? WHERE id = ? AND finished_at IS NULL",
            (state, result.name, result.code, message, self._clock.now(), operation_id),
        )

    def _running(self, operation_id: str, kind: OperationKind) -> Operation:
        """The operation, as long as it may still do something. Raises StoreFailed."""
        operation = self._operation(operation_id)
        if operation.finished_at is not None or operation.kind != kind:
            raise StoreFailed(
                f"operation {operation_id} ({operation.kind}) is {operation.state}:"
                f" it can't {kind} a slot"
            )
        return operation

    def _operation(self, operation_id: str) -> Operation:
        found = self._database.record(
            Operation, "SELECT * FROM operations WHERE id = ?", (operation_id,)
        )
        if found is None:
            raise StoreFailed(
                f"operation {operation_id} is not in the state store: its library was forgotten,"
                " or the store is damaged"
            )
        return found
