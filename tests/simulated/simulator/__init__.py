"""Tests of the virtual libraries themselves, at the level of CDBs and bytes."""
