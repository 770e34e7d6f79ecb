"""The command line, on virtual libraries."""
