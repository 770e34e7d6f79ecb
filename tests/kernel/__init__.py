"""Tests on a real kernel: a changer behind /dev/sg, driven as a user drives it."""
