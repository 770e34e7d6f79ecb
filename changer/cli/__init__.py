"""The command line: the program, its parser, and the commands."""
