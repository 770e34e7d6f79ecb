"""What mhVTL answered, played back to the program, and held against the simulator."""
