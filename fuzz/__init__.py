"""Parsers of bytes that others wrote, for fuzzers: see README.md, Test it."""
