"""Table of exports and imports: their cartridges, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable

from changer.errors import StoreFailed
from changer.store.cleaner_tables import CleanerTables
from changer.store.records import TransferOutcome, TransferRecord

_KINDS = ("export", "import")


class TransferTables(CleanerTables):
    """Contracts: ``changer.store.protocol.Store``."""

    def begin_transfers(
        self, operation_id: str, transfers: Iterable[tuple[str | None, str | None]]
    ) -> tuple[TransferRecord, ...]:
        with self._database.transaction():
            operation = self._operation(operation_id)
            if operation.finished_at is not None or operation.kind not in _KINDS:
                raise StoreFailed(
                    f"operation {operation_id} ({operation.kind}) is {operation.state}: it has no "
                    "cartridges of its own"
                )
            known = len(self.transfers(operation_id))
            for position, (word, volume_tag) in enumerate(transfers, known + 1):
                self._database.insert(
                    "transfers",
                    operation_id=operation_id,
                    library_id=operation.library_id,
                    position=position,
                    word=word,
                    volume_tag=volume_tag,
                )
            return self.transfers(operation_id)[known:]

    def end_transfer(
        self, operation_id: str, position: int, *, outcome: TransferOutcome, why: str | None = None
    ) -> None:
        self._write(
            "UPDATE transfers SET outcome = ?, why = ?, ended_at = ?"
            " WHERE operation_id = ? AND position = ?",
            (outcome, why, self._clock.now(), operation_id, position),
        )

    def transfers(self, operation_id: str) -> tuple[TransferRecord, ...]:
        return self._database.select(
            TransferRecord, "transfers", "ORDER BY position", operation_id=operation_id
        )
