"""Every function, with a disk that is full from one of its commits on."""
