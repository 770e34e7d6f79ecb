"""Tables of operations (cleaner management) and of moves (the journal): begun, under way, ended."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Unpack

from changer.errors import NtmsResult, StoreFailed
from changer.host.processes import host_id, own_identity
from changer.host.trust import user_name
from changer.store.database import RecordT, Tables
from changer.store.records import (
    FinalState,
    JournalQuery,
    Move,
    MoveOutcome,
    MoveTotal,
    Operation,
    OperationKind,
    OperationTotal,
    Pruned,
)

if TYPE_CHECKING:
    from changer.store.fields import Details, Intent

_SUCCESS = NtmsResult("ERROR_SUCCESS", 0)
_OPEN_MOVE = "(outcome IS NULL OR outcome = 'unknown')"


class JournalTables(Tables):
    """Contracts: ``changer.store.protocol.Store``."""

    def begin_operation(
        self,
        library_id: str,
        kind: OperationKind,
        *,
        mark: int | None = None,
        **details: Unpack[Details],
    ) -> Operation:
        from uuid import uuid4

        operation_id = str(uuid4())
        with self._database.transaction():
            self._require_library(library_id)
            self._database.insert(
                "operations",
                id=operation_id,
                library_id=library_id,
                kind=kind,
                state="in-progress",
                started_at=self._clock.now(),
                process_id=os.getpid(),
                user=user_name(),
                process_identity=":".join([own_identity(), *([] if mark is None else [str(mark)])]),
                host_id=host_id(),
                **details,
            )
            return self._operation(operation_id)

    def finish_operation(
        self, operation_id: str, *, state: FinalState, result: NtmsResult, message: str | None
    ) -> Operation:
        with self._database.transaction():
            self._finish(operation_id, state=state, result=result, message=message)
            return self._operation(operation_id)

    def describe_operation(self, operation_id: str, **details: Unpack[Details]) -> None:
        known = {name: value for name, value in details.items() if value is not None}
        changes = ", ".join(f"{name} = ?" for name in known) or "id = id"
        self._write(
            f"UPDATE operations SET {changes} WHERE id = ? AND finished_at IS NULL",  # noqa: S608
            (*known.values(), operation_id),
        )

    def set_waiting(self, operation_id: str, *, waiting_for: str | None) -> None:
        self._write(
            "UPDATE operations SET state = ?, message = ? WHERE id = ? AND finished_at IS NULL",
            ("in-progress" if waiting_for is None else "waiting", waiting_for, operation_id),
        )

    def request_stop(self, operation_id: str) -> None:
        self._write(
            "UPDATE operations SET stop_requested_at = coalesce(stop_requested_at, ?)"
            " WHERE id = ? AND finished_at IS NULL",
            (self._clock.now(), operation_id),
        )

    def operation(self, operation_id: str) -> Operation | None:
        return self._database.find(Operation, "operations", id=operation_id)

    def operations(
        self, library_id: str | None = None, *, limit: int = 100
    ) -> tuple[Operation, ...]:
        where = {} if library_id is None else {"library_id": library_id}
        end = f"ORDER BY sequence DESC LIMIT {limit:d}"
        return self._database.select(Operation, "operations", end, **where)

    def find_operations(self, query: JournalQuery, *, limit: int) -> tuple[Operation, ...]:
        found = self._find(Operation, query, "operations", limit=limit)
        return tuple(sorted(found, key=lambda each: -each.sequence)[:limit])

    def cleanings_since(self, library_id: str, since: float) -> tuple[Operation, ...]:
        return self._database.records(
            Operation,
            "SELECT * FROM operations WHERE library_id = ? AND kind = 'clean'"
            " AND (use_counted = 1 OR state = 'completed')"
            " AND coalesce(finished_at, started_at) >= ? ORDER BY sequence DESC",
            (library_id, since),
        )

    def cleaning_trials(self, library_id: str) -> tuple[Operation, ...]:
        return self._database.records(
            Operation,
            "SELECT * FROM operations WHERE library_id = ? AND (still_requested IS NOT NULL"
            " OR kind = 'insert' AND state = 'completed') ORDER BY sequence",
            (library_id,),
        )

    def unfinished_operations(self, library_id: str) -> tuple[Operation, ...]:
        return self._database.records(
            Operation,
            "SELECT * FROM operations WHERE library_id = ? AND finished_at IS NULL"
            " ORDER BY sequence",
            (library_id,),
        )

    def begin_move(self, library_id: str, **intent: Unpack[Intent]) -> Move:
        with self._database.transaction():
            self._require_library(library_id)
            number = self._database.insert_numbered(
                "moves",
                "id",
                library_id=library_id,
                started_at=self._clock.now(),
                process_id=os.getpid(),
                user=user_name(),
                host_id=host_id(),
                operations_before=self._database.last_number("operations"),
                **{"kind": "move", **intent},
            )
            return self._move(number)

    def finish_move(
        self,
        move_id: int,
        *,
        outcome: MoveOutcome,
        final_address: int | None = None,
        message: str | None = None,
    ) -> Move:
        with self._database.transaction():
            self._database.execute(
                "UPDATE moves SET outcome = ?, final_address = ?, message = ?,"  # noqa: S608
                f" finished_at = ? WHERE id = ? AND {_OPEN_MOVE}",
                (outcome, final_address, message, self._clock.now(), move_id),
            )
            return self._move(move_id)

    def unsettled_moves(self, library_id: str) -> tuple[Move, ...]:
        return self._database.records(
            Move,
            f"SELECT * FROM moves WHERE library_id = ? AND {_OPEN_MOVE} ORDER BY id",  # noqa: S608
            (library_id,),
        )

    def moves_of_operation(self, operation_id: str) -> tuple[Move, ...]:
        return self._database.select(Move, "moves", "ORDER BY id", operation_id=operation_id)

    def moves(self, library_id: str | None = None, *, limit: int = 100) -> tuple[Move, ...]:
        where = {} if library_id is None else {"library_id": library_id}
        return self._database.select(Move, "moves", f"ORDER BY id DESC LIMIT {limit:d}", **where)

    def find_moves(self, query: JournalQuery, *, limit: int) -> tuple[Move, ...]:
        # An exchange of two cartridges with that label is found twice.
        found = {each.id: each for each in self._find(Move, query, "moves", limit=limit)}
        return tuple(found[each] for each in sorted(found, reverse=True)[:limit])

    def prune_history(self, library_id: str, *, before: float) -> Pruned:
        from changer.store.retention import prune

        with self._database.transaction():
            return prune(self._database, library_id, before=before, now=self._clock.now())

    def move_totals(self, library_id: str) -> tuple[MoveTotal, ...]:
        from changer.store import totals

        return totals.move_totals(self._database, library_id)

    def operation_totals(self, library_id: str) -> tuple[OperationTotal, ...]:
        from changer.store import totals

        return totals.operation_totals(self._database, library_id)

    def _find(
        self, record_type: type[RecordT], query: JournalQuery, table: str, *, limit: int
    ) -> list[RecordT]:
        from changer.store.journal_query import statements

        return [
            record
            for each in statements(query, table, limit=limit)
            for record in self._database.records(record_type, *each)
        ]

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
        self._database.delete("claims", operation_id=operation_id)

    def _running(self, operation_id: str, kind: OperationKind) -> Operation:
        """Return an operation that is under way. Raises StoreFailed for any other."""
        operation = self._operation(operation_id)
        if operation.finished_at is not None or operation.kind != kind:
            raise StoreFailed(
                f"operation {operation_id} ({operation.kind}) is {operation.state}:"
                f" it can't {kind} a slot",
                hint="another process may have ended it while this one stood still: try again",
            )
        return operation

    def _operation(self, operation_id: str) -> Operation:
        return _found(self.operation(operation_id), f"operation {operation_id}")

    def _move(self, move_id: int) -> Move:
        return _found(self._database.find(Move, "moves", id=move_id), f"move {move_id}")


def _found(record: RecordT | None, what: str) -> RecordT:
    if record is None:
        raise StoreFailed(
            f"{what} is not in the state store: its library was forgotten, or the store is damaged",
            hint="a server that failed over may have lost it: changer state check, then try again",
        )
    return record
