"""Tests on mhVTL: the virtual tape library of others, behind a real /dev/sg."""
