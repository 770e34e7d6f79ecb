"""What a reset of a logical unit does to it."""

from __future__ import annotations

from dataclasses import replace

from changer.simulator.state import State

__all__ = ["reset_unit"]


def reset_unit(state: State, unit: int | None) -> None:
    """LOGICAL UNIT RESET of the changer (``unit`` None) or a drive (SAM-5, 6.3.3).

    Medium removal is allowed again; nothing moves. Who sends it announces it (29/xx).
    """
    if unit is None:
        state.change(prevented=False)
    else:
        state.set_drive(unit, replace(state.drives[unit], prevented=False))
