"""Tests of the virtual library as a device, with the kernel played by the test."""
