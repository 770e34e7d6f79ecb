"""Tests on a real kernel: changers behind /dev/sg, driven as a user drives them."""
