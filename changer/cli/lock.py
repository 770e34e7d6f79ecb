"""``changer lock``: prevent people from taking media out."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.parser import Parser
from changer.cli.status import library_json
from changer.library.prevent_allow import set_prevention

__all__ = ["configure", "run", "tell_prevention"]


def configure(parser: Parser) -> None:
    """No arguments of its own."""
    parser.add_dry_run()
    parser.epilog = (
        "PREVENT MEDIUM REMOVAL: holds until changer unlock. After a reset of the library, which\n"
        "undoes it, the next command that meets the unit attention prevents it again.\n"
        "What it locks (door, mail slots) is the library's choice; some accept it and do nothing."
    )


def run(application: Application, arguments: Namespace) -> int:
    """Prevent."""
    return tell_prevention(application, arguments, prevent=True)


def tell_prevention(application: Application, arguments: Namespace, *, prevent: bool) -> int:
    """Prevent or allow medium removal, and say so."""
    with application.acting_library(arguments) as library:
        set_prevention(library, prevent=prevent)
        application.print_json("removal", {"library": library_json(library), "prevented": prevent})
        application.print(f"medium removal is {'prevented' if prevent else 'allowed'}")
    return 0
