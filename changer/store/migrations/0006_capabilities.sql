-- What a unit can is its own, as it is fitted and configured: of another of its model it says nothing.
-- Of what was kept by model nobody knows which unit it was seen of, so that it is asked anew.
DROP TABLE capabilities;

CREATE TABLE capabilities (
    library_id TEXT NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    learned_at REAL NOT NULL,
    PRIMARY KEY (library_id, name)
);
