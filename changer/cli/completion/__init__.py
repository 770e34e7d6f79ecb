"""Completion: scripts for shells, and the answers that they ask this program for at each TAB."""
