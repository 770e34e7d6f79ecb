-- What was pruned stays counted, by what it was: whoever counts moves and operations must not see them become fewer.
CREATE TABLE pruned_totals (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,  -- of operations: the state in which they ended
    seconds INTEGER CHECK (seconds >= 0),  -- how long each took; NULL: not known, or not counted
    number INTEGER NOT NULL CHECK (number >= 1),
    CHECK (
        kind IN ('move', 'exchange') AND outcome IN ('completed', 'not-executed', 'misplaced')
        OR kind IN ('reserve', 'release', 'insert', 'eject', 'clean', 'export', 'import')
            AND outcome IN ('completed', 'failed', 'cancelled') AND seconds IS NULL
    )
);

CREATE INDEX pruned_totals_of_library ON pruned_totals (library_id, kind, outcome, seconds);
