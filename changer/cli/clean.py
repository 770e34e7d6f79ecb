"""``changer clean``: clean a drive, by its number or its device, or those that request it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from changer.cleaning.clean_drive import clean
from changer.cleaning.clean_requested import RequestedCleaning, clean_requested
from changer.cleaning.cleaning_run import CleanedDrive
from changer.cli.application import Application
from changer.cli.drive_argument import drive_of_library
from changer.cli.output import count, library_json
from changer.cli.parser import Command, Parser
from changer.errors import DriveLoaded, UsageError
from changer.library.addressing import Place, parse_place
from changer.library.claims import when_unclaimed
from changer.library.library import Library
from changer.values import chosen

_CLEANED = ("drive", "address", "serial", "volume_tag", "cleans_left", "operation_id", "why")


def _configure(parser: Parser) -> None:
    parser.add_argument(
        "drive",
        metavar="DRIVE",
        nargs="?",
        help="0, drive:0, an address, or the device of a library's drive: /dev/nst0",
    )
    parser.add_argument("--needed", action="store_true", help="clean every drive that asks for it")
    parser.add_argument(
        "--cleaner",
        metavar="SLOT|LABEL",
        help="the cleaning cartridge to use (default: the one with the fewest cleanings left)",
    )
    parser.add_argument(
        "--unload", action="store_true", help="put away the cartridge that is in the drive"
    )
    parser.add_dry_run()


def _run(application: Application, arguments: Namespace) -> int:
    if (arguments.drive is None) is not arguments.needed:
        both = "DRIVE and --needed exclude each other"
        raise UsageError(
            both if arguments.needed else "name a DRIVE, or say --needed",
            hint="changer cleaner status shows which drives ask for it",
        )
    if arguments.needed and arguments.cleaner is not None:
        raise UsageError(
            "--cleaner and --needed exclude each other", hint="name the DRIVE that it is to clean"
        )
    drive = None if arguments.needed else _drive(application, arguments.drive)
    with application.acting_library(arguments) as library:
        if drive is None:
            return _clean_needed(application, library, arguments)
        cleaner = None if arguments.cleaner is None else parse_place(arguments.cleaner)
        cleaned = when_unclaimed(
            library, lambda: clean(library, drive, cleaner=cleaner, may_unload=arguments.unload)
        )
        _report(application, library, [cleaned], [])
    return 0


def _drive(application: Application, text: str) -> Place:
    """The drive, with its library if it is a device. Raises NoSuchDrive for a stand-alone one."""
    by_hand = f"if it was cleaned by hand: changer cleaner mark-cleaned {text}"
    return drive_of_library(application, text, hint=by_hand)


def _clean_needed(application: Application, library: Library, arguments: Namespace) -> int:
    done = clean_requested(
        library,
        may_unload=arguments.unload,
        open_another=lambda: application.open_library_again(library),
    )
    cleaned = [each.cleaned for each in done if each.cleaned is not None]
    failed = [each for each in done if each.error is not None]
    _report(application, library, cleaned, failed)
    if not done:
        application.output.print(f"no drive of {library.id} is to be cleaned now")
    # A drive in use comes last: no other failure may hide behind it.
    errors = [each.error for each in failed if each.error is not None]
    errors.sort(key=lambda error: isinstance(error, DriveLoaded))
    for error in errors[1:]:
        application.warn(error.message)
    if errors:
        raise errors[0]
    return 0


def _report(
    application: Application,
    library: Library,
    cleaned: list[CleanedDrive],
    failed: list[RequestedCleaning],
) -> None:
    application.output.print_json(
        "cleaned",
        {
            "library": library_json(library),
            "drives": [chosen(each, *_CLEANED) for each in cleaned],
            "failed": [_failure_json(each) for each in failed],
        },
    )
    for each in cleaned:
        left = "" if each.cleans_left is None else f"; {count(each.cleans_left, 'cleaning')} left"
        tag = each.volume_tag or "the cleaner without a label"
        application.output.print(f"drive {each.drive} is clean: {each.why} ({tag}{left})")


def _failure_json(failed: RequestedCleaning) -> dict[str, Any]:
    error = failed.error
    return {
        "drive": failed.request.number,
        "code": error.code if error else None,
        "message": error.message if error else None,
    }


COMMANDS = {
    "clean": Command(
        _configure,
        _run,
        examples=(
            ("clean 0", "clean drive 0"),
            ("clean --needed", "clean every drive that asks for it"),
            (
                "clean 1 --unload --cleaner 12",
                "put away drive 1's cartridge, and clean with the cleaner of slot 12",
            ),
        ),
    )
}
