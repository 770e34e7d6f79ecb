"""The state store in a PostgreSQL database, for hosts that share libraries."""
