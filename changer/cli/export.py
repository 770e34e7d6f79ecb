"""``changer export``: many cartridges out of the library, by its mail slots."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.many import TIMEOUT_HELP, say_how_to_stop
from changer.cli.output import columns, count, library_json
from changer.cli.parser import Command, Parser, file_name, seconds
from changer.errors import OutputFailed, UsageError

if TYPE_CHECKING:
    from changer.library.library import Library
    from changer.moves.exported import Exported, ExportedCartridge

_LONGEST_LIST = 1 << 20  # bytes


def _configure(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument(
        "labels",
        metavar="LABEL|GLOB",
        nargs="*",
        help="a label, or a pattern of labels such as 'A000*', which leaves cleaning cartridges "
        "and reserved slots alone",
    )
    parser.add_argument(
        "--from-file",
        metavar="FILE",
        type=file_name,
        help="also the labels in this file, one a line; - is standard input",
    )
    parser.add_argument("--timeout", metavar="SECONDS", type=seconds, help=TIMEOUT_HELP)
    parser.epilog = (
        "Fills the mail slots, lists what to take out, waits until the library shows them empty,\n"
        "and moves the next ones. After an interruption, run the same command to continue."
    )


def _export(application: Application, arguments: Namespace) -> int:
    from changer.moves.asked_for import parse_words
    from changer.moves.export import export

    words = [*arguments.labels]
    if arguments.from_file is not None:
        words += _lines(arguments.from_file)
    parse_words(words)  # before anything is opened
    with application.acting_library(arguments) as library:
        exported = export(
            library,
            words,
            timeout_seconds=arguments.timeout,
            callbacks=say_how_to_stop(application),
            tell=application.progress.say,
        )
        _report(application, library, exported)
        exported.require_all_left()
    return 0


def _lines(file: Path) -> Iterator[str]:
    """The labels in a file; blank lines, and lines that begin with #, are skipped."""
    lines = (each.strip() for each in read_list(file).splitlines())
    return (each for each in lines if each and not each.startswith("#"))


def read_list(file: Path) -> str:
    """The text of a file of labels; ``-`` is standard input. Raises OutputFailed, UsageError."""
    try:
        if str(file) == "-":
            text = sys.stdin.read(_LONGEST_LIST + 1) if sys.stdin else ""
        else:
            with file.open(encoding="utf-8") as opened:
                text = opened.read(_LONGEST_LIST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputFailed(f"{file} can't be read: {reason}") from error
    if len(text) > _LONGEST_LIST:
        raise UsageError(f"{file} is too long for a list of labels")
    return text


def _report(application: Application, library: Library, exported: Exported) -> None:
    error = exported.error
    application.output.print_json(
        "export",
        {
            "library": library_json(library),
            "operation_id": exported.operation_id,
            "complete": exported.is_complete,
            "ended_by": None if error is None else error.code,
            "cartridges": [_json(each) for each in exported.cartridges],
        },
    )
    application.output.print(columns(map(_row, exported.cartridges), indent=0))
    number, left = len(exported.cartridges), len(exported.left)
    application.output.print(f"{left} of {count(number, 'cartridge')} left {library.id}")


def _row(cartridge: ExportedCartridge) -> tuple[str, str]:
    if not cartridge.has_left:
        return cartridge.volume_tag, f"did not leave: {cartridge.why}"
    way = "" if cartridge.place is None else f" through {cartridge.place}"
    return cartridge.volume_tag, f"left{way}"


def _json(cartridge: ExportedCartridge) -> dict[str, Any]:
    return {
        "volume_tag": cartridge.volume_tag,
        "left": cartridge.has_left,
        "place": None if cartridge.place is None else str(cartridge.place),
        "why": cartridge.why,
    }


COMMANDS = {
    "export": Command(
        _configure,
        _export,
        examples=(
            ("export A00001L8 A00002L8", "take two cartridges out"),
            ("export 'A000*' --dry-run", "what would be moved first, of all that match"),
            ("export --from-file labels.txt", "take out all that a file lists"),
        ),
    )
}
