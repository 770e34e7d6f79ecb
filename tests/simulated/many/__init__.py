"""Many cartridges at a time: exports, imports, and the person beside the library."""
