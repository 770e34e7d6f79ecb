"""The connection of a process for what concerns processes."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from changer.host.clock import SystemClock
from changer.store.postgresql.link import Link

print(Link(sys.argv[1], clock=SystemClock()).execute("SELECT 1")[0][0])
"""


def test_a_process_that_ends_takes_leave_of_the_server(url: str) -> None:
    """psycopg warns of a connection that was left open."""
    command = [sys.executable, "-W", "always::ResourceWarning", "-c", PROGRAM, url]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("1\n", "", 0)
