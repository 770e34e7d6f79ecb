"""Parsers of bytes that others wrote, for fuzzers: see docs/development/testing.md."""
