"""The guest's two ordinary users, and a program run as one of them."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

OPERATOR = "changer-operator"
"""In the group tape."""

OUTSIDER = "changer-outsider"
"""In no group but its own."""


def become(user: str) -> list[str]:
    """The words before a program that start it as this user, without any privilege of root."""
    switch = [
        "setpriv",
        f"--reuid={user}",
        f"--regid={user}",
        "--init-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
    ]
    # setpriv can set the home only by forgetting the whole environment, PATH too.
    return [*switch, "env", f"HOME=/run/home/{user}", f"USER={user}"]


def run_as(
    user: str, arguments: Sequence[str | Path], *, timeout_seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*become(user), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_seconds,
        cwd="/",
    )
