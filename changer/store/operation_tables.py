"""The operations of cleaner management: requested, under way, waiting, ended; and their history."""

from __future__ import annotations

import os

from changer.errors import NtmsResult, StoreFailed
from changer.host.processes import own_identity
from changer.host.shared_files import user_name
from changer.store.records import FinalState, Operation, OperationKind
from changer.store.tables import Tables

__all__ = ["OperationTables"]

_SUCCESS = NtmsResult("ERROR_SUCCESS", 0)


class OperationTables(Tables):
    """Contracts: ``changer.store.Store``."""

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
                " drive_address, volume_tag, process_id, user, process_identity)"
                " VALUES (?, ?, ?, 'in-progress', ?, ?, ?, ?, ?, ?, ?)",
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
                    own_identity(),
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

    def describe_operation(
        self,
        operation_id: str,
        *,
        slot_address: int | None = None,
        drive_address: int | None = None,
        volume_tag: str | None = None,
        cleans_left: int | None = None,
    ) -> None:
        """Record what became known of an operation; None leaves what is there."""
        self._write(
            "UPDATE operations SET slot_address = coalesce(?, slot_address),"
            " drive_address = coalesce(?, drive_address), volume_tag = coalesce(?, volume_tag),"
            " cleans_left = coalesce(?, cleans_left) WHERE id = ? AND finished_at IS NULL",
            (slot_address, drive_address, volume_tag, cleans_left, operation_id),
        )

    def set_waiting(self, operation_id: str, *, waiting: bool) -> None:
        """Record that an operation waits for a person, or goes on."""
        self._write(
            "UPDATE operations SET state = ? WHERE id = ? AND finished_at IS NULL",
            ("waiting" if waiting else "in-progress", operation_id),
        )

    def request_stop(self, operation_id: str) -> None:
        """Have an operation end where it can; one that has ended stays as it is."""
        self._write(
            "UPDATE operations SET stop_requested_at = coalesce(stop_requested_at, ?)"
            " WHERE id = ? AND finished_at IS NULL",
            (self._clock.now(), operation_id),
        )

    def operation(self, operation_id: str) -> Operation | None:
        """One operation."""
        return self._database.record(
            Operation, "SELECT * FROM operations WHERE id = ?", (operation_id,)
        )

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

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with self._database.transaction():
            self._database.execute(statement, values)

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
