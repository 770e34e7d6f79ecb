"""Tables of cartridges: those that an export or import is to move, and where labels were shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from changer.errors import StoreFailed
from changer.store.cleaner_tables import CleanerTables
from changer.store.database import Tables
from changer.store.records import LabelSighting, TransferOutcome, TransferRecord

_KINDS = ("export", "import")

# A change that was recorded by a reading that began later; times ahead of the clock say nothing.
_CHANGED_AT = "CASE WHEN missed_at > seen_since_at THEN missed_at ELSE seen_since_at END"
_IS_NEWER = f"({_CHANGED_AT} > :read_at AND {_CHANGED_AT} <= :now)"
_MISS = f"""
UPDATE sightings SET
    missed_at = :read_at,
    seen_at = coalesce(
        (SELECT labels_read_at FROM libraries
         WHERE id = :library_id AND labels_read_at > seen_at
             AND labels_read_at BETWEEN seen_since_at AND :read_at),
        seen_at
    )
WHERE library_id = :library_id AND volume_tag = :volume_tag AND address = :address
    AND missed_at IS NULL AND NOT ({_IS_NEWER})
"""  # noqa: S608
_SHOW = f"""
INSERT INTO sightings (library_id, volume_tag, address, seen_since_at, seen_at, mark)
SELECT :library_id, :volume_tag, :address, :read_at, :read_at, :mark
WHERE NOT EXISTS (
    SELECT 1 FROM sightings
    WHERE library_id = :library_id AND volume_tag = :volume_tag AND {_IS_NEWER}
) AND NOT EXISTS (
    SELECT 1 FROM sightings
    WHERE library_id = :library_id AND address = :address AND missed_at IS NULL AND {_IS_NEWER}
)
ON CONFLICT (library_id, volume_tag, address) DO UPDATE SET
    seen_since_at = excluded.seen_since_at, seen_at = excluded.seen_at, missed_at = NULL,
    mark = excluded.mark
WHERE sightings.missed_at IS NOT NULL
"""  # noqa: S608
LABEL_MARK = """
SELECT count(*), CAST(coalesce(sum(mark), 0) AS BIGINT) FROM sightings
WHERE library_id = ? AND address BETWEEN ? AND ? AND missed_at IS NULL
"""
# What is not missed was there when all elements were last read.
SIGHTINGS = """
SELECT library_id, volume_tag, address, seen_since_at, missed_at, CASE
    WHEN missed_at IS NULL AND labels_read_at > seen_at THEN labels_read_at ELSE seen_at
END AS seen_at
FROM sightings JOIN libraries ON libraries.id = library_id
WHERE library_id = ? AND volume_tag = ? ORDER BY missed_at IS NULL DESC, 6 DESC, address
"""


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


class SightingTables(Tables):
    """Contracts: ``changer.store.protocol.Store``."""

    def label_mark(self, library_id: str, first: int, last: int) -> tuple[int, int]:
        rows = self._database.execute(LABEL_MARK, (library_id, first, last))
        return rows[0][0], rows[0][1]

    def shown_labels(self, library_id: str, first: int, last: int) -> tuple[tuple[str, int], ...]:
        rows = self._database.execute(
            "SELECT volume_tag, address FROM sightings"
            " WHERE library_id = ? AND address BETWEEN ? AND ? AND missed_at IS NULL",
            (library_id, first, last),
        )
        return tuple((row[0], row[1]) for row in rows)

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
        now = self._clock.now()
        common = {"library_id": library_id, "read_at": read_at, "now": now}
        with self._database.brief_transaction():
            for volume_tag, address in missed:
                values = {**common, "volume_tag": volume_tag, "address": address}
                self._database.execute(_MISS, values)
            for volume_tag, address, mark in shown:
                values = {**common, "volume_tag": volume_tag, "address": address, "mark": mark}
                self._database.execute(_SHOW, values)
            self._database.execute(
                "UPDATE libraries SET element_addresses = :addresses, labels_read_at ="
                " CASE WHEN :is_whole"
                " AND NOT coalesce(labels_read_at BETWEEN :read_at AND :now, FALSE)"
                " THEN :read_at ELSE labels_read_at END WHERE id = :library_id",
                {**common, "is_whole": is_whole, "addresses": element_addresses},
            )

    def sightings(self, library_id: str, volume_tag: str) -> tuple[LabelSighting, ...]:
        return self._database.records(LabelSighting, SIGHTINGS, (library_id, volume_tag))

    def labels(self, library_id: str) -> tuple[str, ...]:
        rows = self._database.execute(
            "SELECT DISTINCT volume_tag FROM sightings WHERE library_id = ? ORDER BY volume_tag",
            (library_id,),
        )
        return tuple(row[0] for row in rows)
