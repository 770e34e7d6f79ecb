"""Cleaner management on virtual libraries: bring a cleaner in, clean drives, take it out."""
