-- Cartridges leave and enter many at a time, in operations of kinds of their own.
CREATE TABLE known_operations (
    sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (
        kind IN ('reserve', 'release', 'insert', 'eject', 'clean', 'export', 'import')
    ),
    state TEXT NOT NULL CHECK (
        state IN ('submitted', 'in-progress', 'waiting', 'completed', 'failed', 'cancelled')
    ),
    started_at REAL NOT NULL,
    finished_at REAL,
    slot_address INTEGER CHECK (slot_address BETWEEN 0 AND 65535),
    drive_address INTEGER CHECK (drive_address BETWEEN 0 AND 65535),
    volume_tag TEXT,
    result_name TEXT,
    result_code INTEGER,
    message TEXT,
    process_id INTEGER NOT NULL,
    user TEXT NOT NULL,
    process_identity TEXT,  -- NULL: of an older version
    stop_requested_at REAL,
    cleans_left INTEGER CHECK (cleans_left >= 0),  -- of an insert
    use_counted INTEGER NOT NULL DEFAULT 0 CHECK (use_counted IN (0, 1)),
    host_id TEXT,  -- NULL: of an older version, on this host
    cleans_told INTEGER NOT NULL DEFAULT 0 CHECK (cleans_told IN (0, 1)),  -- cleans_left is a person's word
    drive TEXT,  -- of a clean: its name, as drive_conditions has it
    still_requested INTEGER CHECK (still_requested IN (0, 1)),  -- by a drive that had requested cleaning; NULL: not told
    command TEXT,  -- NULL: of an older version
    CHECK ((finished_at IS NOT NULL) = (state IN ('completed', 'failed', 'cancelled')))
);

INSERT INTO known_operations (
    sequence, id, library_id, kind, state, started_at, finished_at, slot_address, drive_address,
    volume_tag, result_name, result_code, message, process_id, user, process_identity,
    stop_requested_at, cleans_left, use_counted, host_id
)
SELECT
    sequence, id, library_id, kind, state, started_at, finished_at, slot_address, drive_address,
    volume_tag, result_name, result_code, message, process_id, user, process_identity,
    stop_requested_at, cleans_left, use_counted, host_id
FROM operations ORDER BY sequence;

-- Numbers of operations that were deleted are not given again.
DELETE FROM sqlite_sequence WHERE name = 'known_operations';

INSERT INTO sqlite_sequence (name, seq) SELECT 'known_operations', seq FROM sqlite_sequence WHERE name = 'operations';

DROP TABLE operations;

ALTER TABLE known_operations RENAME TO operations;

CREATE INDEX operations_of_library ON operations (library_id, sequence);

CREATE INDEX unfinished_operations ON operations (library_id) WHERE finished_at IS NULL;

CREATE INDEX cleanings_of_library ON operations (library_id, started_at) WHERE kind = 'clean';

CREATE INDEX operations_of_label ON operations (library_id, volume_tag, sequence);

ALTER TABLE moves ADD COLUMN command TEXT;  -- NULL: of an older version

CREATE INDEX moves_of_label ON moves (library_id, volume_tag, id);

CREATE INDEX moves_of_second_label ON moves (library_id, second_volume_tag, id) WHERE second_volume_tag IS NOT NULL;

-- The cartridges of an export or import, in their order.
CREATE TABLE transfers (
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 1),
    word TEXT,  -- by which an export was asked for it
    volume_tag TEXT,
    outcome TEXT CHECK (outcome IN ('done', 'not-done')),  -- NULL: it is still to be done
    why TEXT,  -- it was not done
    ended_at REAL,
    CHECK ((ended_at IS NOT NULL) = (outcome IS NOT NULL)),
    PRIMARY KEY (operation_id, position)
);

CREATE INDEX transfers_of_library ON transfers (library_id);

-- Where readings have shown a label: in that element from seen_since_at to seen_at. A label that two elements show
-- is here twice. The marks of what is shown add up to a number by which a reading that shows the same is known.
CREATE TABLE sightings (
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    volume_tag TEXT NOT NULL,
    address INTEGER NOT NULL CHECK (address BETWEEN 0 AND 65535),
    seen_since_at REAL NOT NULL,
    seen_at REAL NOT NULL,
    missed_at REAL,  -- when its element first no longer showed it; NULL: it does
    mark INTEGER NOT NULL CHECK (mark BETWEEN 0 AND 4294967295),
    PRIMARY KEY (library_id, volume_tag, address)
);

CREATE INDEX shown_labels ON sightings (library_id, address, mark, missed_at) WHERE missed_at IS NULL;

ALTER TABLE libraries ADD COLUMN labels_read_at REAL;  -- when all labels on record were last looked for, within the hour

-- The first address and the number of elements of each type, by its code, for places in the history.
ALTER TABLE libraries ADD COLUMN element_addresses TEXT;

-- What somebody wants to be told, in its order.
CREATE TABLE events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,  -- what of the library it is about
    state TEXT NOT NULL,  -- in which that is: another one is told anew
    happened_at REAL NOT NULL,
    message TEXT NOT NULL,
    fields TEXT NOT NULL,  -- a JSON object
    delivered_at REAL,  -- to the programs of the host; NULL: not yet
    over_at REAL  -- NULL: it still is so
);

CREATE INDEX events_of_library ON events (library_id, id);

CREATE INDEX lasting_events ON events (library_id, kind) WHERE over_at IS NULL;

CREATE INDEX undelivered_events ON events (id) WHERE delivered_at IS NULL;
