"""One holder of a library at a time."""
