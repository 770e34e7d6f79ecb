"""One media changer: who it is, what its elements hold, and how commands reach it."""
