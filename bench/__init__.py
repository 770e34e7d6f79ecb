"""What changer costs beside what it can be compared with; ``make bench`` prints it."""
