"""What outlives a process: reservations, cleaners, operations, the journal of moves."""
