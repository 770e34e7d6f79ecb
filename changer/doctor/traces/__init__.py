"""Traces that are fit to publish: what is in the bytes of replies, and what is replaced there."""
