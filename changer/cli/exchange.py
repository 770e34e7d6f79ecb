"""``changer exchange``: exchange two cartridges in one movement."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.move_output import tell_moves
from changer.cli.parser import Parser
from changer.library.addressing import parse_place
from changer.moves.execute import exchange

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """A, B and C."""
    parser.add_dry_run()
    parser.add_argument("source", metavar="A", help="its cartridge goes to B")
    parser.add_argument("first", metavar="B", help="its cartridge goes to C")
    parser.add_argument("second", metavar="C", nargs="?", help="an empty place (default: A)")
    parser.epilog = "Many libraries have no EXCHANGE MEDIUM; they say so, and nothing is moved."


def run(application: Application, arguments: Namespace) -> int:
    """Exchange."""
    source, first = parse_place(arguments.source), parse_place(arguments.first)
    second = None if arguments.second is None else parse_place(arguments.second)
    with application.acting_library(arguments) as library:
        tell_moves(application, library, *exchange(library, source, first, second))
    return 0
