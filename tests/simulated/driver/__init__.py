"""The driver, on virtual libraries."""
