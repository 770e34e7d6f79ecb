"""What the program needs of this machine: files, processes, programs, signals, clock, log."""
