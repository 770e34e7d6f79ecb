"""What a drive tells one command and no other: a medium became ready, a cleaning failed."""

from __future__ import annotations

from dataclasses import replace

from changer.simulator.request import Request
from changer.simulator.sense import BECAME_READY, CLEANING_FAILED, Sense

__all__ = ["became_ready", "cleaning_failure"]


def became_ready(request: Request) -> Sense | None:
    """The unit attention of a data cartridge that became ready; it is noted as told.

    SSC-3: not ready to ready, the medium may have changed. st knows a new tape by it.
    """
    if request.unit is None:
        return None
    drive = request.state.drives[request.unit]
    if drive.announce_at is None or request.now < drive.announce_at:
        return None
    request.state.set_drive(request.unit, replace(drive, announce_at=None))
    return BECAME_READY


def cleaning_failure(request: Request) -> Sense | None:
    """The sense of the last cleaning, if that failed; it is noted as told."""
    if request.unit is None or not request.state.drives[request.unit].cleaning_failed:
        return None
    drive = request.state.drives[request.unit]
    request.state.set_drive(request.unit, replace(drive, cleaning_failed=False))
    return CLEANING_FAILED
