"""``changer lock`` and ``unlock``: medium removal, prevented and allowed again."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.output import library_json
from changer.cli.parser import Command, Parser


def _configure_lock(parser: Parser) -> None:
    parser.add_dry_run()
    parser.epilog = (
        "PREVENT MEDIUM REMOVAL: holds until changer unlock. After a reset of the library, which\n"
        "undoes it, the next command that meets the unit attention prevents it again.\n"
        "What it locks (door, mail slots) is the library's choice; some accept it and do nothing."
    )


def _configure_unlock(parser: Parser) -> None:
    parser.add_dry_run()
    parser.epilog = "ALLOW MEDIUM REMOVAL: undoes changer lock."


def _set(application: Application, arguments: Namespace) -> int:
    prevent = arguments.command == "lock"
    with application.acting_library(arguments) as library:
        library.prevent_removal(prevent=prevent)
        application.output.print_json(
            "removal", {"library": library_json(library), "prevented": prevent}
        )
        application.output.print(f"medium removal is {'prevented' if prevent else 'allowed'}")
    return 0


COMMANDS = {
    "lock": Command(
        _configure_lock,
        _set,
        examples=(
            ("lock", "prevent people from removing media"),
            ("lock --dry-run", "print the command without sending it"),
            ("lock --wait 60", "wait up to 60 s while another process uses the library"),
        ),
    ),
    "unlock": Command(
        _configure_unlock,
        _set,
        examples=(
            ("unlock", "let people remove media again"),
            ("unlock --dry-run", "print the command without sending it"),
            ("unlock --wait 60", "wait up to 60 s while another process uses the library"),
        ),
    ),
}
