"""``changer cleaner mark-cleaned``: record that a drive was cleaned by hand."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from changer.cli.application import Application
from changer.cli.drive_argument import find_drive
from changer.cli.output import library_json
from changer.cli.parser import Functions
from changer.host.clock import utc_time


def configure_mark_cleaned(functions: Functions) -> None:
    """Add the function to ``changer cleaner``."""
    parser = functions.add(
        "mark-cleaned",
        "record that a drive was cleaned by hand, now",
        examples=(
            ("cleaner mark-cleaned 0", "drive 0 of the library"),
            ("cleaner mark-cleaned /dev/nst0", "a drive by its device, also outside a library"),
            (
                "cleaner mark-cleaned 0 --dry-run",
                "check that the drive is known, and record nothing",
            ),
        ),
    )
    parser.add_argument(
        "drive", metavar="DRIVE", help="0, drive:0, an address, or a device: /dev/nst0"
    )
    parser.add_dry_run()


def mark_drive(application: Application, arguments: Namespace) -> int:
    """Mark a drive of a library, or a stand-alone one."""
    from changer.drives.cleaning_mark import mark_cleaned, mark_library_drive

    place = find_drive(application, arguments.drive)
    if place is None:
        with application.acting_store(arguments) as store:
            kept = mark_cleaned(store, Path(arguments.drive))
            name = f"{arguments.drive} ({kept.drive})"
            _report(application, name, kept.cleaned_at, serial=kept.drive)
        return 0
    with application.acting_library(arguments) as library:
        drive, kept = mark_library_drive(library, place)
        _report(
            application,
            f"drive {drive.number} of {library.id}",
            kept.cleaned_at,
            library=library_json(library),
            drive=drive.number,
            address=drive.address,
            serial=drive.serial,
        )
    return 0


def _report(application: Application, name: str, cleaned_at: float | None, **content: Any) -> None:
    nothing = {"library": None, "drive": None, "address": None}
    application.output.print_json(
        "drive-marked", nothing | content | {"cleaned_at": utc_time(cleaned_at)}
    )
    application.output.print(f"{name} is marked as cleaned")
