"""Programs that stand in for others: what backup software calls where it called mtx."""
