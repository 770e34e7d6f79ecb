"""``changer inventory``: let the library look into its slots."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.parser import Parser
from changer.cli.status import library_json
from changer.library.addressing import parse_range
from changer.library.initialize_status import require_range, take_inventory_of
from changer.library.library import Library

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """The range."""
    parser.add_dry_run()
    parser.add_argument("--range", metavar="PLACE-PLACE", help="only these, such as 1-12")
    parser.epilog = (
        "Moves the robot, and takes minutes to an hour. A library that knows no range looks at\n"
        "everything; some answer at once, and look when they please."
    )


def run(application: Application, arguments: Namespace) -> int:
    """Look."""
    wanted = None if arguments.range is None else parse_range(arguments.range)
    require_range(wanted)
    with application.acting_library(arguments) as library:
        ranged = take_inventory_of(library, wanted)
        _tell(application, library, arguments.range, ranged=ranged)
    return 0


def _tell(
    application: Application, library: Library, range_text: str | None, *, ranged: bool
) -> None:
    application.print_json(
        "inventory", {"library": library_json(library), "range": range_text if ranged else None}
    )
    if range_text is not None and not ranged:
        application.warn("the library knows no ranges, and looked at everything")
    application.print(f"inventory of {range_text if ranged else 'the whole library'} taken")
