"""Commands that move the robot: load, unload, move, exchange, position and inventory."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import Any

from changer.cli.application import Application
from changer.cli.output import library_json
from changer.cli.parser import Command, Parser, seconds
from changer.library.addressing import (
    Place,
    parse_destination,
    parse_drive,
    parse_place,
    parse_range,
)
from changer.library.library import Library
from changer.moves.execute import exchange, load, move, position, unload
from changer.moves.verify import MoveResult

READY_SECONDS = 900.0


def _configure_load(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument("source", metavar="SOURCE", help="slot, mail slot or volume tag")
    parser.add_argument(
        "drive",
        metavar="DRIVE",
        nargs="?",
        help="0, drive:0, or a device such as /dev/nst0 (default: one of this host that is free)",
    )
    _add_as_is(parser)
    parser.add_argument("--ready", action="store_true", help="return when the drive is ready")
    parser.add_argument(
        "--ready-timeout",
        metavar="SECONDS",
        type=seconds,
        help=f"wait up to SECONDS for it (default: {READY_SECONDS:.0f}); implies --ready",
    )
    parser.add_argument(
        "--print-device",
        action="store_true",
        help="print the drive's /dev/nst node and nothing else; implies --ready",
    )


def _add_as_is(parser: Parser) -> None:
    parser.add_argument(
        "--as-is",
        action="store_true",
        help="also a cleaning cartridge into a drive, which cleans then; its use is counted",
    )


def _load(application: Application, arguments: Namespace) -> int:
    source = parse_place(arguments.source)
    drive = None if arguments.drive is None else _drive(application, arguments.drive)
    waits = arguments.ready or arguments.ready_timeout is not None or arguments.print_device
    with application.acting_library(arguments) as library:
        if drive is not None and not waits:
            report(application, library, load(library, source, drive, as_is=arguments.as_is))
            return 0
        from changer.cli.load_ready import Waiting, load_into_free_drive

        tell = partial(report, application, library)
        if not waits:
            return load_into_free_drive(library, source, arguments, tell)
        limit = READY_SECONDS if arguments.ready_timeout is None else arguments.ready_timeout
        waiting = Waiting(application, library, arguments, tell, limit_seconds=limit)
        return waiting.load(source, drive, as_is=arguments.as_is)


def _drive(application: Application, text: str) -> Place:
    if "/" not in text:
        return parse_drive(text)
    from changer.cli.drive_argument import drive_of_library

    return drive_of_library(application, text)


def _configure_unload(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument(
        "drive",
        metavar="DRIVE",
        nargs="?",
        default="0",
        help="0, drive:0, a device such as /dev/nst0, or the cartridge's label (default: 0)",
    )
    parser.add_argument(
        "slot",
        metavar="SLOT",
        nargs="?",
        help="where to (default: the slot that it came from); mail or slot: the first free one",
    )


def _unload(application: Application, arguments: Namespace) -> int:
    from changer.cli.drive_argument import find_loaded

    drive = find_loaded(application, arguments.drive)
    slot = None if arguments.slot is None else parse_destination(arguments.slot)
    with application.acting_library(arguments) as library:
        report(application, library, unload(library, drive, slot))
    return 0


def _configure_move(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument("source", metavar="SOURCE", help="a place, or a volume tag")
    parser.add_argument(
        "destination",
        metavar="DESTINATION",
        help="an empty place; mail or slot: the first free one",
    )
    _add_as_is(parser)


def _move(application: Application, arguments: Namespace) -> int:
    source, destination = parse_place(arguments.source), parse_destination(arguments.destination)
    with application.acting_library(arguments) as library:
        report(application, library, move(library, source, destination, as_is=arguments.as_is))
    return 0


def _configure_exchange(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument("source", metavar="A", help="its cartridge goes to B")
    parser.add_argument("first", metavar="B", help="its cartridge goes to C")
    parser.add_argument("second", metavar="C", nargs="?", help="an empty place (default: A)")
    _add_as_is(parser)
    parser.epilog = "Many libraries do not support EXCHANGE MEDIUM; then nothing is moved."


def _exchange(application: Application, arguments: Namespace) -> int:
    source, first = parse_place(arguments.source), parse_place(arguments.first)
    second = None if arguments.second is None else parse_place(arguments.second)
    with application.acting_library(arguments) as library:
        moved = exchange(library, source, first, second, as_is=arguments.as_is)
        report(application, library, *moved)
    return 0


def report(
    application: Application,
    library: Library,
    *moves: MoveResult,
    ready: bool | None = None,
    device: str | None = None,
    is_told: bool = True,
) -> None:
    """Print what was moved; ``is_told``: to people, too.

    ``ready``: whether its drive is, None if it was not waited for. ``device``: of the drive, where
    it was looked for.
    """
    moved = [_move_json(each) for each in moves]
    application.output.print_json(
        "moved",
        {"library": library_json(library), "moves": moved, "ready": ready, "device": device},
    )
    at_device = f", {device}" if device else ""
    for each in moves:
        if each.warning:
            seen = "" if each.has_left else "; the library shows the cartridge where it should be"
            application.warn(f"{each.warning}{seen}")
        if is_told:
            application.output.print(f"moved {each.words}{at_device}")


def _move_json(moved: MoveResult) -> dict[str, Any]:
    return {
        "volume_tag": moved.volume_tag,
        "source": str(moved.source),
        "destination": str(moved.destination),
        "source_address": moved.source_address,
        "destination_address": moved.destination_address,
        "doubt": moved.warning,
        "left": moved.has_left,
    }


def _configure_position(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument("place", metavar="PLACE", help="a place, or a volume tag")


def _position(application: Application, arguments: Namespace) -> int:
    place = parse_place(arguments.place)
    with application.acting_library(arguments) as library:
        name = position(library, place)
        application.output.print_json(
            "position", {"library": library_json(library), "place": arguments.place, "name": name}
        )
        application.output.print(f"the picker is at {name}")
    return 0


def _configure_inventory(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument("--range", metavar="PLACE-PLACE", help="only these, such as 1-12")
    parser.epilog = (
        "Moves the robot, and takes minutes to an hour. A library that does not\nsupport ranges "
        "scans everything; some answer at once, and scan later."
    )


def _inventory(application: Application, arguments: Namespace) -> int:
    from changer.library.initialize_status import initialize_elements, is_ignored, require_range

    wanted = None if arguments.range is None else parse_range(arguments.range)
    require_range(wanted)
    with application.acting_library(arguments) as library:
        ranged = initialize_elements(library, wanted)
        scanned = arguments.range if ranged else None
        looked = not is_ignored(library.session.model, of_range=ranged)
        application.output.print_json(
            "inventory", {"library": library_json(library), "range": scanned, "looked": looked}
        )
        came = "taken" if looked else "asked for; the library did not look"
        application.output.print(f"inventory of {scanned or 'the whole library'} {came}")
    return 0


COMMANDS = {
    "load": Command(
        _configure_load,
        _load,
        examples=(
            ("load A00001L8", "load a cartridge into a free drive"),
            ("load 12 drive:1", "load the cartridge in slot 12 into drive 1"),
            ("load A00001L8 --print-device", "wait, and print the device to read it from"),
        ),
    ),
    "unload": Command(
        _configure_unload,
        _unload,
        examples=(
            ("unload", "return drive 0's cartridge to the slot it came from"),
            ("unload 1 12", "move drive 1's cartridge to slot 12"),
            ("unload A00001L8", "return a cartridge from the drive that holds it"),
        ),
    ),
    "move": Command(
        _configure_move,
        _move,
        examples=(
            ("move 12 13", "move a cartridge from slot 12 to slot 13"),
            ("move A00001L8 mail:1", "move a cartridge to mail slot 1"),
            ("move mail:1 @1012", "move one from mail slot 1 to element 1012"),
        ),
    ),
    "exchange": Command(
        _configure_exchange,
        _exchange,
        examples=(
            ("exchange 12 drive:0", "swap the cartridges of slot 12 and drive 0"),
            (
                "exchange 12 drive:0 13",
                "load from slot 12, and put drive 0's cartridge into slot 13",
            ),
            (
                "exchange A00001L8 drive:0 --dry-run",
                "check that they can be exchanged, without moving them",
            ),
        ),
    ),
    "position": Command(
        _configure_position,
        _position,
        examples=(
            ("position 12", "move the picker to slot 12"),
            ("position drive:0", "move it to drive 0"),
            ("position mail:1 --dry-run", "print the command without sending it"),
        ),
    ),
    "inventory": Command(
        _configure_inventory,
        _inventory,
        examples=(
            ("inventory", "scan the whole library"),
            ("inventory --range 1-12", "scan slots 1 to 12"),
            ("inventory --range mail:1-mail:2", "scan mail slots 1 and 2"),
        ),
    ),
}
