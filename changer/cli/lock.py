"""``changer lock``: prevent people from taking media out."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.parser import Parser
from changer.cli.status import library_json
from changer.smc.cdb import prevent_allow_medium_removal

__all__ = ["configure", "run", "set_prevention"]


def configure(parser: Parser) -> None:
    """No arguments of its own."""
    parser.epilog = (
        "PREVENT MEDIUM REMOVAL: holds until changer unlock, or until the library is reset.\n"
        "What it locks (door, mail slots) is the library's choice; some accept it and do nothing."
    )


def run(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    """Prevent."""
    return set_prevention(application, prevent=True)


def set_prevention(application: Application, *, prevent: bool) -> int:
    """Prevent or allow medium removal, and say so."""
    with application.open_library() as library:
        library.require_usable()
        with library.locked():
            library.session.send(prevent_allow_medium_removal(prevent=prevent))
        application.print_json("removal", {"library": library_json(library), "prevented": prevent})
        application.print(f"medium removal is {'prevented' if prevent else 'allowed'}")
    return 0
