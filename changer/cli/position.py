"""``changer position``: bring the picker before a place."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.parser import Parser
from changer.cli.status import library_json
from changer.library.addressing import parse_place
from changer.moves.execute import position

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """PLACE."""
    parser.add_dry_run()
    parser.add_argument("place", metavar="PLACE", help="a place, or a volume tag")


def run(application: Application, arguments: Namespace) -> int:
    """Position."""
    place = parse_place(arguments.place)
    with application.acting_library(arguments) as library:
        application.progress.step(f"bringing the picker to {place}")
        name = position(library, place)
        application.print_json(
            "position", {"library": library_json(library), "place": arguments.place, "name": name}
        )
        application.print(f"the picker stands before {name}")
    return 0
