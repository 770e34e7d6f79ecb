"""Drives as cleaning sees them: what they want, what was read of them, when they were cleaned."""

from __future__ import annotations

from collections.abc import Iterable

from changer.store.records import CleaningRequest, DriveCondition
from changer.store.tables import Tables

__all__ = ["ConditionTables"]


class ConditionTables(Tables):
    """Contracts: ``changer.store.Store``."""

    def drive_condition(self, drive: str) -> DriveCondition | None:
        """What is kept of one drive."""
        return self._database.record(
            DriveCondition, "SELECT * FROM drive_conditions WHERE drive = ?", (drive,)
        )

    def drive_conditions(self, library_id: str | None) -> tuple[DriveCondition, ...]:
        """The drives of a library that something is kept of; None: the stand-alone ones."""
        return self._database.records(
            DriveCondition,
            "SELECT * FROM drive_conditions WHERE library_id IS ? ORDER BY drive",
            (library_id,),
        )

    def note_drive(
        self,
        drive: str,
        *,
        library_id: str | None,
        wish: CleaningRequest | None,
        flags: Iterable[int] = (),
    ) -> DriveCondition:
        """Keep what a drive said; flags are added to those that are kept already."""
        with self._database.transaction():
            known = self._known(drive, library_id)
            kept = sorted(known.tape_alerts | set(flags))
            self._database.execute(
                "UPDATE drive_conditions SET library_id = ?, wish = ?, flags = ?, seen_at = ?"
                " WHERE drive = ?",
                (library_id, wish, ",".join(map(str, kept)), self._clock.now(), drive),
            )
            return self._known(drive, library_id)

    def drive_cleaned(self, drive: str, *, library_id: str | None) -> DriveCondition:
        """A cleaning succeeded: nothing that was read before counts any more."""
        with self._database.transaction():
            self._known(drive, library_id)
            now = self._clock.now()
            self._database.execute(
                "UPDATE drive_conditions SET library_id = ?, wish = NULL, flags = '', seen_at = ?,"
                " cleaned_at = ?, cleanings = cleanings + 1 WHERE drive = ?",
                (library_id, now, now, drive),
            )
            return self._known(drive, library_id)

    def _known(self, drive: str, library_id: str | None) -> DriveCondition:
        """Within a transaction: the row, made if it is missing."""
        if library_id is not None:
            self._require_library(library_id)
        self._database.execute(
            "INSERT OR IGNORE INTO drive_conditions (drive, library_id) VALUES (?, ?)",
            (drive, library_id),
        )
        condition = self.drive_condition(drive)
        assert condition is not None, "it was just inserted"
        return condition
