"""Random histories of several cleaners, held against a model that keeps its own count."""
