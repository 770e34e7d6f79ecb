"""Small changes of the program, each of which some test must see."""
