-- The newest schema at once, for a store that is new: letter for letter what the migrations after this one make, which
-- take four times as long. tests/unit/store/test_store_schema.py holds it to them, and prints what it should be.
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
, removal_prevented_at REAL, labels_read_at REAL, element_addresses TEXT);
CREATE TABLE drives (
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    address INTEGER NOT NULL CHECK (address BETWEEN 0 AND 65535),
    serial TEXT,
    vendor TEXT,
    product TEXT,
    PRIMARY KEY (library_id, address)
);
CREATE TABLE reservations (
    id INTEGER NOT NULL PRIMARY KEY,
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    slot_address INTEGER NOT NULL CHECK (slot_address BETWEEN 0 AND 65535),
    reserved_at REAL NOT NULL
);
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
    message TEXT, host_id TEXT, operations_before INTEGER NOT NULL DEFAULT 0, command TEXT,
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX moves_of_library ON moves (library_id, id);
CREATE INDEX moves_of_operation ON moves (operation_id);
CREATE INDEX unsettled_moves ON moves (library_id) WHERE outcome IS NULL OR outcome = 'unknown';
CREATE TABLE drive_conditions (
    drive TEXT NOT NULL PRIMARY KEY,
    library_id TEXT REFERENCES libraries (id) ON DELETE CASCADE,  -- NULL: a stand-alone drive
    cleaning_request TEXT CHECK (cleaning_request IN ('requested', 'required')),
    flags TEXT NOT NULL DEFAULT '',  -- TapeAlert flags that were read, and so cleared: 20,21
    seen_at REAL,
    cleaned_at REAL,
    cleanings INTEGER NOT NULL DEFAULT 0 CHECK (cleanings >= 0)
);
CREATE INDEX drive_conditions_of_library ON drive_conditions (library_id);
CREATE TABLE capabilities (
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    learned_at REAL NOT NULL,
    PRIMARY KEY (library_id, name)
);
CREATE UNIQUE INDEX one_reservation_per_slot ON reservations (library_id, slot_address);
CREATE TABLE "cleaners" (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    volume_tag TEXT,
    slot_address INTEGER CHECK (slot_address BETWEEN 0 AND 65535),  -- of its reserved slot; NULL: it is away
    family TEXT,  -- NULL: not known
    cleans_left INTEGER CHECK (cleans_left >= 0),  -- NULL: not known
    uses INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
    condition TEXT NOT NULL DEFAULT 'usable' CHECK (condition IN ('usable', 'spent', 'rejected')),
    why TEXT,  -- who said that it is not usable, and how
    first_seen_at REAL,  -- NULL: by an older version
    last_used_at REAL,
    left_at REAL,
    CHECK ((slot_address IS NULL) = (left_at IS NOT NULL)),
    CHECK (slot_address IS NOT NULL OR volume_tag IS NOT NULL)
);
CREATE UNIQUE INDEX one_cleaner_per_slot ON cleaners (library_id, slot_address) WHERE slot_address IS NOT NULL;
CREATE UNIQUE INDEX one_away_per_label ON cleaners (library_id, volume_tag) WHERE slot_address IS NULL;
CREATE TABLE claims (
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    address INTEGER NOT NULL CHECK (address BETWEEN 0 AND 65535),
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    PRIMARY KEY (library_id, address)
);
CREATE INDEX claims_of_operation ON claims (operation_id);
CREATE TABLE "operations" (
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
CREATE INDEX operations_of_library ON operations (library_id, sequence);
CREATE INDEX unfinished_operations ON operations (library_id) WHERE finished_at IS NULL;
CREATE INDEX cleanings_of_library ON operations (library_id, started_at) WHERE kind = 'clean';
CREATE INDEX operations_of_label ON operations (library_id, volume_tag, sequence);
CREATE INDEX moves_of_label ON moves (library_id, volume_tag, id);
CREATE INDEX moves_of_second_label ON moves (library_id, second_volume_tag, id) WHERE second_volume_tag IS NOT NULL;
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
