"""Programs that are not ours, at changers that a kernel shows: they and we are at one."""
