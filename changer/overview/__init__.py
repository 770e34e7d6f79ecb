"""One picture of a library, and the one reader of it for all who look."""
