"""Every function, killed by SIGKILL at every boundary, and what recover makes of it."""
