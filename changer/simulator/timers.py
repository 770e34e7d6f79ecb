"""What has ended by itself since the last command."""

from __future__ import annotations

from changer.simulator.drive_life import settle_drives
from changer.simulator.state import State

__all__ = ["settle"]


def settle(state: State, now: float) -> None:
    """End the cleanings and the faults whose time is over."""
    settle_drives(state, now)
    for fault in list(state.faults):
        if fault.until is not None and now >= fault.until:
            state.replace_fault(fault, None)
