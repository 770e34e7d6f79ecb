-- Operations and moves are numbered apart, and clocks go back: so a move records the number of the last
-- operation before it, which orders both in one history. Of older rows only their own orders are known:
-- between these, by the latest time so far.
ALTER TABLE moves ADD COLUMN operations_before INTEGER NOT NULL DEFAULT 0;

UPDATE moves SET operations_before = ordered.last_operation FROM (
    SELECT move, coalesce(max(operation) OVER (ORDER BY latest, is_move, number), 0) AS last_operation
    FROM (
        SELECT sequence AS operation, NULL AS move, 0 AS is_move, sequence AS number,
            max(started_at) OVER (ORDER BY sequence) AS latest
        FROM operations
        UNION ALL
        SELECT NULL, id, 1, id, max(started_at) OVER (ORDER BY id) FROM moves
    )
) AS ordered WHERE ordered.move = moves.id;

-- It is what the drive reports, not what it wants.
ALTER TABLE drive_conditions RENAME COLUMN wish TO cleaning_request;
