"""Tests of the state store, and of its copies, documents and inspection."""
