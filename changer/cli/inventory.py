"""``changer inventory``: let the library look into its slots."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.parser import Parser
from changer.cli.status import library_json
from changer.errors import UsageError
from changer.library import Library
from changer.numbering import Numbering, Place, PlaceKind, parse_range
from changer.stocktaking import take_inventory

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """The range."""
    parser.add_argument("--range", metavar="PLACE-PLACE", help="only these, such as 1-12")
    parser.epilog = (
        "Moves the robot, and takes minutes to an hour. A library that knows no range looks at\n"
        "everything; some answer at once, and look when they please."
    )


def run(application: Application, arguments: Namespace) -> int:
    """Look."""
    wanted = None if arguments.range is None else parse_range(arguments.range)
    if wanted is not None and wanted[0].kind is PlaceKind.PICKER:
        raise UsageError("the picker has no inventory", hint="a range is 1-12, or mail:1-mail:2")
    with application.open_library() as library:
        library.require_usable()
        with library.locked():
            first, count = (0, 0) if wanted is None else _addresses(library, *wanted)
            application.progress.step("the library takes inventory")
            ranged = take_inventory(library, first_address=first, count=count)
        _tell(application, library, arguments.range, ranged=ranged)
    return 0


def _addresses(library: Library, start: Place, end: Place) -> tuple[int, int]:
    numbering = Numbering(library.reader.assignment())
    first, last = numbering.address_of(start), numbering.address_of(end)
    return first, last - first + 1


def _tell(
    application: Application, library: Library, range_text: str | None, *, ranged: bool
) -> None:
    application.print_json(
        "inventory", {"library": library_json(library), "range": range_text if ranged else None}
    )
    if range_text is not None and not ranged:
        application.warn("the library knows no ranges, and looked at everything")
    application.print(f"inventory of {range_text if ranged else 'the whole library'} taken")
