-- Operations that wait, that are stopped from elsewhere, and whose process may have died.
ALTER TABLE operations ADD COLUMN process_identity TEXT;  -- NULL: of an older version
ALTER TABLE operations ADD COLUMN stop_requested_at REAL;
ALTER TABLE operations ADD COLUMN cleans_left INTEGER CHECK (cleans_left >= 0);  -- of an insert
ALTER TABLE operations ADD COLUMN use_counted INTEGER NOT NULL DEFAULT 0 CHECK (use_counted IN (0, 1));

-- By the drive's name: its serial number, or LIBRARY@ADDRESS where it tells none.
CREATE TABLE drive_conditions (
    drive TEXT NOT NULL PRIMARY KEY,
    library_id TEXT REFERENCES libraries (id) ON DELETE CASCADE,  -- NULL: a stand-alone drive
    wish TEXT CHECK (wish IN ('requested', 'required')),
    flags TEXT NOT NULL DEFAULT '',  -- TapeAlert flags that were read, and so cleared: 20,21
    seen_at REAL,
    cleaned_at REAL,
    cleanings INTEGER NOT NULL DEFAULT 0 CHECK (cleanings >= 0)
);

CREATE INDEX drive_conditions_of_library ON drive_conditions (library_id);
