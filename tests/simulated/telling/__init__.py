"""Tests of events: what is told of virtual libraries, and to whom."""
