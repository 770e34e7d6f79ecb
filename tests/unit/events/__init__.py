"""Tests of events: what is news, the journal, and programs that are given them."""
