-- Addresses are element addresses (0 is valid), times seconds since the epoch, UTC.
-- No STRICT tables and no RETURNING: SQLite 3.34 (RHEL 9) must do.

CREATE TABLE libraries (
    id TEXT NOT NULL PRIMARY KEY,
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    revision TEXT NOT NULL,
    serial TEXT,
    device TEXT,
    first_seen_at REAL NOT NULL,
    last_seen_at REAL NOT NULL,
    drives_read_at REAL  -- NULL: the table drives says nothing about this library
);

CREATE TABLE drives (
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    address INTEGER NOT NULL CHECK (address BETWEEN 0 AND 65535),
    serial TEXT,
    vendor TEXT,
    product TEXT,
    PRIMARY KEY (library_id, address)
);

-- What a model has shown that it can or can't do.
CREATE TABLE capabilities (
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    revision TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    learned_at REAL NOT NULL,
    PRIMARY KEY (vendor, product, revision, name)
);

CREATE TABLE reservations (
    id INTEGER NOT NULL PRIMARY KEY,
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    slot_address INTEGER NOT NULL CHECK (slot_address BETWEEN 0 AND 65535),
    reserved_at REAL NOT NULL
);

CREATE UNIQUE INDEX one_reservation_per_library ON reservations (library_id);

CREATE TABLE cleaners (
    library_id TEXT NOT NULL PRIMARY KEY REFERENCES libraries (id) ON DELETE CASCADE,
    volume_tag TEXT,
    cleans_left INTEGER CHECK (cleans_left >= 0),
    last_used_at REAL
);

-- "sequence" orders the history: clocks go back.
CREATE TABLE operations (
    sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('reserve', 'release', 'insert', 'eject', 'clean')),
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
    CHECK ((finished_at IS NOT NULL) = (state IN ('completed', 'failed', 'cancelled')))
);

CREATE INDEX operations_of_library ON operations (library_id, sequence);

CREATE INDEX unfinished_operations ON operations (library_id) WHERE finished_at IS NULL;

-- The journal: a row is here, on disk, before the command leaves.
CREATE TABLE moves (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    operation_id TEXT REFERENCES operations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('move', 'exchange')),
    source_address INTEGER NOT NULL CHECK (source_address BETWEEN 0 AND 65535),
    destination_address INTEGER NOT NULL CHECK (destination_address BETWEEN 0 AND 65535),
    second_destination_address INTEGER CHECK (second_destination_address BETWEEN 0 AND 65535),
    volume_tag TEXT,
    second_volume_tag TEXT,
    started_at REAL NOT NULL,
    process_id INTEGER NOT NULL,
    user TEXT NOT NULL,
    outcome TEXT CHECK (outcome IN ('completed', 'not-executed', 'misplaced', 'unknown')),
    final_address INTEGER CHECK (final_address BETWEEN 0 AND 65535),
    finished_at REAL,
    message TEXT,
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
);

CREATE INDEX moves_of_library ON moves (library_id, id);

CREATE INDEX moves_of_operation ON moves (operation_id);

CREATE INDEX unsettled_moves ON moves (library_id) WHERE outcome IS NULL OR outcome = 'unknown';
