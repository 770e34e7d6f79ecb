"""Old records of the journal are deleted, but for those that say where a cartridge is or belongs.

Of each label and of each element stays the newest move that it has part in, so that the home of a
drive's cartridge and the place where a label was last are found as before; of a cleaning cartridge
on record all, by which it is followed and judged. Open moves and unfinished operations stay.
"""

from __future__ import annotations

from changer.store.database import Database
from changer.store.records import Pruned
from changer.store.totals import counted_on

# Cleanings are counted by the day and the week, and are looked at beyond that.
_CLEANINGS_KEPT_SECONDS = 31 * 86_400.0

# An open move counts as neither: it may still turn out not to have been executed.
_MADE = (
    "(outcome IN ('completed', 'misplaced')"
    " OR (outcome = 'not-executed' AND final_address <> source_address))"
)
_FIRST_TOLD = (
    "(outcome IN ('completed', 'not-executed')"
    " OR (outcome = 'misplaced' AND final_address IS NOT NULL))"
)
_SECOND_TOLD = "outcome IN ('completed', 'not-executed')"
# For each label and element: its moves, whether one moved something, and says where that went to.
_PARTS = f"""
WITH own AS (SELECT * FROM moves WHERE library_id = :library_id),
parts (part, id, is_made, is_told) AS (
    SELECT 'label ' || volume_tag, id, {_MADE}, {_FIRST_TOLD} FROM own
    UNION ALL SELECT 'label ' || second_volume_tag, id, {_MADE}, {_SECOND_TOLD} FROM own
    UNION ALL SELECT CAST(source_address AS TEXT), id, {_MADE}, FALSE FROM own
    UNION ALL SELECT CAST(destination_address AS TEXT), id, {_MADE}, FALSE FROM own
    UNION ALL SELECT CAST(second_destination_address AS TEXT), id, {_MADE}, FALSE FROM own
    UNION ALL SELECT CAST(final_address AS TEXT), id, {_MADE}, FALSE FROM own
),
cleaner_labels AS (
    SELECT volume_tag FROM cleaners WHERE library_id = :library_id AND volume_tag IS NOT NULL
),
last_at_work AS (
    SELECT max(sequence) AS sequence FROM operations
    WHERE library_id = :library_id AND id IN (SELECT operation_id FROM own)
)
"""  # noqa: S608
_PRUNE_MOVES = f"""
{_PARTS}
DELETE FROM moves WHERE library_id = :library_id
    AND started_at < :before AND finished_at < :before AND outcome <> 'unknown'
    AND id NOT IN (SELECT max(id) FROM parts WHERE part IS NOT NULL GROUP BY part)
    AND id NOT IN (SELECT max(id) FROM parts WHERE part IS NOT NULL AND is_made GROUP BY part)
    AND id NOT IN (SELECT max(id) FROM parts WHERE part IS NOT NULL AND is_told GROUP BY part)
    AND coalesce(volume_tag NOT IN (SELECT volume_tag FROM cleaner_labels), TRUE)
    AND coalesce(second_volume_tag NOT IN (SELECT volume_tag FROM cleaner_labels), TRUE)
    AND coalesce(operation_id NOT IN (
        SELECT id FROM operations
        WHERE library_id = :library_id AND (
            finished_at IS NULL OR sequence IN (SELECT sequence FROM last_at_work)
            OR (kind = 'clean' AND finished_at >= :cleaned_before)
        )
    ), TRUE)
"""  # noqa: S608
# An operation whose moves stay does, too.
_PRUNE_OPERATIONS = """
DELETE FROM operations WHERE library_id = :library_id
    AND started_at < :before AND finished_at < :before
    AND NOT (kind = 'clean' AND finished_at >= :cleaned_before)
    AND coalesce(volume_tag NOT IN (
        SELECT volume_tag FROM cleaners
        WHERE library_id = :library_id AND volume_tag IS NOT NULL
    ), TRUE)
    AND NOT EXISTS (SELECT 1 FROM moves WHERE operation_id = operations.id)
    AND NOT EXISTS (
        SELECT 1 FROM transfers WHERE operation_id = operations.id AND outcome IS NULL
    )
    AND sequence NOT IN (
        SELECT coalesce(max(sequence), 0) FROM operations
        WHERE library_id = :library_id AND state = 'completed'
        UNION ALL
        SELECT max(sequence) FROM operations
        WHERE library_id = :library_id AND state = 'completed' GROUP BY kind, slot_address
        UNION ALL
        SELECT max(sequence) FROM operations
        WHERE library_id = :library_id AND state = 'completed' GROUP BY kind, volume_tag
        UNION ALL
        SELECT max(sequence) FROM operations
        WHERE library_id = :library_id AND state = 'completed' GROUP BY kind, drive_address
    )
"""
# Of each label the newest sighting stays: of one that left, it is all that is known.
_PRUNE_SIGHTINGS = """
DELETE FROM sightings WHERE library_id = :library_id AND missed_at < :before AND EXISTS (
    SELECT 1 FROM sightings AS other
    WHERE other.library_id = sightings.library_id AND other.volume_tag = sightings.volume_tag
        AND (other.missed_at IS NULL OR (other.seen_at, other.address)
            > (sightings.seen_at, sightings.address))
)
"""


def prune(database: Database, library_id: str, *, before: float, now: float) -> Pruned:
    """Within a transaction: delete what ended before that time, and is not needed any more."""
    values = {
        "library_id": library_id,
        "before": before,
        "cleaned_before": now - _CLEANINGS_KEPT_SECONDS,
    }
    with counted_on(database, library_id):
        moves = database.change(_PRUNE_MOVES, values)
        operations = database.change(_PRUNE_OPERATIONS, values)
    sightings = database.change(_PRUNE_SIGHTINGS, values)
    return Pruned(moves=moves, operations=operations, sightings=sightings)
