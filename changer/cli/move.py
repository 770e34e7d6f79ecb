"""``changer move``: move a cartridge from any place to any other."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.move_output import tell_moves
from changer.cli.parser import Parser
from changer.library.addressing import parse_place
from changer.moves.execute import move

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """SOURCE and DESTINATION."""
    parser.add_dry_run()
    parser.add_argument("source", metavar="SOURCE", help="a place, or a volume tag")
    parser.add_argument("destination", metavar="DESTINATION", help="an empty place")


def run(application: Application, arguments: Namespace) -> int:
    """Move."""
    source, destination = parse_place(arguments.source), parse_place(arguments.destination)
    with application.acting_library(arguments) as library:
        tell_moves(application, library, move(library, source, destination))
    return 0
