"""A drive on a command line: of the library that is meant, or a device, which tells its library."""

from __future__ import annotations

from pathlib import Path

from changer.cli.application import Application
from changer.errors import UsageError
from changer.library.addressing import Place, PlaceKind, parse_drive
from changer.transport.opening import SIMULATED

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


def _mean(application: Application, library: str) -> None:
    application.options = application.options._replace(library=library)
