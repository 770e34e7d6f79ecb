"""The journal of moves: intents on disk before the command leaves, and how they ended."""

from __future__ import annotations

import os

from changer.errors import StoreFailed
from changer.host.shared_files import user_name
from changer.store.records import Move, MoveKind, MoveOutcome
from changer.store.tables import Tables

__all__ = ["JournalTables"]


class JournalTables(Tables):
    """Contracts: ``changer.store.Store``."""

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
        """Write an intent to disk."""
        with self._database.transaction():
            self._require_library(library_id)
            self._database.execute(
                "INSERT INTO moves (library_id, operation_id, kind, source_address,"
                " destination_address, second_destination_address, volume_tag,"
                " second_volume_tag, started_at, process_id, user)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    library_id,
                    operation_id,
                    kind,
                    source_address,
                    destination_address,
                    second_destination_address,
                    volume_tag,
                    second_volume_tag,
                    self._clock.now(),
                    os.getpid(),
                    user_name(),
                ),
            )
            return self._move(self._database.execute("SELECT last_insert_rowid()")[0][0])

    def finish_move(
        self,
        move_id: int,
        *,
        outcome: MoveOutcome,
        final_address: int | None = None,
        message: str | None = None,
    ) -> Move:
        """Write an outcome to disk; a settled move stays as it is."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE moves SET outcome = ?, final_address = ?, message = ?, finished_at = ?"
                " WHERE id = ? AND (outcome IS NULL OR outcome = 'unknown')",
                (outcome, final_address, message, self._clock.now(), move_id),
            )
            return self._move(move_id)

    def unsettled_moves(self, library_id: str) -> tuple[Move, ...]:
        """Moves of which it is not known how they ended, oldest first."""
        return self._database.records(
            Move,
            "SELECT * FROM moves WHERE library_id = ? AND (outcome IS NULL OR outcome = 'unknown')"
            " ORDER BY id",
            (library_id,),
        )

    def moves_of_operation(self, operation_id: str) -> tuple[Move, ...]:
        """The moves that an operation began, oldest first."""
        return self._database.records(
            Move, "SELECT * FROM moves WHERE operation_id = ? ORDER BY id", (operation_id,)
        )

    def moves(self, library_id: str | None = None, *, limit: int = 100) -> tuple[Move, ...]:
        """The journal, newest first."""
        if library_id is None:
            return self._database.records(
                Move, "SELECT * FROM moves ORDER BY id DESC LIMIT ?", (limit,)
            )
        return self._database.records(
            Move,
            "SELECT * FROM moves WHERE library_id = ? ORDER BY id DESC LIMIT ?",
            (library_id, limit),
        )

    def _move(self, move_id: int) -> Move:
        move = self._database.record(Move, "SELECT * FROM moves WHERE id = ?", (move_id,))
        if move is None:
            raise StoreFailed(
                f"move {move_id} is not in the state store: its library was forgotten, or"
                " the store is damaged"
            )
        return move
