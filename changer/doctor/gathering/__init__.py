"""Gathering of the facts that the checks judge: from the kernel, files, programs, and libraries."""
