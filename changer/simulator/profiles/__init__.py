"""Profiles of virtual libraries that come with the program, most of them after real models."""
