"""Runs the programs of others, and notices when one complains."""

import os
import re

from kernel.program import Ended, run_program

# What sg3_utils and mtx say of an answer that they can't make sense of, with exit status 0.
COMPLAINT = re.compile(r"malformed|truncated|unknown|unable to|illegal|unexpected", re.IGNORECASE)


def run(*argv: str, timeout_seconds: float = 60) -> Ended:
    """Run it, whatever comes of it."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return run_program(argv, {"PATH": path, "LC_ALL": "C"}, timeout_seconds=timeout_seconds)


def told(*argv: str, timeout_seconds: float = 60) -> str:
    """Run it; it succeeds without a complaint. Returns its output."""
    ended = run(*argv, timeout_seconds=timeout_seconds)
    assert (ended.exit_status, ended.stderr) == (0, ""), (argv, ended)
    assert not COMPLAINT.search(ended.stdout), (argv, ended)
    return ended.stdout


def parse_fields(text: str, known: frozenset[str]) -> dict[str, str]:
    """Lines of ``name: value``, as mtx's programs print them. ValueError on any other."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(": ")
        if not colon or name not in known or name in fields:
            raise ValueError(f"not a line that was to be expected: {line!r}")
        fields[name] = value.strip("'")
    return fields
