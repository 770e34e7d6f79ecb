"""What a drive's log page 11h says of a cartridge: that it was taken, and then given back.

TEST UNIT READY has one answer, 3A/00, for a drive that has not noticed its cartridge and for one
that has pushed it out again. A cartridge that lies unseated with the robot allowed to take it may
be either, too; it is given back only if the drive showed before that it had taken it.
"""

from __future__ import annotations

from changer.smc.log_sense import DataTransferDeviceStatus

# ADC-3, DT device activity: cleaning, loading, unloading.
_WITH_CARTRIDGE = (0x01, 0x02, 0x03)


class CartridgeShown:
    """The cartridge in a drive, by each reading of the page since it was put in.

    ``is_back``: by the last reading it lies where the robot takes it, and the drive had taken it.
    """

    def __init__(self) -> None:
        self._was_taken = False
        self.is_back = False

    def note(self, status: DataTransferDeviceStatus | None) -> None:
        """Take in a reading; None, where there was none, says nothing."""
        self.is_back = False
        if status is None or not status.initialized:
            return
        if status.activity in _WITH_CARTRIDGE or _is_held(status):
            self._was_taken = True
        self.is_back = self._was_taken and _lies_ready_to_take(status)


def _is_held(status: DataTransferDeviceStatus) -> bool:
    return not status.in_transition and (status.medium_seated or status.medium_threaded)


def _lies_ready_to_take(status: DataTransferDeviceStatus) -> bool:
    # Of RAA alone nothing follows: some drives have it set with a threaded tape (seen: mhVTL).
    return (
        status.robot_may_access
        and status.medium_present
        and not status.in_transition
        and not _is_held(status)
        and status.activity == 0
    )
