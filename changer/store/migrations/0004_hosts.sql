-- Where an operation's process ran, and a move's: so that no other host judges whether it still does.
ALTER TABLE operations ADD COLUMN host_id TEXT;  -- NULL: of an older version, on this host
ALTER TABLE moves ADD COLUMN host_id TEXT;
