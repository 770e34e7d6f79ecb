"""Checking, copying, replacing, and merging state stores."""
