"""The initiator of the guest's kernel, open-iscsi: sessions with a target, and their devices."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waiting import wait_until

_SESSIONS = Path("/sys/class/iscsi_session")


def iscsiadm(*arguments: str) -> str:
    done = subprocess.run(
        ["iscsiadm", *arguments], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done
    return done.stdout


def generic_of(target: str, unit: int) -> str | None:
    """The /dev/sgN of a logical unit of a target that the kernel has logged in to."""
    for session in _SESSIONS.glob("session*"):
        if (session / "targetname").read_text().strip() == target:
            pattern = f"device/target*/*:{unit}/scsi_generic/sg*"
            for generic in session.glob(pattern):
                return f"/dev/{generic.name}"
    return None


def node(target: str, portal: str) -> tuple[str, ...]:
    """The options that name it."""
    return ("--mode", "node", "--targetname", target, "--portal", f"{portal},1")


@contextmanager
def logged_in(target: str, portal: str, *, units: int) -> Iterator[tuple[str, ...]]:
    """The /dev/sgN of the target's units while there is a session; it ends afterwards."""
    iscsiadm(*node(target, portal), "--op", "new")
    try:
        iscsiadm(*node(target, portal), "--login")
        wait_until(lambda: all(generic_of(target, unit) for unit in range(units)))
        subprocess.run(["udevadm", "settle", "--timeout=60"], check=True)
        yield tuple(str(generic_of(target, unit)) for unit in range(units))
    finally:
        if any(generic_of(target, unit) for unit in range(units)):
            iscsiadm(*node(target, portal), "--logout")
        iscsiadm(*node(target, portal), "--op", "delete")
