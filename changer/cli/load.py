"""``changer load``: put a cartridge into a drive."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.move_output import tell_moves
from changer.cli.parser import Parser, seconds
from changer.cli.unload import add_drive
from changer.drives.ready import require_device, wait_until_ready
from changer.errors import ChangerError
from changer.library.addressing import parse_drive, parse_place
from changer.moves.execute import load

__all__ = ["configure", "run"]

READY_SECONDS = 900.0


def configure(parser: Parser) -> None:
    """SOURCE, DRIVE and waiting for the drive."""
    parser.add_dry_run()
    parser.add_argument("source", metavar="SOURCE", help="slot, mail slot or volume tag")
    add_drive(parser)
    parser.add_argument("--ready", action="store_true", help="return when the drive is ready")
    parser.add_argument(
        "--ready-timeout",
        metavar="SECONDS",
        type=seconds,
        help=f"wait so long for it (default: {READY_SECONDS:.0f}); implies --ready",
    )


def run(application: Application, arguments: Namespace) -> int:
    """Move, and wait."""
    source = parse_place(arguments.source)
    drive = parse_drive(arguments.drive)
    with application.acting_library(arguments) as library:
        ready = arguments.ready or arguments.ready_timeout is not None
        if ready:
            require_device(library, drive)
        moved = load(library, source, drive)
        if not ready:
            tell_moves(application, library, moved)
            return 0
        application.progress.step(f"waiting for {drive} to become ready")
        limit = READY_SECONDS if arguments.ready_timeout is None else arguments.ready_timeout
        try:
            wait_until_ready(library, moved.destination_address, timeout_seconds=limit)
        except ChangerError:
            tell_moves(application, library, moved, ready=False)
            raise
        tell_moves(application, library, moved, ready=True)
    return 0
