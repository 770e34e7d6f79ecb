"""Backup software at the changers of the test guest; see tests/environment/peers."""
