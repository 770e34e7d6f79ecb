"""Match of a library's drives with the tape devices of this host: by what, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from changer.errors import ChangerError
from changer.library.addressing import Numbering
from changer.library.drive_map import may_be_same_drive, paths_of
from changer.library.element_addresses import (
    AddressMatches,
    has_devices,
    identify_drives,
    paths_by_drive,
)
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.store.records import DriveIdentity
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.discovery import ScsiDevice

MatchedBy = Literal["serial-number", "element-address", "virtual"]

_LOOK = "lsscsi -g shows the tape drives that this host sees"
_TRY = "load a cartridge into it, and see which device becomes ready: mt -f /dev/nst0 status"


class Match(NamedTuple):
    """A drive of the library, and its device; ``reason`` and ``hint`` where there is none.

    ``paths``: its devices, the one that is used first; none for a virtual drive, whose ``device``
    is its name.
    """

    identity: DriveIdentity | None
    matched_by: MatchedBy | None = None
    device: str | None = None
    paths: tuple[ScsiDevice, ...] = ()
    reason: str = ""
    hint: str = ""

    @property
    def vendor(self) -> str | None:
        """As the library reports it, or else the host."""
        told = self.identity.vendor if self.identity else None
        return told or (self.paths[0].identity.vendor if self.paths else None)

    @property
    def product(self) -> str | None:
        """As the library reports it, or else the host."""
        told = self.identity.product if self.identity else None
        return told or (self.paths[0].identity.product if self.paths else None)

    @property
    def opened_as(self) -> str | None:
        """What a program opens: the non-rewinding tape node; without one, the device."""
        path = self.paths[0] if self.paths else None
        return str(path.tape) if path and path.tape else self.device


class OtherDevice(NamedTuple):
    """A tape drive of this host that is not known to be one of the library's."""

    paths: tuple[ScsiDevice, ...]
    reason: str


class Matches(NamedTuple):
    """Each drive of a library by its element address, and what else this host has."""

    drives: dict[int, Match]
    others: tuple[OtherDevice, ...]


def match_drives(library: Library, inventory: Inventory) -> Matches:
    """Ask the library for its drives, and this host; the drives themselves only where need be."""
    told, matches = identify_drives(library, inventory)
    drives = inventory.assignment.data_transfer
    addresses = range(drives.first, drives.last + 1)
    if not has_devices(library):
        return Matches({each: _virtual(library, inventory, each, told) for each in addresses}, ())
    from changer.library.discovery import find_tape_drives

    devices = find_tape_drives()
    if matches is None:
        found = {each: _by_serial(told.get(each), devices) for each in addresses}
        refused = dict.fromkeys(devices, _STRANGE)
    else:
        found = {each: _by_address(each, told.get(each), matches, devices) for each in addresses}
        refused = {path: why for claim, why in matches.refused for path in claim.paths}
    taken = {path for each in found.values() for path in each.paths}
    others = paths_by_drive(each for each in devices if each not in taken)
    return Matches(
        found, tuple(OtherDevice(paths, refused.get(paths[0], _STRANGE)) for paths in others)
    )


_STRANGE = "the library reports no drive with its serial number"


def _virtual(
    library: Library, inventory: Inventory, address: int, told: dict[int, DriveIdentity]
) -> Match:
    identity = told.get(address)
    number = Numbering(inventory.assignment).number_of(address)
    try:
        device = library.find_drive(number, identity)
    except ChangerError as error:
        return Match(identity, reason=error.message, hint=error.hint or "")
    return Match(identity, "virtual", device)


def _by_serial(identity: DriveIdentity | None, devices: tuple[ScsiDevice, ...]) -> Match:
    serial = identity.serial if identity else None
    if paths := paths_of(serial, devices):
        return Match(identity, "serial-number", str(paths[0].device), paths)
    if serial is None:
        reason = "the library does not report its serial number, or that of another drive is alike"
        return Match(identity, reason=reason, hint=_TRY)
    alike = [each for each in devices if may_be_same_drive(serial, each.identity.serial)]
    if alike:
        names = " and ".join(str(each.device) for each in alike)
        reason = f"the serial number {serial} that the library reports may be that of {names}"
        return Match(identity, reason=reason, hint=_TRY)
    reason = f"no tape device of this host has its serial number, {serial}"
    return Match(identity, reason=reason, hint=_unseen(devices))


def _by_address(
    address: int,
    identity: DriveIdentity | None,
    matches: AddressMatches,
    devices: tuple[ScsiDevice, ...],
) -> Match:
    if paths := matches.drives.get(address, ()):
        return Match(identity, "element-address", str(paths[0].device), paths)
    silent = "the library does not report its serial number"
    if not devices:
        return Match(identity, reason=f"{silent}, and there is none here", hint=_unseen(devices))
    claimed = [
        f"{claim.paths[0].device}: {why}"
        for claim, why in matches.refused
        if claim.address == address
    ]
    if claimed:
        return Match(identity, reason=f"{silent}; {'; '.join(claimed)}", hint=_TRY)
    reason = f"{silent}, and no tape drive of this host reports element address {address}"
    return Match(identity, reason=f"{reason} (VPD page B4h)", hint=_TRY)


def _unseen(devices: tuple[ScsiDevice, ...]) -> str:
    """What helps where a drive is not among the devices of this host."""
    from changer.library.discovery import with_udev_trouble

    if devices:
        return with_udev_trouble(f"{_LOOK}; it may be cabled or zoned to another host")
    return with_udev_trouble(
        "this host has no tape drive; check its cables and zones, then scan its SCSI hosts "
        "again: rescan-scsi-bus.sh"
    )
