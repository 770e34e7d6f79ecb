-- A library has any number of reserved slots; the one that was reserved first is the primary one.
DROP INDEX one_reservation_per_library;

CREATE UNIQUE INDEX one_reservation_per_slot ON reservations (library_id, slot_address);

-- A cleaner's row outlives its stay in the library, so that the same label takes up its count again. Without a label
-- nothing would know it again: its row is lost with its slot.
CREATE TABLE known_cleaners (
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

INSERT INTO known_cleaners (library_id, volume_tag, slot_address, cleans_left, last_used_at)
SELECT library_id, nullif(volume_tag, ''), slot_address, cleans_left, last_used_at
FROM cleaners JOIN reservations USING (library_id);

DROP TABLE cleaners;

ALTER TABLE known_cleaners RENAME TO cleaners;

CREATE UNIQUE INDEX one_cleaner_per_slot ON cleaners (library_id, slot_address) WHERE slot_address IS NOT NULL;

CREATE UNIQUE INDEX one_away_per_label ON cleaners (library_id, volume_tag) WHERE slot_address IS NULL;

-- Elements that an operation under way needs while it does not hold the library's lock: the drive that is being
-- cleaned, and the home of its cleaner.
CREATE TABLE claims (
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    address INTEGER NOT NULL CHECK (address BETWEEN 0 AND 65535),
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    PRIMARY KEY (library_id, address)
);

CREATE INDEX claims_of_operation ON claims (operation_id);

CREATE INDEX cleanings_of_library ON operations (library_id, started_at) WHERE kind = 'clean';
