"""The tape device that a daemon uses for a drive (Archive Device), compared with the real one.

The serial number identifies the drive's device; of several paths to it, the daemon's is used.
Without a serial number, the daemon's device is used, unless it is known to be another drive; where
the two differ, the error says so.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from changer.drives.drive import KnownDrive, known_drive, open_drive
from changer.errors import ChangerError, DeviceNotAvailable
from changer.library.discovery import (
    SEQUENTIAL_ACCESS,
    ScsiDevice,
    find_tape_drives,
    tape_device_at,
)
from changer.library.drive_map import known_owners, may_be_same_drive, paths_of
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.store.records import DriveIdentity
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class ArchiveDevice:
    """The ``path`` that a daemon passed (``%a``) for the drive of a number and element address."""

    library: Library
    path: str
    number: int
    address: int

    def stand_in(self) -> None:
        """Let the library open this device for the drive, if it is a path to it or may be it."""
        otherwise = self.library.find_drive

        def find_drive(number: int, identity: DriveIdentity | None) -> str:
            paths = () if self._is_simulated or number != self.number else self._paths(identity)
            return str(paths[0].device) if paths else otherwise(number, identity)

        self.library.find_drive = find_drive

    def require_drive(self, inventory: Inventory) -> KnownDrive:
        """The drive, if this host reaches it, before a move to it. Raises DeviceNotAvailable."""
        drive = known_drive(self.library, inventory, self.address)
        hint = (
            "nothing was moved. Set Archive Device to the tape device of that drive: lsscsi -g "
            "shows what the host sees"
        )
        open_drive(self.library, drive, hint=hint).close()
        return drive

    def tape_nodes(self, drive: KnownDrive) -> tuple[Path, ...]:
        """The drive's tape nodes, one for each path; only one process can have a node open.

        None for a virtual library, and where the kernel made none. Raises DeviceNotAvailable.
        """
        if self._is_simulated:
            return ()
        paths = self._paths(drive.identity)
        if not paths:
            raise DeviceNotAvailable(
                f"no tape device of this host is known to be drive {self.number}"
            )
        return tuple(each.tape for each in paths if each.tape is not None)

    @property
    def is_another_drive(self) -> bool:
        """Whether the device is known to be another drive."""
        device = self._device()
        return device is not None and self._other_owner(device) is not None

    def mistake(self) -> str | None:
        """The daemon's mistake in words; None if it passed the drive's device. Sends nothing."""
        if self._is_simulated or "/" not in self.path:
            return None
        with suppress(ChangerError):
            known = self.library.store.drives(self.library.id) or ()
            serial = next((each.serial for each in known if each.address == self.address), None)
            right = paths_of(serial, find_tape_drives())
            wrong = self._what_it_is(right)
            if wrong is None:
                return None
            there = f"; drive {self.number} is {right[0].tape or right[0].device}" if right else ""
            return f"the daemon passed {self.path}, which {wrong}{there}: correct Archive Device"
        return None

    @property
    def _is_simulated(self) -> bool:
        return self.library.device.startswith("sim:")

    def _device(self) -> ScsiDevice | None:
        """The device at ``path``, if it is a tape drive of this host."""
        if self._is_simulated or "/" not in self.path:
            return None
        with suppress(ChangerError):
            device = tape_device_at(Path(self.path))
            if device is not None and device.peripheral_device_type == SEQUENTIAL_ACCESS:
                # What udev knows of it, too.
                found = (each for each in find_tape_drives() if each.device == device.device)
                return next(found, device)
        return None

    def _paths(self, identity: DriveIdentity | None) -> tuple[ScsiDevice, ...]:
        """The devices of the drive with that identity, the daemon's first if it is one of them."""
        told = identity.serial if identity else None
        paths = paths_of(told, find_tape_drives())
        device = self._device()
        if device is None:
            return paths
        if not paths:
            own = device.identity.serial
            fits = told is None or own is None or may_be_same_drive(told, own)
            if not fits or self._other_owner(device) is not None:
                return ()
            paths = paths_of(own, find_tape_drives()) or (device,)
        return tuple(sorted(paths, key=lambda each: each.device != device.device))

    def _other_owner(self, device: ScsiDevice) -> tuple[str, int] | None:
        """Library id and element address of a device that is known to be another drive."""
        owners = [
            (library_id, drive.address)
            for library_id, drive in known_owners(self.library.store, device)
        ]
        is_right = (self.library.id, self.address) in owners
        return None if is_right or not owners else owners[0]

    def _what_it_is(self, right: tuple[ScsiDevice, ...]) -> str | None:
        device = self._device()
        if device is None:
            return "is not a tape drive of this host"
        if (owner := self._other_owner(device)) is not None:
            library_id, address = owner
            if library_id == self.library.id:
                return f"is drive {address - self.address + self.number}"
            return f"is a drive of {library_id}"
        if right and device.device not in [each.device for each in right]:
            return "is not one of the library's drives"
        return None
