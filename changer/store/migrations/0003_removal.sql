-- Whether people are kept from taking media out: a reset of the library undoes it, and it is set again.
ALTER TABLE libraries ADD COLUMN removal_prevented_at REAL;  -- NULL: they may
