"""What was under way when a process died, and what came of it."""
