"""The tape device that a daemon uses for a drive (Archive Device), compared with the real one.

The serial number identifies the drive's device. Without one, the daemon's device is used, unless it
is known to be another drive; where the two differ, the error says so.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from changer.errors import ChangerError, DeviceNotAvailable
from changer.library.discovery import SEQUENTIAL_ACCESS, ScsiDevice, device_at, find_tape_drive
from changer.library.drive_map import drive_identities
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.store.records import DriveIdentity


@dataclass(frozen=True, slots=True)
class ArchiveDevice:
    """The ``path`` that a daemon passed (``%a``) for the drive of a number and element address."""

    library: Library
    path: str
    number: int
    address: int

    def stand_in(self) -> None:
        """Let the library open this device for the drive, if the serial number finds none."""
        by_serial = self.library.find_drive

        def find_drive(number: int, identity: DriveIdentity | None) -> str:
            try:
                return by_serial(number, identity)
            except DeviceNotAvailable:
                device = self._device() if number == self.number else None
                if device is None or self._owner(device) is not None:
                    raise
                return str(device.device)

        self.library.find_drive = find_drive

    def require_drive(self, inventory: Inventory) -> None:
        """Raise DeviceNotAvailable if this host can't reach the drive, before a move to it."""
        identity = drive_identities(self.library, inventory).get(self.address)
        try:
            self.library.open_drive(self.number, identity).close()
        except DeviceNotAvailable as unreachable:
            unreachable.add_context(
                hint="nothing was moved. Let Archive Device be the tape device of that drive: "
                "lsscsi -g shows what the host sees"
            )
            raise

    def tape_node(self, inventory: Inventory) -> Path | None:
        """The drive's tape node, which only one process can have open.

        None for a virtual library, and where the kernel made none. Raises DeviceNotAvailable.
        """
        if self._is_simulated:
            return None
        identity = drive_identities(self.library, inventory).get(self.address)
        device = _by_serial(identity)
        if device is None:
            device = self._device()
            if device is None or self._owner(device) is not None or _differs(device, identity):
                raise DeviceNotAvailable(
                    f"no tape device of this host is known to be drive {self.number}"
                )
        return device.tape

    @property
    def is_another_drive(self) -> bool:
        """Whether the device is known to be another drive."""
        device = self._device()
        return device is not None and self._owner(device) is not None

    def mistake(self) -> str | None:
        """The daemon's mistake in words; None if it passed the drive's device. Sends nothing."""
        if self._is_simulated or "/" not in self.path:
            return None
        with suppress(ChangerError):
            known = self.library.store.drives(self.library.id) or ()
            here = (each for each in known if each.address == self.address)
            right = _by_serial(next(here, None))
            wrong = self._what_it_is(right)
            if wrong is None:
                return None
            there = (
                "" if right is None else f"; drive {self.number} is {right.tape or right.device}"
            )
            return f"the daemon passed {self.path}, which {wrong}{there}: mend Archive Device"
        return None

    @property
    def _is_simulated(self) -> bool:
        return self.library.device.startswith("sim:")

    def _device(self) -> ScsiDevice | None:
        """The device at ``path``, if it is a tape drive of this host."""
        if self._is_simulated or "/" not in self.path:
            return None
        with suppress(ChangerError):
            device = device_at(Path(self.path))
            if device is not None and device.peripheral_device_type == SEQUENTIAL_ACCESS:
                return device
        return None

    def _owner(self, device: ScsiDevice) -> tuple[str, int] | None:
        """Library id and element address of a device that is known to be another drive."""
        serial = device.identity.serial
        store = self.library.store
        for library in store.libraries() if serial is not None else ():
            for each in store.drives(library.id) or ():
                found = library.id, each.address
                if each.serial == serial and found != (self.library.id, self.address):
                    return found
        return None

    def _what_it_is(self, right: ScsiDevice | None) -> str | None:
        device = self._device()
        if device is None:
            return "is no tape drive of this host"
        if (owner := self._owner(device)) is not None:
            library_id, address = owner
            if library_id == self.library.id:
                return f"is drive {address - self.address + self.number}"
            return f"is a drive of {library_id}"
        if right is not None and device.device != right.device:
            return "is none of the library's drives"
        return None


def _by_serial(identity: DriveIdentity | None) -> ScsiDevice | None:
    return find_tape_drive(identity.serial) if identity else None


def _differs(device: ScsiDevice, identity: DriveIdentity | None) -> bool:
    """Whether device and library report serial numbers that can't be of one drive."""
    told = identity.serial if identity else None
    serial = device.identity.serial
    return told is not None and serial is not None and told not in serial and serial not in told
