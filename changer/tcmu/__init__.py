"""A virtual library as devices of the Linux kernel, by its own target modules."""
