"""One media changer: its identity, its elements, and the session with it."""
