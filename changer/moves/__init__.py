"""Moves of cartridges: planned, checked, executed, verified."""
