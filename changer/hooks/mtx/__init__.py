"""changer-mtx: the command lines and output of mtx."""
