"""Moves in every order of robot, reply, signal, death and other processes."""
