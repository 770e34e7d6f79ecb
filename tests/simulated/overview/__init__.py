"""Tests of the one reader of a library, and of what it shows."""
