"""``changer unload``: put a drive's cartridge back into a slot."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.move_output import tell_moves
from changer.cli.parser import Parser
from changer.library.addressing import parse_drive, parse_place
from changer.moves.execute import unload

__all__ = ["add_drive", "configure", "run"]


def configure(parser: Parser) -> None:
    """DRIVE and SLOT."""
    parser.add_dry_run()
    add_drive(parser)
    parser.add_argument(
        "slot", metavar="SLOT", nargs="?", help="where to (default: the slot that it came from)"
    )


def add_drive(parser: Parser) -> None:
    """DRIVE, which is drive 0 unless said."""
    parser.add_argument(
        "drive", metavar="DRIVE", nargs="?", default="0", help="0, drive:0 (default: 0)"
    )


def run(application: Application, arguments: Namespace) -> int:
    """Move."""
    drive = parse_drive(arguments.drive)
    slot = None if arguments.slot is None else parse_place(arguments.slot)
    with application.acting_library(arguments) as library:
        tell_moves(application, library, unload(library, drive, slot))
    return 0
