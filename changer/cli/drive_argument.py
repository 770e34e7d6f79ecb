"""A drive on a command line: of the library that is meant, or a device, which tells its library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from changer.cli.application import Application
from changer.errors import NoSuchDrive, UsageError
from changer.library.addressing import Place, PlaceKind, parse_drive, parse_place
from changer.transport.opening import SIMULATED

if TYPE_CHECKING:
    from changer.library.discovery import ScsiDevice

_UNIT = "/drive:"


def find_drive(application: Application, text: str) -> Place | None:
    """The drive; None for the device of a stand-alone drive.

    A device, such as ``/dev/nst0``, also chooses the library for the rest of this command. Raises
    UsageError where --library names another one, and as ``find_owner``.
    """
    if "/" not in text:
        return parse_drive(text)
    if text.startswith(SIMULATED) and _UNIT in text:
        library, _, number = text.rpartition(_UNIT)
        named = application.options.library
        if named not in (None, library):
            raise UsageError(
                f"{text} is a drive of {library}, not of {named}",
                hint=f"leave --library out, or name {library}",
            )
        _mean(application, library)
        return parse_drive(number)
    from changer.drives.drive_owner import find_owner, tape_drive_at

    device = Path(text)
    owner = find_owner(application.request(), device, tape_drive_at(device))
    if owner is None:
        return None
    _mean(application, owner.library)
    return Place(PlaceKind.ADDRESS, owner.address)


def drive_of_library(application: Application, text: str, *, hint: str | None = None) -> Place:
    """As find_drive. Raises NoSuchDrive, with the hint, for the device of a stand-alone drive."""
    drive = find_drive(application, text)
    if drive is None:
        raise NoSuchDrive(f"{text} is not a drive of a library of this host", hint=hint)
    return drive


def find_loaded(application: Application, text: str) -> Place:
    """As drive_of_library; or the volume tag of the cartridge that is in the drive."""
    is_number = text.isascii() and text.isdigit()
    if "/" in text or is_number:
        return drive_of_library(application, text)
    place = parse_place(text)
    return place if place.kind is PlaceKind.TAG else parse_drive(text)


def path_named(text: str | None) -> ScsiDevice | None:
    """The device, if a drive was named by one: of several paths to it, the one that is meant."""
    if text is None or "/" not in text or text.startswith(SIMULATED):
        return None
    from changer.library.discovery import tape_device_at

    return tape_device_at(Path(text))


def _mean(application: Application, library: str) -> None:
    application.options = application.options._replace(library=library)
