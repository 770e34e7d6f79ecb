"""Tape drives: readiness, cleaning requests, and what they take."""
